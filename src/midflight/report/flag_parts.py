"""The page on feature flags, as a view and as JSON values."""

from collections.abc import Mapping, Sequence

from midflight.compatibility.model import Side
from midflight.plan.model import FlagAdvice, FlagPage, FlagUse, Planned
from midflight.references.model import Place
from midflight.report.limits import Limits
from midflight.report.links import Links
from midflight.report.problems import sql_of
from midflight.report.view import Cut, FlagAdviceView, FlagsView, FlagView, Item, cut
from midflight.text import shorten

_NAME = 200

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def flags_of(page: FlagPage, links: Links, limits: Limits) -> FlagsView:
    """Return the view of the page."""
    return FlagsView(
        uses=cut([_flag(use, links, limits) for use in page.uses], limits.problems),
        look=cut([shorten(purpose, limits.text) for purpose in page.look], limits.items),
        advice=cut([_advice(each, links, limits) for each in page.advice], limits.problems),
    )


def _flag(use: FlagUse, links: Links, limits: Limits) -> FlagView:
    place = use.flag.place
    return FlagView(
        name=shorten(use.flag.flag, _NAME),
        provider=use.flag.provider,
        starts=use.starts.value,
        read=links.spot(place.path, place.line),
        covers=_items(use.covers, links, limits),
        old_path=_items(use.old_path, links, limits),
        steps=tuple((shorten(step.do, limits.text), sql_of(step.command, limits)) for step in use.steps),
    )


def _items(planned: Sequence[Planned], links: Links, limits: Limits) -> Cut[Item]:
    return cut(
        [Item(shorten(each.summary, limits.text), links.spot(each.path, each.line)) for each in planned], limits.steps
    )


def _advice(each: FlagAdvice, links: Links, limits: Limits) -> FlagAdviceView:
    spot = links.spot(each.place.path, each.place.line, Side.BASE if each.old else Side.HEAD)
    return FlagAdviceView(shorten(each.why, limits.text), shorten(each.name, _NAME), spot, sql_of(each.code, limits))


def flag_page_json(page: FlagPage) -> Json:
    """Return the page for programs."""
    return {
        "flags": [_use_json(use) for use in page.uses],
        "look": list(page.look),
        "missing": [
            {"object": each.object, "why": each.why, "name": each.name, "code": each.code, **_place(each.place)}
            for each in page.advice
        ],
    }


def _use_json(use: FlagUse) -> Json:
    return {
        "flag": use.flag.flag,
        "provider": use.flag.provider,
        "starts": use.starts.value,
        "covers": [_planned(each) for each in use.covers],
        "old_path": [_planned(each) for each in use.old_path],
        "steps": [{"do": step.do, "command": step.command} for step in use.steps],
        **_place(use.flag.place),
    }


def _planned(each: Planned) -> Json:
    return {"do": each.summary, "object": each.object, **_place(Place(each.path, each.line))}


def _place(place: Place) -> dict[str, Json]:
    return {"path": place.path, "line": place.line}
