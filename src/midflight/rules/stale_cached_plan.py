"""A prepared `SELECT *` does not survive a change of the table's columns."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from midflight.catalog.model import Catalog, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed, table_of
from midflight.inspection.usage import lines
from midflight.inspection.whole_rows import whole_rows
from midflight.inspection.wording import listed
from midflight.operations.model import AddColumn, AlterColumnType, DropColumn, RenameColumn
from midflight.operations.shapes import Name
from midflight.references.model import Place, TableReference

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title varchar(20));"
_STAR = {"app/projects.py": 'rows = cursor.execute("SELECT * FROM projects WHERE id = %s", [project_id])\n'}
_NAMED = {"app/projects.py": 'rows = cursor.execute("SELECT id, title FROM projects WHERE id = %s", [project_id])\n'}
_ADD = "ALTER TABLE projects ADD COLUMN summary text;"
_RESHAPING = (AddColumn, DropColumn, AlterColumnType, RenameColumn)
_SIMPLE = frozenset({".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".astro"})

rule = Rule(
    id="stale-cached-plan",
    level=Level.WARNING,
    summary="Changing the columns of a table that old code reads as whole rows",
    why=(
        "A statement that a connection prepared before the migration and that returns `*` fails with 0A000 (cached plan"
        " must not change result type) after ADD COLUMN, DROP COLUMN, RENAME COLUMN and any change of a type, even"
        " varchar(20) to varchar(40) (measured on 12 to 18). psycopg, asyncpg, sqlx, pgx and JDBC prepare on their own;"
        " a pooler keeps the plan beyond a restart of the code. Nothing is lost. A new column alone is a note, and none"
        " for JavaScript, where node-postgres prepares only on demand and postgres.js retries."
    ),
    instead=(
        "Rollout: deploy code that lists its columns.",
        "Contract: change the table in a later pull request, and renew pooled connections (DISCARD ALL) after it.",
    ),
    bad=(
        Example("A new column", schema=_HISTORY, migrations=(_ADD,), base=_STAR, head=_NAMED, says="0A000"),
        Example(
            "A wider type",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN title TYPE varchar(40);",),
            base=_STAR,
            head=_STAR,
            says="`app/projects.py:1`",
        ),
        Example(
            "What an INSERT gives back",
            schema=_HISTORY,
            migrations=(_ADD,),
            base={"app/add.py": 'cursor.execute("INSERT INTO projects (id) VALUES (%s) RETURNING *", [1])\n'},
            says="`app/add.py:1`",
        ),
    ),
    good=(
        Example("The columns are listed", schema=_HISTORY, migrations=(_ADD,), base=_NAMED, head=_NAMED),
        Example(
            "The rows do not leave the server",
            schema=_HISTORY,
            migrations=(_ADD,),
            base={"app/has.py": 'cursor.execute("SELECT EXISTS (SELECT * FROM projects)")\n'},
        ),
        Example(
            "Through PostgREST, which plans each request",
            schema=_HISTORY,
            migrations=(_ADD,),
            base={"web/list.ts": "await db.from('projects').select('*');\n"},
        ),
        Example(
            "A new column and JavaScript",
            schema=_HISTORY,
            migrations=(_ADD,),
            base={"web/list.ts": "await pool.query('SELECT * FROM projects WHERE id = $1', [id]);\n"},
        ),
        Example(
            "The columns stay as they are",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ALTER COLUMN id SET DEFAULT 7;",),
            base=_STAR,
            head=_STAR,
        ),
    ),
    hazards=("prepared-plan-invalidated",),
    covered_by=("change-column-type", "rename-column", "drop-table", "json-without-equality"),
)


@rule.on_whole
def plans_outlive_their_columns(context: Context) -> Iterator[Finding]:
    """Report each table from before the change set whose columns change while old code reads whole rows of it."""
    steps: dict[Name, list[Step]] = {}
    for step in context.steps:
        table = table_of(step)
        if table is None or not isinstance(step.operation, _RESHAPING) or not existed(table, context):
            continue
        if _shape(step.before, table) != _shape(step.after, table):
            steps.setdefault(table, []).append(step)
    for table, changes in steps.items():
        if _shape(context.before, table) != _shape(context.after, table):
            yield from _finding(table, changes, context)


def _shape(catalog: Catalog, table: Name) -> tuple[tuple[str, str], ...]:
    relation = catalog.relations.get(table)
    return tuple((column.name, column.type) for column in relation.columns) if relation else ()


def _finding(table: Name, changes: list[Step], context: Context) -> Iterator[Finding]:
    worst = next((step for step in changes if not isinstance(step.operation, AddColumn)), None)
    users = whole_rows(context, table)
    if worst is None:
        users = tuple(reference for reference in users if not _prepares_on_demand(reference))
    if not users or table not in context.after.relations:
        return
    statement = (worst or changes[0]).operation.statement
    name = table.short
    yield Finding(
        rule=rule.id,
        level=Level.WARNING if worst else Level.NOTE,
        confidence=Confidence.MEDIUM,
        message=(
            f"Changing the columns of `{name}` breaks the statements that old code at {listed(lines(users))} has"
            " prepared with `*`: they fail with 0A000 on every connection that was open before the migration. Instead,"
            " list the columns in the code first, or renew the connections right after the migration."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=lines(users),
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that lists the columns of `{name}` that it reads."),
            RecipeStep(
                Phase.CONTRACT,
                "Change the table in a later pull request; with a pooler, renew its connections after it.",
                "\n".join(dict.fromkeys(f"{step.operation.statement.text};" for step in changes)),
            ),
        ),
        phase=Phase.CONTRACT,
    )


def _prepares_on_demand(reference: TableReference) -> bool:
    return PurePosixPath(reference.place.path).suffix.lower() in _SIMPLE
