"""A new table that everyone with the API's public key can read and write."""

from collections.abc import Iterator

from midflight.catalog.model import RelationKind
from midflight.inspection.exposed import EXPOSED, enables_in_bulk, has_api, made_by, relies_on_row_security
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.operations.model import CreateTable
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
    " ALTER TABLE projects ENABLE ROW LEVEL SECURITY;"
    " CREATE POLICY projects_read ON projects FOR SELECT USING (true);"
)

rule = Rule(
    id="table-without-row-security",
    level=Level.WARNING,
    summary="A new table without row security beside tables that have it",
    why=(
        "Supabase serves every table of an exposed schema: from the moment the migration runs, everyone with the public"
        ' key reads and writes a table without row security (Supabase documentation, "Row Level Security"). It is'
        " reported where other tables of the schema have row security. Rows can be read or lost."
    ),
    instead=("Expand: enable row security in the migration that makes the table, with the policies its readers need.",),
    bad=(
        Example(
            "Row security is forgotten",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY, body text);",),
            says="`notes`",
        ),
    ),
    good=(
        Example(
            "Enabled in the same change set",
            schema=_HISTORY,
            migrations=(
                "CREATE TABLE notes (id bigint PRIMARY KEY, body text);",
                (
                    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
                    " CREATE POLICY notes_read ON notes FOR SELECT USING (true);"
                ),
            ),
        ),
        Example(
            "No table has it",
            schema="CREATE TABLE projects (id bigint PRIMARY KEY, title text);",
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY, body text);",),
        ),
        Example(
            "In a schema that is not exposed",
            schema=_HISTORY,
            migrations=("CREATE SCHEMA private; CREATE TABLE private.notes (id bigint PRIMARY KEY, body text);",),
        ),
    ),
    recipe_differs="the table gets row security, which the bad example lacks",
    hazards=("rls-disabled-in-exposed-schema",),
)


@rule.on_whole
def everyone_reads_it(context: Context) -> Iterator[Finding]:
    """Report each new table of the exposed schema that has no row security when the change set is applied."""
    if not has_api(context) or not relies_on_row_security(context.before, EXPOSED) or enables_in_bulk(context):
        return
    for table in context.after.relations.values():
        step = made_by(context, table.name)
        served = table.kind is RelationKind.TABLE and table.name.schema == EXPOSED and not table.row_security
        if step is None or not served or existed(table.name, context) or not isinstance(step.operation, CreateTable):
            continue
        statement, name = step.operation.statement, table.name.short
        yield Finding(
            rule=rule.id,
            level=rule.level,
            confidence=Confidence.HIGH,
            message=(
                f"`{name}` is open to everyone with the API's public key from the moment the migration runs: it has no"
                " row security, unlike other tables of its schema. Instead, enable row security in the same migration"
                " and add the policies its readers need."
            ),
            place=Place(statement.path, statement.line),
            object=name,
            statement=statement,
            recipe=(
                RecipeStep(
                    Phase.EXPAND,
                    "Enable row security with the table, and add a policy for each role that needs its rows.",
                    f"{statement.text};\nALTER TABLE {name} ENABLE ROW LEVEL SECURITY;",
                ),
            ),
            phase=Phase.EXPAND,
        )
