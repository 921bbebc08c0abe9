"""An index build that keeps writers waiting for the size of the table."""

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.model import RelationKind, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.operations.model import CreateIndex, Statement
from midflight.operations.shapes import Index, Name
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_PARTITIONED = (
    "CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);"
    " CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
)

rule = Rule(
    id="blocking-index",
    level=Level.ERROR,
    summary="Building an index on an existing table without CONCURRENTLY",
    why=(
        "CREATE INDEX holds SHARE on the table until the index is built: every INSERT, UPDATE and DELETE of running "
        "code waits for the size of the table, on a partitioned table for that of all partitions, and CONCURRENTLY is "
        "refused there (PostgreSQL documentation, CREATE INDEX; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Expand: build it with CONCURRENTLY, in a migration of its own that runs outside a transaction.",
        "Expand, on a partitioned table: make it ON ONLY the table, CONCURRENTLY on each partition, and attach each.",
    ),
    bad=(
        Example(
            "On a table with rows",
            schema=_HISTORY,
            migrations=("CREATE INDEX projects_title ON projects (title);",),
            says="`projects`",
        ),
        Example(
            "On a partitioned table, where CONCURRENTLY is refused",
            schema=_PARTITIONED,
            migrations=("CREATE INDEX events_id ON events (id);",),
            says="every partition",
        ),
        Example(
            "On a table that the team knows to be small",
            schema=_HISTORY,
            migrations=("CREATE INDEX projects_title ON projects (title);",),
            tables=Tables((TableFact("projects", Size.SMALL),)),
            says="`projects` is small",
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
        Example(
            "On the partitioned table alone, for indexes of its partitions to be attached",
            schema=_PARTITIONED,
            migrations=("CREATE INDEX events_id ON ONLY events (id);",),
        ),
        Example(
            "On a materialized view, which only REFRESH writes",
            schema=_HISTORY + " CREATE MATERIALIZED VIEW titles AS SELECT id, title FROM projects;",
            migrations=("CREATE UNIQUE INDEX titles_id ON titles (id);",),
        ),
        Example(
            "The index is there already",
            schema=_HISTORY + " CREATE INDEX projects_title ON projects (title);",
            migrations=("CREATE INDEX IF NOT EXISTS projects_title ON projects (title);",),
        ),
    ),
    hazards=("create-index-blocking", "create-index-on-partitioned-parent"),
    sized=True,
)


@rule.on_cost(CreateIndex)
def writers_wait_for_the_build(create: CreateIndex, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report an index that is built under a lock on a table from before the change set."""
    table = cost.held[0].relation
    relation = step.before.relations.get(table) or step.after.relations.get(table)
    viewed = relation is not None and relation.kind is RelationKind.MATERIALIZED_VIEW
    partitioned = relation is not None and bool(relation.partition_by)
    waits = any(held.lock.blocks_writes and held.work is Work.INDEX_BUILD for held in cost.held)
    if viewed or step.problems or not waits:
        return
    name = create.index.name.name or "the index"
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=_on_partitions(name, table) if partitioned else _on_table(name, table),
        place=Place(create.statement.path, create.statement.line),
        object=table.short,
        statement=create.statement,
        recipe=tuple(_by_partition(step, table)) if partitioned else (_alone(create.statement),),
        phase=Phase.EXPAND,
        cost=cost,
    )


def _on_table(name: str, table: Name) -> str:
    return (
        f"Building `{name}` blocks every write to `{table.short}` until the whole table is read. Instead, build it "
        "with CONCURRENTLY, in a migration that runs outside a transaction."
    )


def _on_partitions(name: str, table: Name) -> str:
    return (
        f"Building `{name}` blocks every write to `{table.short}` until every partition is read. Instead, make it ON "
        "ONLY the table, build it with CONCURRENTLY on each partition, and attach each."
    )


def _alone(statement: Statement) -> RecipeStep:
    do = "Build it in a migration of its own, outside a transaction; a failed build leaves an invalid index to drop."
    words = statement.text.split(None, 3)
    head = 3 if len(words) > 2 and words[1].upper() == "UNIQUE" else 2
    rest = statement.text.split(None, head)
    return RecipeStep(Phase.EXPAND, do, f"{' '.join(rest[:head])} CONCURRENTLY {rest[head]};")


def _by_partition(step: Step, table: Name) -> Iterator[RecipeStep]:
    """The index of the whole first, then those below it: built alone and attached."""
    made = {index.table: index for name, index in step.after.indexes.items() if name not in step.before.indexes}
    waiting = [index for index in made.values() if index.table == table]
    while waiting:
        index = waiting.pop(0)
        relation = step.after.relations[index.table]
        if relation.partition_by:
            do = f"Make the index on `{index.table.short}` alone; it is not valid until all partitions have it."
            yield RecipeStep(Phase.EXPAND, do, _with_words(index, "ON ONLY"))
        else:
            do = f"Build the index on `{index.table.short}` in a migration of its own, outside a transaction."
            yield RecipeStep(Phase.EXPAND, do, _with_words(index, "ON", "CONCURRENTLY "))
        above = made.get(relation.partition_of) if relation.partition_of and index.table != table else None
        if above is not None:
            sql = f"ALTER INDEX {above.name.short} ATTACH PARTITION {index.name.short};"
            yield RecipeStep(Phase.EXPAND, f"Attach it to `{above.name.short}`.", sql)
        waiting += [i for t, i in made.items() if step.after.relations[t].partition_of == index.table]


def _with_words(index: Index, on: str, concurrently: str = "") -> str:
    head, _, rest = index.definition.partition(" ON ")
    return f"{head.replace('INDEX ', f'INDEX {concurrently}', 1)} {on} {rest.removeprefix('ONLY ')};"
