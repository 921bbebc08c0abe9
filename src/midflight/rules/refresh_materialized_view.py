"""A materialized view is filled while its readers wait, or emptied under them."""

from __future__ import annotations

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost
from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import CreateView, Operation, RefreshView
from midflight.operations.shapes import Index, Name
from midflight.references.model import Place

_TABLE = "CREATE TABLE sales (id bigint PRIMARY KEY, day date, amount numeric);"
_HISTORY = (
    f"{_TABLE} CREATE MATERIALIZED VIEW sales_by_day AS SELECT day, sum(amount) AS total FROM sales GROUP BY day;"
)
_KEYED = f"{_HISTORY} CREATE UNIQUE INDEX sales_by_day_key ON sales_by_day (day);"

rule = Rule(
    id="refresh-materialized-view",
    level=Level.ERROR,
    summary="Refreshing a materialized view while its readers wait",
    why=(
        "REFRESH holds ACCESS EXCLUSIVE on the materialized view while its query runs and its indexes are built: every "
        "reader waits for all of it. WITH NO DATA empties it, and every reader fails with 55000 until it is filled. "
        "CONCURRENTLY lets readers work on; it asks for a unique index on plain columns without WHERE (PostgreSQL "
        "documentation, REFRESH MATERIALIZED VIEW; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Expand: give the materialized view a unique index.",
        "Expand: refresh it with CONCURRENTLY, best outside the migrations.",
    ),
    bad=(
        Example(
            "A refresh that could run beside its readers",
            schema=_KEYED,
            migrations=("REFRESH MATERIALIZED VIEW sales_by_day;",),
            says="`sales_by_day`",
        ),
        Example(
            "A refresh without a unique index",
            schema=_HISTORY,
            migrations=("REFRESH MATERIALIZED VIEW sales_by_day;",),
            says="unique index",
        ),
        Example(
            "A refresh that empties it",
            schema=_KEYED,
            migrations=("REFRESH MATERIALIZED VIEW sales_by_day WITH NO DATA;",),
            says="55000",
        ),
    ),
    good=(
        Example(
            "Concurrently",
            schema=_KEYED,
            migrations=("REFRESH MATERIALIZED VIEW CONCURRENTLY sales_by_day;",),
        ),
        Example(
            "The first filling, before which no reader gets anything",
            schema=_KEYED.replace("GROUP BY day;", "GROUP BY day WITH NO DATA;"),
            migrations=("REFRESH MATERIALIZED VIEW sales_by_day;",),
        ),
        Example(
            "A materialized view of the same change set",
            schema=_TABLE,
            migrations=("CREATE MATERIALIZED VIEW days AS SELECT day FROM sales; REFRESH MATERIALIZED VIEW days;",),
        ),
    ),
    hazards=("refresh-matview-blocking",),
    sized=True,
)


@rule.on_cost(RefreshView)
def readers_wait(refresh: RefreshView, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a refresh that readers of a filled materialized view notice."""
    view = step.before.resolve(refresh.name)
    if refresh.concurrently or not _is_filled(view, step, context):
        return
    keyed = any(_identifies(index) for index in step.before.indexes_on(view))
    does = (
        f"blocks every read of `{view.short}` while its query runs and its indexes are built."
        if refresh.with_data
        else f"empties `{view.short}`: every read of running code fails with 55000 until it is filled again."
    )
    instead = "refresh it with CONCURRENTLY" + ("." if keyed else ", after a unique index on plain columns is built.")
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=f"REFRESH {does} Instead, {instead}",
        place=Place(refresh.statement.path, refresh.statement.line),
        object=view.short,
        statement=refresh.statement,
        recipe=_recipe(view, keyed=keyed),
        phase=Phase.EXPAND,
    )


def _is_filled(view: Name, step: Step, context: Context) -> bool:
    """Whether the last statement about its rows left some: one that was never filled has no readers to stop."""
    earlier = [*context.history, *(s.operation for s in context.steps[: context.steps.index(step)])]
    told = (filled for operation in reversed(earlier) if (filled := _fills(operation, view)) is not None)
    return next(told, True)


def _fills(operation: Operation, view: Name) -> bool | None:
    match operation:
        case CreateView(name=name, with_data=filled) | RefreshView(name=name, with_data=filled) if name.may_mean(view):
            return filled
        case _:
            return None


def _identifies(index: Index) -> bool:
    return index.unique and index.predicate is None and not any("(" in key for key in index.keys)


def _recipe(view: Name, *, keyed: bool) -> tuple[RecipeStep, ...]:
    index = RecipeStep(
        Phase.EXPAND,
        "Build a unique index, with CONCURRENTLY, on the columns that tell its rows apart; all rows count.",
    )
    refresh = RecipeStep(
        Phase.EXPAND,
        "Refresh it beside its readers, best by a job of its own.",
        f"REFRESH MATERIALIZED VIEW CONCURRENTLY {view.short};",
    )
    return (refresh,) if keyed else (index, refresh)
