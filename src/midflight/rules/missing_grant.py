"""A new table outside `public` that the API's roles have no rights on."""

from collections.abc import Iterator

from midflight.catalog.model import PLATFORM_SCHEMAS, Relation
from midflight.inspection.exposed import EXPOSED, api_uses, has_api, made_by
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.wording import listed
from midflight.operations.model import AlterDefaultPrivileges, Opaque
from midflight.references.model import Place

_HISTORY = "CREATE SCHEMA app; CREATE TABLE app.projects (id bigint PRIMARY KEY);"
_TABLE = "CREATE TABLE app.notes (id bigint PRIMARY KEY, body text);"
_CODE = {"web/list.ts": "await supabase.schema('app').from('notes').select('id, body');\n"}

rule = Rule(
    id="missing-grant",
    level=Level.WARNING,
    summary="A new table outside public that the API's roles have no rights on",
    why=(
        "Supabase grants its API's roles rights on new tables of `public` alone; new code on a table of another schema"
        ' fails with 42501 until someone grants them (Supabase documentation, "Using Custom Schemas"). Nothing is lost.'
    ),
    instead=("Expand: grant the rights in the migration that makes the table.",),
    bad=(
        Example(
            "New code reads the table through the API",
            schema=_HISTORY,
            migrations=(_TABLE,),
            head=_CODE,
            deploys=Deploys.DATABASE_FIRST,
            says="`app.notes`",
        ),
    ),
    good=(
        Example(
            "Granted in the same change set",
            schema=_HISTORY,
            migrations=(f"{_TABLE} GRANT SELECT ON app.notes TO PUBLIC;",),
            head=_CODE,
            deploys=Deploys.DATABASE_FIRST,
        ),
        Example(
            "Granted to every new table of the schema",
            schema=f"{_HISTORY} ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;",
            migrations=(_TABLE,),
            head=_CODE,
            deploys=Deploys.DATABASE_FIRST,
        ),
        Example("No code uses it", schema=_HISTORY, migrations=(_TABLE,)),
    ),
    recipe_differs="the table gets rights, which the bad example lacks",
    hazards=("missing-grant-on-new-object",),
)


@rule.on_whole
def the_api_may_not_read_it(context: Context) -> Iterator[Finding]:
    """Report each new table outside `public` that new code reaches through the API and no role has rights on."""
    if not has_api(context) or any(isinstance(step.operation, Opaque) for step in context.steps):
        return
    granted = {grant.target.name for grant, given in context.after.grants.items() if given}
    for relation in context.after.relations.values():
        named = relation.name.schema not in PLATFORM_SCHEMAS | {EXPOSED} and relation.name not in granted
        if named and not existed(relation.name, context) and not _by_default(relation, context):
            yield from _finding(relation, context)


def _by_default(relation: Relation, context: Context) -> bool:
    """Whether rights on new tables were ever given in advance, for the schema or for all."""
    operations = (*context.history, *(step.operation for step in context.steps))
    defaults = (o for o in operations if isinstance(o, AlterDefaultPrivileges) and not o.revoke)
    return any(not o.schemas or relation.name.schema in o.schemas for o in defaults)


def _finding(relation: Relation, context: Context) -> Iterator[Finding]:
    lines = tuple(dict.fromkeys(use.place for use in api_uses(context.new_code, relation.name, context.after)))
    step = made_by(context, relation.name)
    if not lines or step is None:
        return
    name, statement = relation.name.short, step.operation.statement
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"`{name}` is in a schema without rights for the API's roles, and no migration grants any, so the new code"
            f" at {listed(lines)} fails with 42501. Instead, grant the rights that it needs in the same migration."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=lines,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Grant what the code needs with the table, to the role that it uses.",
                f"{statement.text};\nGRANT SELECT ON {name} TO authenticated;",
            ),
        ),
        phase=Phase.EXPAND,
    )
