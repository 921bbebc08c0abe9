"""What a change stops naming and when it may be dropped, as a view and as JSON values."""

from collections.abc import Mapping, Sequence

from midflight.compatibility.lasting import build, days
from midflight.inspection.contraction import Contraction
from midflight.report.limits import Limits
from midflight.report.model import Report
from midflight.report.problems import sql_of
from midflight.report.view import Cut, LaterView, cut
from midflight.text import shorten

_NAME = 200

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def later_of(report: Report, limits: Limits) -> Cut[LaterView]:
    """Return the view, the first to be dropped first."""
    several = len(report.databases) > 1
    first = cut(report.later, limits.items)
    return Cut(tuple(_view(each, limits, several=several) for each in first.shown), first.more)


def _view(each: Contraction, limits: Limits, *, several: bool) -> LaterView:
    return LaterView(
        object=shorten(each.name, _NAME),
        database=shorten(each.database, _NAME) if several else "",
        after=each.after,
        keeps=_keeps(each),
        dependents=cut([shorten(what, _NAME) for what in each.dependents], limits.lines),
        sql=sql_of(each.sql, limits),
    )


def _keeps(each: Contraction) -> str:
    return f"a {build(each.keeps)} may be in use for {days(each.keeps.days)}" if each.keeps.days else ""


def later_json(later: Sequence[Contraction]) -> Json:
    """Return the same for programs."""
    return [
        {
            "object": each.name,
            "database": each.database,
            "after": each.after,
            "reason": _keeps(each),
            "dependents": list(each.dependents),
            "sql": each.sql,
        }
        for each in later
    ]
