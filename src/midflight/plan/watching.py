"""Holds what a monitoring query answered against its threshold."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from midflight.operations.dialects.postgres.single import NotSingleError, single_query
from midflight.plan.leftovers import Leftover
from midflight.plan.options import MonitoringOptions

FAILED = ("failed", "failures", "errors", "failed_calls")
TOTAL = ("total", "total_calls", "calls", "requests")
MAX_POINTS = 60

Row = tuple[object, ...]


class Kind(StrEnum):
    """What a query counts, which decides its threshold and what to do."""

    ERROR_RATE = "error-rate"
    CALL_FAILURES = "call-failures"
    ORPHANED_ROWS = "orphaned-rows"
    COUNT = "count"


class Standing(StrEnum):
    """How a value stands to its threshold."""

    FINE = "fine"
    CROSSED = "crossed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Measure:
    """A query of the team's; `limit` is None for the threshold of its kind, `series` gives the values of before."""

    purpose: str
    sql: str
    kind: Kind = Kind.COUNT
    limit: float | None = None
    series: str = ""
    expect: str = ""

    @property
    def is_share(self) -> bool:
        """Whether its value is a percentage."""
        return self.kind in (Kind.ERROR_RATE, Kind.CALL_FAILURES)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a query answered; `unknown` says why it has no value, `points` are the values of before, oldest first."""

    measure: Measure
    value: float | None = None
    limit: float | None = None
    detail: str = ""
    unknown: str = ""
    points: tuple[float, ...] = ()

    @property
    def standing(self) -> Standing:
        """How the value stands; one without a threshold is only shown."""
        if self.value is None:
            return Standing.UNKNOWN
        return Standing.CROSSED if self.limit is not None and self.value > self.limit else Standing.FINE


@dataclass(frozen=True, slots=True)
class Watch:
    """One run's answer: the values, what deployments left behind, and what could not be looked at.

    `alert` says whether something that is certainly left behind counts as a threshold that is crossed.
    """

    measured: tuple[Measured, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    unknown: tuple[str, ...] = ()
    alert: bool = False

    @property
    def crossed(self) -> tuple[Measured, ...]:
        """The values over their thresholds."""
        return tuple(each for each in self.measured if each.standing is Standing.CROSSED)

    @property
    def standing(self) -> Standing:
        """The worst: a threshold that is crossed, else something that could not be told."""
        if self.crossed or (self.alert and any(each.certain for each in self.leftovers)):
            return Standing.CROSSED
        return Standing.UNKNOWN if self.doubts else Standing.FINE

    @property
    def doubts(self) -> tuple[str, ...]:
        """What could not be told, and why."""
        unmeasured = (each for each in self.measured if each.standing is Standing.UNKNOWN)
        return (*(f"{each.measure.purpose}: {each.unknown}" for each in unmeasured), *self.unknown)


def wrong_queries(measures: Sequence[Measure]) -> tuple[str, ...]:
    """Return what is wrong with the queries as settings: each must be one SELECT."""
    return tuple(
        f"monitoring.queries[{number}].{key}: must be one SELECT that only reads, but {why}."
        for number, each in enumerate(measures)
        for key, sql in (("sql", each.sql), ("series", each.series))
        if sql and (why := _why_not(sql))
    )


def _why_not(sql: str) -> str:
    try:
        found = single_query(sql)
    except NotSingleError as error:
        return str(error)
    return "" if found == "select" else f"it is {found.upper()}"


def limit_of(measure: Measure, options: MonitoringOptions) -> float | None:
    """Return the threshold: the query's own, else that of its kind; a plain count has none of its own accord."""
    if measure.limit is not None:
        return measure.limit
    by_kind: Mapping[Kind, float] = {
        Kind.ERROR_RATE: options.error_rate,
        Kind.CALL_FAILURES: options.call_failures,
        Kind.ORPHANED_ROWS: options.orphaned_rows,
    }
    return by_kind.get(measure.kind)


def judge(measure: Measure, columns: Sequence[str], rows: Sequence[Row], options: MonitoringOptions) -> Measured:
    """Hold an answer against the threshold; one in another shape than the kind's is unknown, never fine."""
    limit = limit_of(measure, options)
    value, told = _share(columns, rows) if measure.is_share else _count(rows)
    return Measured(measure, limit=limit, unknown=told) if value is None else Measured(measure, value, limit, told)


def _share(columns: Sequence[str], rows: Sequence[Row]) -> tuple[float | None, str]:
    """Percent: of `failed` in `total`, or the one number; no calls at all are no failures."""
    if len(rows) != 1:
        return None, f"it gave {len(rows)} rows, and a rate takes one"
    named = dict(zip((column.lower() for column in columns), rows[0], strict=True))
    failed = next((named[name] for name in FAILED if name in named), None)
    total = next((named[name] for name in TOTAL if name in named), None)
    if (bad := number(failed)) is not None and (whole := number(total)) is not None:
        return (100 * bad / whole, f"{bad:,.0f} of {whole:,.0f}") if whole else (0.0, "no calls")
    if len(columns) != 1:
        return None, f"a rate takes the columns {FAILED[0]!r} and {TOTAL[0]!r}, or one column with the percentage"
    if rows[0][0] is None:
        return 0.0, "no calls"
    share = number(rows[0][0])
    return share, "" if share is not None else "its answer is no number"


def _count(rows: Sequence[Row]) -> tuple[float | None, str]:
    """The number, where the answer is one, else how many rows there are."""
    if len(rows) == 1 and len(rows[0]) == 1 and not isinstance(rows[0][0], str):
        only = 0.0 if rows[0][0] is None else number(rows[0][0])
        if only is not None:
            return only, ""
    return float(len(rows)), ""


def points_of(rows: Sequence[Row]) -> tuple[float, ...]:
    """Return the numbers of a series: the last column of each row, the last sixty rows."""
    found = (number(row[-1]) if row else None for row in rows)
    return tuple(0.0 if value is None else value for value in found)[-MAX_POINTS:]


def number(value: object) -> float | None:
    """Return a finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    found = float(value)
    return found if math.isfinite(found) else None
