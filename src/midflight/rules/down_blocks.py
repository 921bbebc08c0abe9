"""A down script that keeps running code waiting for the size of a table, in the middle of an incident."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from midflight.catalog.cost import cost_of
from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.model import Step
from midflight.inspection.down import ways_back
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.shapes import Name
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text, size bigint);"
    " CREATE INDEX projects_title ON projects (title);"
)
_WORK = {
    Work.SCAN: "reads all of",
    Work.INDEX_BUILD: "builds an index over all of",
    Work.REWRITE: "writes all of",
}

rule = Rule(
    id="down-blocks",
    level=Level.NOTE,
    summary="A down script that blocks an existing table while it reads or rewrites it",
    why=(
        "A rollback runs when something is wrong already, and then every read or write of the table waits for its"
        " size as well. The same locks hold as on the way up (PostgreSQL documentation, Explicit Locking; measured on"
        " 12 to 18)."
    ),
    instead=("Expand: write the down script with the online forms too: CONCURRENTLY, or NOT VALID and VALIDATE.",),
    bad=(
        Example(
            "It builds an index again",
            schema=_HISTORY,
            migrations=("DROP INDEX CONCURRENTLY projects_title;",),
            down={0: "CREATE INDEX projects_title ON projects (title);"},
            says="builds an index over all of `projects`",
            transactions=False,
        ),
    ),
    good=(
        Example(
            "It builds the index concurrently",
            schema=_HISTORY,
            migrations=("DROP INDEX CONCURRENTLY projects_title;",),
            down={0: "CREATE INDEX CONCURRENTLY projects_title ON projects (title);"},
            transactions=False,
        ),
        Example(
            "It builds an index on a table of the same change set",
            schema=_HISTORY,
            migrations=(
                "CREATE TABLE notes (id bigint PRIMARY KEY);",
                "CREATE TABLE marks (id bigint PRIMARY KEY); CREATE INDEX marked ON marks (id);",
            ),
            down={0: "DROP TABLE notes;", 1: "DROP INDEX marked; CREATE INDEX marked ON marks (id); DROP TABLE marks;"},
            transactions=False,
        ),
        Example(
            "It works through a table that the migration made",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY, body text); ALTER TABLE notes DROP COLUMN body;",),
            down={0: "ALTER TABLE notes ADD COLUMN body text CHECK (body <> ''); DROP TABLE notes;"},
            transactions=False,
        ),
        Example(
            "It drops what the migration made",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN state text;",),
            down={0: "ALTER TABLE projects DROP COLUMN state;"},
            transactions=False,
        ),
    ),
    sized=True,
    hazards=("down-migration-takes-locks",),
    recipe_differs="the schema is the same, only the way back is written otherwise",
)


@rule.on_whole
def code_waits_for_the_way_back(context: Context) -> Iterator[Finding]:
    """Report each statement of a down script that works through a table from before the change under a strong lock."""
    for way in ways_back(context):
        there = {held.relation for step in way.up for held in _blocking(step, context).held}
        costs = [(step, _without(_blocking(step, context), there)) for step in way.down]
        blocking = [(step, cost) for step, cost in costs if cost.held]
        if blocking:
            yield _finding(*max(blocking, key=lambda pair: _weight(pair[1])), len(blocking) - 1)


def _blocking(step: Step, context: Context) -> Cost:
    """What a step holds on tables from before the change set while it works through them."""
    cost = cost_of(step, version=context.postgres_version)
    held = tuple(
        h for h in cost.held if h.lock.blocks_writes and h.work is not Work.NONE and _stays(h.relation, context)
    )
    return replace(cost, held=held)


def _stays(table: Name, context: Context) -> bool:
    """Whether the table is in use on the way back: it was there before, and the change set does not drop it."""
    return table in context.before.relations and table in context.after.relations


def _without(cost: Cost, tables: Collection[Name]) -> Cost:
    """The cost on other tables: what the way up does to these already is told there."""
    return replace(cost, held=tuple(h for h in cost.held if h.relation not in tables))


def _weight(cost: Cost) -> tuple[int, int]:
    return max((h.work.rank, h.lock.rank) for h in cost.held)


def _finding(step: Step, cost: Cost, more: int) -> Finding:
    statement, worst = step.operation.statement, max(cost.held, key=lambda h: (h.work.rank, h.lock.rank))
    table = worst.relation.short
    others = f", and {more} more of its statements block too" if more else ""
    who = "reads and writes" if worst.lock.blocks_reads else "writes"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"The down script {_WORK[worst.work]} `{table}` under {worst.lock}: during a rollback all {who} of old "
            f"code there wait for it{others}. Instead, use the online form in the down script too."
        ),
        place=Place(statement.path, statement.line),
        object=table,
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Write the down script with CONCURRENTLY outside a transaction, or NOT VALID and then VALIDATE.",
            ),
        ),
        phase=Phase.EXPAND,
        cost=cost,
    )
