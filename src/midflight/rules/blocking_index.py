"""An index build that keeps writers waiting for the size of the table."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.operations.model import CreateIndex, Statement
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"

rule = Rule(
    id="blocking-index",
    level=Level.ERROR,
    summary="Building an index on an existing table without CONCURRENTLY",
    why=(
        "CREATE INDEX holds SHARE on the table until the index is built: every INSERT, UPDATE and DELETE of running "
        "code waits for the size of the table (PostgreSQL documentation, CREATE INDEX; measured on 12 to 18). Nothing "
        "is lost."
    ),
    instead=("Expand: build it with CONCURRENTLY, in a migration of its own that runs outside a transaction.",),
    bad=(
        Example(
            "On a table with rows",
            schema=_HISTORY,
            migrations=("CREATE INDEX projects_title ON projects (title);",),
            says="`projects`",
        ),
    ),
    good=(
        Example(
            "Concurrently",
            schema=_HISTORY,
            migrations=("CREATE INDEX CONCURRENTLY projects_title ON projects (title);",),
            transactions=False,
        ),
        Example(
            "On a table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint, body text); CREATE INDEX notes_body ON notes (body);",),
        ),
    ),
)


@rule.on(CreateIndex)
def writers_wait_for_the_build(create: CreateIndex, step: Step, context: Context) -> Iterator[Finding]:
    """Report an index that is built under a lock on a table from before the change set."""
    table = step.before.resolve(create.index.table)
    known = step.after.indexes == step.before.indexes
    if create.concurrently or create.only or known or not existed(table, context):
        return
    name = create.index.name.name or "the index"
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Building `{name}` blocks every write to `{table.short}` until the whole table is read. Instead, build it "
            "with CONCURRENTLY, in a migration that runs outside a transaction."
        ),
        place=Place(create.statement.path, create.statement.line),
        object=table.short,
        statement=create.statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Build it in a migration of its own, outside a transaction; a failed build leaves an invalid index to "
                "drop.",
                _concurrently(create.statement),
            ),
        ),
        phase=Phase.EXPAND,
    )


def _concurrently(statement: Statement) -> str:
    words = statement.text.split(None, 3)
    head = 3 if len(words) > 2 and words[1].upper() == "UNIQUE" else 2
    rest = statement.text.split(None, head)
    return f"{' '.join(rest[:head])} CONCURRENTLY {rest[head]};"
