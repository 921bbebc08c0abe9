"""A statement that writes a whole table again, although no value changes."""

from __future__ import annotations

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import named
from midflight.operations.model import Maintenance, SetExpression, SetTableOption
from midflight.operations.shapes import Column, Name, quote
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE events (id bigint PRIMARY KEY, body text);"
    " CREATE UNLOGGED TABLE visits (id bigint PRIMARY KEY, page text);"
)
_COMPUTED = (
    "CREATE TABLE lines (id bigint PRIMARY KEY, net numeric, total numeric GENERATED ALWAYS AS (net * 2) STORED);"
)
_REPACKED = "use pg_repack, which locks the table only at its start and end."
_BESIDE = "copy the rows into a new table that is made so, and let the code move to it."

rule = Rule(
    id="table-rewrite",
    level=Level.ERROR,
    summary="A statement that writes an existing table and its indexes again",
    why=(
        "SET LOGGED, SET UNLOGGED, another TABLESPACE or ACCESS METHOD, CLUSTER, VACUUM FULL and SET EXPRESSION copy "
        "the whole table under ACCESS EXCLUSIVE: every query of running code waits until the copy is complete "
        "(PostgreSQL documentation, ALTER TABLE, CLUSTER and VACUUM; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Expand: make a new table that is as you want it, write both, and copy the rows in batches.",
        "Rollout: deploy code that uses the new table.",
        "Contract: drop the old one in a later pull request.",
        "For space that is not used any more: plain VACUUM, or pg_repack.",
    ),
    bad=(
        Example(
            "An UNLOGGED table becomes LOGGED",
            schema=_HISTORY,
            migrations=("ALTER TABLE visits SET LOGGED;",),
            says="writes `visits`",
        ),
        Example(
            "CLUSTER",
            schema=_HISTORY,
            migrations=("CLUSTER events USING events_pkey;",),
            says="pg_repack",
        ),
        Example(
            "VACUUM FULL",
            schema=_HISTORY,
            migrations=("VACUUM FULL events;",),
            transactions=False,
            says="pg_repack",
        ),
        Example(
            "Another expression of a stored column",
            schema=_COMPUTED,
            migrations=("ALTER TABLE lines ALTER COLUMN total SET EXPRESSION AS (net * 3);",),
            postgres_version=18,
            says="`lines`",
        ),
    ),
    good=(
        Example(
            "LOGGED as it is, and where it is",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE events SET LOGGED; ALTER TABLE visits SET UNLOGGED;",
                "ALTER TABLE events SET ACCESS METHOD heap; ALTER TABLE events SET TABLESPACE pg_default;",
            ),
        ),
        Example(
            "Storage parameters, which count for new rows",
            schema=_HISTORY,
            migrations=("ALTER TABLE events SET (fillfactor = 80, autovacuum_enabled = true);",),
        ),
        Example(
            "The order of the next CLUSTER",
            schema=_HISTORY,
            migrations=("ALTER TABLE events CLUSTER ON events_pkey;",),
        ),
        Example(
            "Plain VACUUM",
            schema=_HISTORY,
            migrations=("VACUUM (ANALYZE) events;",),
            transactions=False,
        ),
        Example(
            "An UNLOGGED table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE drafts (id bigint); ALTER TABLE drafts SET UNLOGGED;",),
        ),
        Example(
            "A stored column that is no longer computed",
            schema=_COMPUTED,
            migrations=("ALTER TABLE lines ALTER COLUMN total DROP EXPRESSION;",),
        ),
    ),
    recipe_differs="the rows move to a new table, and the old one is dropped in a later pull request",
    hazards=(
        "set-logged-unlogged",
        "set-unlogged",
        "set-tablespace-or-access-method",
        "cluster-or-vacuum-full",
        "set-generated-expression",
    ),
    sized=True,
)


@rule.on_cost(SetTableOption)
def stored_otherwise(change: SetTableOption, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a table that is written again in another place or form."""
    table = step.before.resolve(change.table)
    value = f" {change.value}" if change.value else ""
    yield from _report(f"{change.option}{value}", step, cost, f" Instead, {_BESIDE}", _beside(table, change))


@rule.on_cost(Maintenance)
def stored_anew(change: Maintenance, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report VACUUM FULL and CLUSTER."""
    tables = [held.relation for held in cost.held if held.work is Work.REWRITE]
    vacuum = tuple(
        RecipeStep(Phase.EXPAND, "Free the space for new rows, while everybody works on.", f"VACUUM {table.short};")
        for table in tables
        if change.kind == "VACUUM FULL"
    )
    repack = RecipeStep(Phase.EXPAND, "Write the table again with pg_repack, outside the migrations.")
    yield from _report(change.kind, step, cost, f" Instead, {_REPACKED}", (*vacuum, repack))


@rule.on_cost(SetExpression)
def computed_otherwise(change: SetExpression, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a stored generated column whose values are all computed again."""
    table = step.before.resolve(change.table)
    relation = step.before.relations.get(table)
    column = relation.column(change.column) if relation else None
    instead = f" Instead, add a column beside `{change.column}` with the new expression, and let the code move to it."
    yield from _report("SET EXPRESSION", step, cost, instead, _computed(table, change, column))


def _report(what: str, step: Step, cost: Cost, instead: str, recipe: tuple[RecipeStep, ...]) -> Iterator[Finding]:
    tables = [held.relation for held in cost.held if held.work is Work.REWRITE]
    if not tables:
        return
    statement = step.operation.statement
    several = len(tables) > 1
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"{what} writes {named([table.short for table in tables])} and all indexes again under ACCESS EXCLUSIVE: "
            f"all reads and writes of running code wait until {'each copy' if several else 'the copy'} is complete."
            f"{instead}"
        ),
        place=Place(statement.path, statement.line),
        object=tables[0].short,
        statement=statement,
        recipe=recipe,
        phase=Phase.EXPAND,
    )


def _beside(table: Name, change: SetTableOption) -> tuple[RecipeStep, ...]:
    new = Name(f"{table.name}_new", table.schema).short
    unlogged = "UNLOGGED " if change.option == "SET UNLOGGED" else ""
    stored = {"SET TABLESPACE": "TABLESPACE", "SET ACCESS METHOD": "USING"}.get(change.option)
    where = f" {stored} {quote(change.value)}" if stored and change.value else ""
    return (
        RecipeStep(
            Phase.EXPAND,
            "Make a new table that is as you want it; foreign keys, triggers, policies and grants are not copied.",
            f"CREATE {unlogged}TABLE {new} (LIKE {table.short} INCLUDING ALL){where};",
        ),
        RecipeStep(Phase.ROLLOUT, "Deploy code that writes both tables and reads the old one."),
        RecipeStep(
            Phase.EXPAND,
            "Copy the rows, in batches on a large table.",
            f"INSERT INTO {new} SELECT * FROM {table.short} ON CONFLICT DO NOTHING;",
        ),
        RecipeStep(Phase.ROLLOUT, "Deploy code that uses the new table, and drop the old one in a later pull request."),
    )


def _computed(table: Name, change: SetExpression, column: Column | None) -> tuple[RecipeStep, ...]:
    new = quote(f"{change.column}_new")
    kind = f" {column.type}" if column else ""
    add = f"ALTER TABLE {table.short} ADD COLUMN {new}{kind} GENERATED ALWAYS AS ({change.expression}) VIRTUAL;"
    return (
        RecipeStep(
            Phase.EXPAND,
            "Add a virtual column with the new expression, which writes no row (from 18).",
            add if column else "",
        ),
        RecipeStep(Phase.ROLLOUT, f"Deploy code that reads it instead of `{change.column}`."),
    )
