"""A table from before the change set is opened to everyone."""

from collections.abc import Iterator

from midflight.catalog.model import Granted, Relation, Step
from midflight.inspection.exposed import EXPOSED, has_api
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.wording import named
from midflight.operations.model import Grant
from midflight.operations.shapes import Name, ObjectKind
from midflight.references.model import Place

_HISTORY = (
    "DO $$ BEGIN CREATE ROLE reporting; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    " CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
)
_TABLES = frozenset({ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW, ObjectKind.FOREIGN_TABLE})

rule = Rule(
    id="grant-widening",
    level=Level.WARNING,
    summary="Granting everyone rights on a table that is already in use",
    why=(
        "PUBLIC is every role there is, also those made later, and `anon` is everyone with the API's public key: from"
        " the moment the migration runs they reach rows that were not written for them (PostgreSQL documentation,"
        " GRANT). Where row security guards the table, its policies decide and nothing is reported. Rows can be read or"
        " lost."
    ),
    instead=("Expand: grant the rights to the role that needs them, or enable row security with policies first.",),
    bad=(
        Example(
            "Everything to everyone",
            schema=_HISTORY,
            migrations=("GRANT ALL ON projects TO PUBLIC;",),
            says="`projects`",
        ),
        Example(
            "All tables of a schema",
            schema=_HISTORY,
            migrations=("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;",),
            says="`projects`",
        ),
    ),
    good=(
        Example("To one role", schema=_HISTORY, migrations=("GRANT ALL ON projects TO reporting;",)),
        Example(
            "Row security guards it",
            schema=f"{_HISTORY} ALTER TABLE projects ENABLE ROW LEVEL SECURITY;",
            migrations=("GRANT SELECT ON projects TO PUBLIC;",),
        ),
        Example(
            "Everyone has it already",
            schema=f"{_HISTORY} GRANT SELECT ON projects TO PUBLIC;",
            migrations=("GRANT SELECT ON projects TO PUBLIC;",),
        ),
        Example(
            "A table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY); GRANT SELECT ON notes TO PUBLIC;",),
        ),
    ),
    hazards=("grant-widening",),
    recipe_differs="the right goes to the role that needs it",
)


@rule.on(Grant)
def everyone_may(change: Grant, step: Step, context: Context) -> Iterator[Finding]:
    """Report rights of everyone on tables from before the change set that no row security guards."""
    everyone = [role for role in change.roles if role.upper() == "PUBLIC" or (role == "anon" and has_api(context))]
    if change.revoke or change.columns or not everyone:
        return
    opened = [table for role in everyone for table in _opened(change, role, step, context)]
    if opened:
        yield _finding(change, everyone[0], list(dict.fromkeys(opened)))


def _opened(change: Grant, role: str, step: Step, context: Context) -> Iterator[Name]:
    for grant in step.after.grants:
        if grant in step.before.grants or grant.role.lower() != role.lower():
            continue
        table = context.after.relations.get(grant.target.name)
        if table is not None and grant.target.kind in _TABLES and _is_open(table, grant, context):
            yield table.name


def _is_open(table: Relation, grant: Granted, context: Context) -> bool:
    """Whether nothing guards the rows; Supabase gives `anon` all rights on the tables of `public` by itself."""
    given = grant.role == "anon" and table.name.schema == EXPOSED and context.database.head.format == "supabase"
    kept = grant in context.after.grants and grant not in context.before.grants
    return kept and not given and not table.row_security and existed(table.name, context)


def _finding(change: Grant, role: str, tables: list[Name]) -> Finding:
    statement, rights = change.statement, ", ".join(change.privileges)
    names = [table.short for table in sorted(tables)]
    who = "every role" if role.upper() == "PUBLIC" else "everyone with the API's public key"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Granting {rights} on {named(names)} to `{role}` opens the rows to {who} from the moment the migration"
            " runs, and no row security guards them. Instead, grant it to the role that needs it."
        ),
        place=Place(statement.path, statement.line),
        object=names[0],
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Grant it to the role that needs it; `reporting` stands for that role.",
                "\n".join(f"GRANT {rights} ON {name} TO reporting;" for name in names),
            ),
        ),
        phase=Phase.EXPAND,
    )
