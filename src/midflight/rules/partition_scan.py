"""A partition, or the default one, is read under a lock that stops its readers."""

from __future__ import annotations

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Held, Work
from midflight.catalog.cost_proofs import bound_condition, proves_bound, proves_not_null
from midflight.catalog.model import Relation, Step
from midflight.catalog.partitions import partition_columns
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import AttachPartition, CreateTable
from midflight.operations.shapes import Name, quote
from midflight.references.model import Place

_EVENTS = "CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);"
_ALONE = " CREATE TABLE events_2024 (id bigint, day date NOT NULL);"
_DEFAULT = " CREATE TABLE events_rest PARTITION OF events DEFAULT;"
_ATTACH = "ALTER TABLE events ATTACH PARTITION events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
_CREATE = "CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"

rule = Rule(
    id="partition-scan",
    level=Level.ERROR,
    summary="A new partition whose rows, or those of the default partition, must be read",
    why=(
        "ATTACH PARTITION reads the table under ACCESS EXCLUSIVE unless a valid CHECK proves the bound. Every new"
        " partition makes the server read the DEFAULT partition under ACCESS EXCLUSIVE, whatever CHECK the new one has,"
        " unless a CHECK of the default partition excludes the bound (PostgreSQL documentation, ALTER TABLE; measured"
        " on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Expand: add a CHECK with the bound NOT VALID, one that excludes it to the default partition.",
        "Expand: validate it in the next migration, while everybody works on.",
        "Expand: attach or create the partition, and drop the CHECK.",
    ),
    bad=(
        Example(
            "A table with rows becomes a partition",
            schema=_EVENTS + _ALONE,
            migrations=(_ATTACH,),
            says="`events_2024`",
        ),
        Example(
            "A new partition beside a default one",
            schema=_EVENTS + _DEFAULT,
            migrations=(_CREATE,),
            says="default partition `events_rest`",
        ),
        Example(
            "The CHECK of the new partition does not spare the default one",
            schema=_EVENTS + _ALONE + _DEFAULT,
            migrations=(
                (
                    "ALTER TABLE events_2024 ADD CONSTRAINT bound"
                    " CHECK (day >= '2024-01-01' AND day < '2025-01-01') NOT VALID;"
                ),
                "ALTER TABLE events_2024 VALIDATE CONSTRAINT bound;",
                _ATTACH,
            ),
            says="default partition `events_rest`",
        ),
        Example(
            "The table has no index like that of the whole",
            schema=_EVENTS + "CREATE INDEX events_id ON events (id);" + _ALONE,
            migrations=(_ATTACH,),
            says="builds its indexes",
        ),
    ),
    good=(
        Example(
            "A valid CHECK proves the bound",
            schema=_EVENTS + _ALONE + "ALTER TABLE events_2024 ADD CHECK (day >= '2024-01-01' AND day < '2025-01-01');",
            migrations=(_ATTACH,),
        ),
        Example(
            "A CHECK of the default partition excludes the bound",
            schema=_EVENTS
            + _DEFAULT
            + "ALTER TABLE events_rest ADD CHECK (NOT (day >= '2024-01-01' AND day < '2025-01-01'));",
            migrations=("CREATE TABLE events_2024 (LIKE events);", _ATTACH),
        ),
        Example(
            "A table of the same change set is attached",
            schema=_EVENTS,
            migrations=("CREATE TABLE events_2024 (LIKE events INCLUDING ALL); " + _ATTACH,),
        ),
        Example(
            "The whole is of the same change set",
            migrations=(_EVENTS + _DEFAULT + _CREATE,),
        ),
    ),
    hazards=("attach-partition-scan", "attach-partition-default-scan"),
    sized=True,
)


@rule.on_cost(AttachPartition)
def attached_table_is_read(attach: AttachPartition, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report the tables from before the change set that ATTACH PARTITION reads."""
    yield from _read(attach.table, attach.bound, step, cost)


@rule.on_cost(CreateTable)
def default_partition_is_read(create: CreateTable, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report the default partition that CREATE TABLE ... PARTITION OF reads."""
    if create.partition_of is not None:
        yield from _read(create.partition_of, create.bound, step, cost)


def _read(whole: Name, bound: str, step: Step, cost: Cost) -> Iterator[Finding]:
    parent = step.before.relation(whole)
    for held in cost.held if not step.problems else ():
        if held.work is Work.NONE or not held.lock.blocks_reads:
            continue
        table = step.before.relations.get(held.relation)
        default = table is not None and table.partition_of is not None
        yield _finding(held, _steps(table, parent, bound, step, default=default), step, default=default)


def _finding(held: Held, recipe: tuple[RecipeStep, ...], step: Step, *, default: bool) -> Finding:
    statement, name = step.operation.statement, held.relation.short
    builds = held.work is Work.INDEX_BUILD and not default
    subject = f"The default partition `{name}`" if default else f"`{name}`"
    until = "reads it for rows of the new partition" if default else "reads it for rows that do not fit"
    until += " and builds its indexes" if builds else ""
    cure = "excludes the new bound" if default else "says the bound"
    indexes = " and make the indexes of the whole" if builds else ""
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"{subject} is closed to readers and writers while the server {until}. Instead, add a CHECK that {cure},"
            f" validate it{indexes} in migrations before this one, and drop it afterwards."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        recipe=recipe,
        phase=Phase.EXPAND,
        cost=Cost((held,)),
    )


def _steps(
    table: Relation | None, parent: Relation | None, bound: str, step: Step, *, default: bool
) -> tuple[RecipeStep, ...]:
    sql = f"{step.operation.statement.text};"
    condition = _condition(table, parent, bound, default=default) if table and parent else ""
    last = RecipeStep(Phase.EXPAND, "Make it a partition.", sql)
    if not condition or table is None:
        return (RecipeStep(Phase.EXPAND, "Add a CHECK that proves it NOT VALID, and validate it."), last)
    indexes = () if default else _indexes(table, step)
    if parent is not None and not default and proves_bound(table, parent.partition_by, bound):
        return (*indexes, last)
    name, check = table.name.short, quote(f"{table.name.name[:50]}_bound")
    return (
        *indexes,
        RecipeStep(
            Phase.EXPAND,
            f"Say it of `{name}` in a CHECK that reads no row yet.",
            f"ALTER TABLE {name} ADD CONSTRAINT {check} CHECK ({condition}) NOT VALID;",
        ),
        RecipeStep(
            Phase.EXPAND,
            "Validate it in the next migration, while everybody works on.",
            f"ALTER TABLE {name} VALIDATE CONSTRAINT {check};",
        ),
        last,
        RecipeStep(
            Phase.EXPAND, "Drop the CHECK, which the bound replaces.", f"ALTER TABLE {name} DROP CONSTRAINT {check};"
        ),
    )


def _indexes(table: Relation, step: Step) -> tuple[RecipeStep, ...]:
    """The indexes that attaching builds, each built without a lock that stops anybody."""
    made = (i for name, i in step.after.indexes.items() if i.table == table.name and name not in step.before.indexes)
    return tuple(
        RecipeStep(
            Phase.EXPAND,
            "Build an index like that of the whole in a migration of its own, outside a transaction.",
            f"{index.definition.replace('INDEX ', 'INDEX CONCURRENTLY ', 1)};",
        )
        for index in sorted(made, key=lambda index: index.name)
        if not index.constraint
    )


def _condition(table: Relation, parent: Relation, bound: str, *, default: bool) -> str:
    condition, columns = bound_condition(parent.partition_by, bound), partition_columns(parent)
    column = table.column(columns[0]) if len(columns) == 1 else None
    if not condition or column is None:
        return ""
    if default:
        return f"NOT ({condition})"
    required = column.not_null or proves_not_null(table, column.name)
    return condition if required else f"{quote(column.name)} IS NOT NULL AND {condition}"
