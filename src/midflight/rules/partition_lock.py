"""A partition is made or detached under a lock that stops every reader of the whole table."""

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.model import Step
from midflight.catalog.partitions import default_partition
from midflight.inspection.costs import step_costs
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.timeouts import waits_with_a_limit
from midflight.operations.model import CreateTable, DetachPartition
from midflight.operations.shapes import Name
from midflight.references.model import Place

_EVENTS = (
    "CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);"
    " CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');"
)
_CREATE = "CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
_CONCURRENTLY = 14

rule = Rule(
    id="partition-lock",
    level=Level.WARNING,
    summary="Making or detaching a partition under ACCESS EXCLUSIVE on the whole table",
    why=(
        "CREATE TABLE ... PARTITION OF and DETACH PARTITION take ACCESS EXCLUSIVE on the partitioned table: the work is"
        " short, but while they wait behind one long query, every query behind them waits as well. ATTACH PARTITION and"
        " DETACH PARTITION CONCURRENTLY (from 14) take SHARE UPDATE EXCLUSIVE, which stops nobody (PostgreSQL"
        " documentation, ALTER TABLE; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Expand: make the partition as a table of its own with LIKE, and attach it.",
        "Contract: detach with CONCURRENTLY outside a transaction, with lock_timeout beside a default partition.",
    ),
    bad=(
        Example(
            "A new partition",
            schema=_EVENTS,
            migrations=(_CREATE,),
            says="`events`",
        ),
        Example(
            "A partition is detached",
            schema=_EVENTS,
            migrations=("ALTER TABLE events DETACH PARTITION events_2023;",),
            says="CONCURRENTLY",
        ),
        Example(
            "A default partition forbids CONCURRENTLY",
            schema=_EVENTS + "CREATE TABLE events_rest PARTITION OF events DEFAULT;",
            migrations=("ALTER TABLE events DETACH PARTITION events_2023;",),
            says="lock_timeout",
        ),
    ),
    good=(
        Example(
            "Made as a table and attached",
            schema=_EVENTS,
            migrations=(
                (
                    "CREATE TABLE events_2024 (LIKE events INCLUDING ALL);"
                    " ALTER TABLE events ATTACH PARTITION events_2024"
                    " FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
                ),
            ),
        ),
        Example(
            "Detached concurrently",
            schema=_EVENTS,
            migrations=("ALTER TABLE events DETACH PARTITION events_2023 CONCURRENTLY;",),
            transactions=False,
        ),
        Example(
            "The wait has a limit",
            schema=_EVENTS,
            migrations=(f"SET LOCAL lock_timeout = '3s'; {_CREATE}",),
        ),
        Example(
            "The whole is of the same change set",
            migrations=(_EVENTS + _CREATE,),
        ),
    ),
    hazards=("create-partition-of", "detach-partition-blocking"),
    sized=True,
    covered_by=("partition-scan",),
)


@rule.on_whole
def whole_table_is_locked(context: Context) -> Iterator[Finding]:
    """Report partitions made or detached under a lock on the whole for which the statement waits without a limit."""
    if not any(_whole(step) for step in context.steps):
        return
    judged = zip(context.steps, step_costs(context), waits_with_a_limit(context), strict=True)
    for step, cost, limited in judged:
        whole = _whole(step)
        if whole is None or limited or step.problems or not _stops_readers(whole, step, cost):
            continue
        match step.operation:
            case CreateTable() as create:
                yield from _made(create, whole, step, cost)
            case DetachPartition() as detach:
                yield from _detached(detach, step, cost, context)


def _whole(step: Step) -> Name | None:
    match step.operation:
        case CreateTable(partition_of=table):
            return table
        case DetachPartition(table=table, concurrently=False):
            return table
        case _:
            return None


def _stops_readers(whole: Name, step: Step, cost: Cost) -> bool:
    name = step.before.resolve(whole)
    return any(held.relation == name and held.lock.blocks_reads for held in cost.held)


def _made(create: CreateTable, written: Name, step: Step, cost: Cost) -> Iterator[Finding]:
    if any(held.work is not Work.NONE for held in cost.held):
        return  # told with the scan
    whole, new = step.before.resolve(written), step.after.resolve(create.name).short
    attach = f"ALTER TABLE {whole.short} ATTACH PARTITION {new} {create.bound}"
    plain = not (create.columns or create.constraints or create.partition_by)
    sql = f"CREATE TABLE {new} (LIKE {whole.short} INCLUDING ALL);\n{attach};" if plain else ""
    yield _finding(
        f"Making the partition `{new}` takes ACCESS EXCLUSIVE on `{whole.short}`",
        "make it as a table of its own with LIKE and attach it, which stops nobody",
        RecipeStep(Phase.EXPAND, "Make it as a table of its own, and attach it.", sql),
        step,
        cost,
    )


def _detached(detach: DetachPartition, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    parent = step.before.relation(detach.table)
    if parent is None:
        return
    text = detach.statement.text
    forbidden = context.postgres_version < _CONCURRENTLY or default_partition(step.before, parent) is not None
    sql = f"SET LOCAL lock_timeout = '3s';\n{text};" if forbidden else f"{text} CONCURRENTLY;"
    remedy = (
        "set lock_timeout before it and try again, as CONCURRENTLY is refused here"
        if forbidden
        else "detach it with CONCURRENTLY, in a migration that runs outside a transaction"
    )
    yield _finding(
        f"Detaching `{detach.partition.short}` takes ACCESS EXCLUSIVE on `{parent.name.short}`",
        remedy,
        RecipeStep(Phase.CONTRACT, f"{remedy[0].upper()}{remedy[1:]}.", sql),
        step,
        cost,
    )


def _finding(what: str, remedy: str, recipe: RecipeStep, step: Step, cost: Cost) -> Finding:
    statement = step.operation.statement
    whole = what.rsplit("`", 2)[1]
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"{what}: behind one long query it waits, and every query of running code waits behind it."
            f" Instead, {remedy}."
        ),
        place=Place(statement.path, statement.line),
        object=whole,
        statement=statement,
        recipe=(recipe,),
        phase=recipe.phase,
        cost=cost,
    )
