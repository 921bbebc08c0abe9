"""Asks a database in use what the team watches, and what deployments left unfinished in it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from midflight.adapters.target.connection import Answer, Bounds, QueryError, Target, open_target
from midflight.plan.leftovers import ESTIMATE, LOOKS, Leftover, nulls_sql, unfinished
from midflight.plan.model import Filling
from midflight.plan.options import MonitoringOptions
from midflight.plan.watching import Measure, Measured, Watch, judge, limit_of, points_of

MOST_ROWS = 1000
MOST_LEFTOVERS = 100


def watch_database(
    url: str,
    measures: Sequence[Measure],
    options: MonitoringOptions,
    fillings: Sequence[Filling] = (),
    *,
    bounds: Bounds,
    alert: bool = False,
) -> Watch:
    """Run everything once; a query without an answer is told with its reason, a lost connection is an error."""
    with open_target(url, bounds) as target:
        measured = tuple(_measured(target, measure, options) for measure in measures)
        told = [*_looked(target), *_filled(target, fillings)]
    left = tuple(each for each in told if isinstance(each, Leftover))
    return Watch(measured, left, tuple(each for each in told if isinstance(each, str)), alert=alert)


def _measured(target: Target, measure: Measure, options: MonitoringOptions) -> Measured:
    try:
        answer = target.ask(_plain(measure.sql), most=MOST_ROWS)
    except QueryError as error:
        return Measured(measure, limit=limit_of(measure, options), unknown=error.what)
    found = judge(measure, answer.columns, answer.rows, options)
    detail = f"more than {MOST_ROWS:,} rows" if answer.more else found.detail
    return replace(found, detail=detail, points=_points(target, measure))


def _points(target: Target, measure: Measure) -> tuple[float, ...]:
    """The curve is for the eye: without it the value counts all the same."""
    if not measure.series:
        return ()
    try:
        return points_of(target.ask(_plain(measure.series), most=MOST_ROWS).rows)
    except QueryError:
        return ()


def _looked(target: Target) -> Iterator[Leftover | str]:
    for look in LOOKS:
        try:
            answer = target.ask(look.sql, most=MOST_LEFTOVERS)
        except QueryError as error:
            yield f"{look.purpose}: {error.what}"
            continue
        yield from map(look.read, answer.rows)
        if answer.more:
            yield f"{look.purpose}: only the first {MOST_LEFTOVERS} are listed"


def _filled(target: Target, fillings: Sequence[Filling]) -> Iterator[Leftover | str]:
    for filling in fillings:
        name = f"{filling.table.short}.{filling.column}"
        try:
            found = unfinished(filling, _number(target.ask(nulls_sql(filling))))
        except QueryError as error:
            found = _estimated(target, filling)
            if found is None:
                yield f"Backfill of `{name}`: {error.what}"
        if found is not None:
            yield found


def _estimated(target: Target, filling: Filling) -> Leftover | None:
    names = (filling.table.schema or "public", filling.table.name, filling.column)
    try:
        answer = target.ask(ESTIMATE, names)
    except QueryError:
        return None
    return unfinished(filling, _number(answer), estimated=True) if answer.rows else None


def _number(answer: Answer) -> int:
    return int(answer.rows[0][0] or 0) if answer.rows else 0


def _plain(sql: str) -> str:
    """A cursor takes a query without its semicolon."""
    return sql.strip().rstrip("; \n\t")
