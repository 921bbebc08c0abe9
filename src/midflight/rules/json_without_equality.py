"""A json column makes whole rows incomparable."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import lines
from midflight.inspection.whole_rows import compared_rows
from midflight.inspection.wording import listed
from midflight.operations.model import AddColumn, AlterColumnType
from midflight.operations.shapes import quote
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_DISTINCT = {"web/list.ts": "await pool.query('SELECT DISTINCT * FROM projects');\n"}

rule = Rule(
    id="json-without-equality",
    level=Level.ERROR,
    summary="A json column in a table whose whole rows old code compares",
    why=(
        "json has no equality: SELECT DISTINCT *, UNION, INTERSECT and EXCEPT over the table's rows fail with 42883"
        " from the moment the migration runs (PostgreSQL documentation, JSON Types; measured on 15). jsonb has it."
        " Nothing is lost."
    ),
    instead=("Expand: use jsonb.",),
    bad=(
        Example(
            "Old code selects distinct rows",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN extra json;",),
            base=_DISTINCT,
            head=_DISTINCT,
            says="42883",
        ),
    ),
    good=(
        Example(
            "jsonb",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN extra jsonb;",),
            base=_DISTINCT,
            head=_DISTINCT,
        ),
        Example(
            "Old code compares named columns",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN extra json;",),
            base={"web/list.ts": "await pool.query('SELECT DISTINCT title FROM projects');\n"},
        ),
        Example(
            "UNION ALL compares nothing",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN extra json;",),
            base={"web/list.ts": "await pool.query('SELECT * FROM projects UNION ALL SELECT * FROM projects');\n"},
        ),
    ),
    hazards=("add-json-column",),
    recipe_differs="the column is jsonb",
)


@rule.on(AddColumn)
def json_is_added(add: AddColumn, step: Step, context: Context) -> Iterator[Finding]:
    """Report a json column that a table gets whose rows old code compares."""
    yield from _finding(add, add.column.name, step, context)


@rule.on(AlterColumnType)
def column_becomes_json(alter: AlterColumnType, step: Step, context: Context) -> Iterator[Finding]:
    """Report a column that becomes json in a table whose rows old code compares."""
    yield from _finding(alter, alter.column, step, context)


def _finding(change: AddColumn | AlterColumnType, column: str, step: Step, context: Context) -> Iterator[Finding]:
    table = step.before.resolve(change.table)
    before, after = (c.relations.get(table) for c in (context.before, context.after))
    old, new = (relation.column(column) if relation else None for relation in (before, after))
    if before is None or new is None or new.type != "json" or (old is not None and old.type == "json"):
        return
    users = lines(compared_rows(context, table))
    if not users:
        return
    name, statement = f"{table.short}.{column}", change.statement
    target = f"ALTER TABLE {table.short}"
    safe = f"{target} ADD COLUMN {quote(column)} jsonb;" if isinstance(change, AddColumn) else ""
    yield Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"`{name}` is json, which has no equality, so old code at {listed(users)} that compares whole rows of"
            f" `{table.short}` fails with 42883 from the moment the migration runs. Instead, use jsonb."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=users,
        recipe=(RecipeStep(Phase.EXPAND, "Use jsonb, which can be compared.", safe),),
        phase=Phase.EXPAND,
    )
