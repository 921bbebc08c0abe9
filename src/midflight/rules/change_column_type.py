"""A column's values change their shape under running code."""

from collections.abc import Iterator

from midflight.catalog.lookup import represented_type
from midflight.catalog.model import Catalog, Step
from midflight.catalog.types import widens
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.replacement import replacement
from midflight.inspection.wording import breaks_at, listed, places
from midflight.operations.model import AlterColumnType
from midflight.references.model import Place

_HISTORY = "CREATE TABLE company_profiles (id bigint PRIMARY KEY, location text, code character varying(10));"

rule = Rule(
    id="change-column-type",
    level=Level.ERROR,
    summary="Changing the type of a column in a way that running code notices",
    why=(
        "Old code writes values that the new type rejects (22P02, 22001) or reads values of another shape, and new code"
        " meets the old type until the migration has run, so no order of deployment is safe. The table is usually"
        " rewritten under ACCESS EXCLUSIVE, and the way back may lose values."
    ),
    instead=(
        "Expand: add a column of the new type, write both, and copy the values.",
        "Rollout: deploy code that reads the new column and falls back to the old one; watch it for one to two weeks.",
        "Contract: drop the old column in a later pull request.",
    ),
    bad=(
        Example(
            "From text to jsonb",
            schema=_HISTORY,
            migrations=("ALTER TABLE company_profiles ALTER COLUMN location TYPE jsonb USING location::jsonb;",),
            base={"web/profile.ts": "await db.from('company_profiles').select('id, location');\n"},
            head={"web/profile.ts": "await db.from('company_profiles').select('id, location->city');\n"},
            says="`company_profiles.location`",
        ),
    ),
    good=(
        Example(
            "A wider type",
            schema=_HISTORY,
            migrations=("ALTER TABLE company_profiles ALTER COLUMN code TYPE character varying(20);",),
            base={"web/profile.ts": "await db.from('company_profiles').select('id, code');\n"},
            head={"web/profile.ts": "await db.from('company_profiles').select('id, code');\n"},
        ),
        Example(
            "A domain without rules, which clients see as the type below it",
            schema=f"{_HISTORY} CREATE DOMAIN place AS text;",
            migrations=("ALTER TABLE company_profiles ALTER COLUMN location TYPE place;",),
            base={"web/profile.ts": "await db.from('company_profiles').select('id, location');\n"},
            head={"web/profile.ts": "await db.from('company_profiles').select('id, location');\n"},
        ),
        Example(
            "A new column beside the old one",
            schema=_HISTORY,
            migrations=("ALTER TABLE company_profiles ADD COLUMN location_structured jsonb;",),
            base={"web/profile.ts": "await db.from('company_profiles').select('id, location');\n"},
            head={"web/profile.ts": "await db.from('company_profiles').select('id, location');\n"},
        ),
    ),
    recipe_differs="the new column has a new name and stands at the end of the table",
    confirms="dropping the old column deletes its values, so a person confirms the last step",
    hazards=("change-column-type-incompatible", "narrow-column-type"),
    covered_by=("type-change-rewrite", "lossy-type-change"),
)


@rule.on(AlterColumnType)
def column_was_there_before(alter: AlterColumnType, step: Step, context: Context) -> Iterator[Finding]:
    """Report a type change that is not a mere widening."""
    table = step.before.resolve(alter.table)
    relation = context.before.relations.get(table)
    known = relation.column(alter.column) if relation else None
    if not existed(table, context) or (relation and relation.complete and known is None):
        return
    if known is not None and _reads_the_same(known.type, alter.type, step.before):
        return
    name = f"{table.short}.{alter.column}"
    breaks = (
        *breaks_at(context.matrix.old_new, alter.statement, (name,)),
        *breaks_at(context.matrix.new_old, alter.statement, (name,)),
    )
    old_type = known.type if known else "its old type"
    who = f"breaks code at {listed(places(breaks))}" if breaks else "breaks whatever reads or writes it"
    yield Finding(
        rule=rule.id,
        level=old_code_level(context) if breaks else Level.WARNING,
        confidence=Confidence.HIGH if known else Confidence.MEDIUM,
        message=(
            f"Changing `{name}` from {old_type} to {alter.type} {who}: old code from the moment the migration runs, "
            "new code until it has run. Instead, add a column of the new type, write both, copy the values, and drop "
            "the old column later."
        ),
        place=Place(alter.statement.path, alter.statement.line),
        object=name,
        statement=alter.statement,
        code=places(breaks),
        recipe=replacement(table, alter, step.before),
        phase=Phase.CONTRACT,
    )


def _reads_the_same(old: str, new: str, catalog: Catalog) -> bool:
    return widens(represented_type(catalog, old), represented_type(catalog, new))
