"""What breaks for longer than a rollout takes: builds that stay in use, and code of other teams."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from midflight.compatibility.model import Break, Cell, Matrix, Side
from midflight.references.model import CodeReferences
from midflight.references.surfaces import SERVER, RunsOn, Surface

OLD: Mapping[Surface, str] = MappingProxyType(
    {
        Surface.SERVER: "old servers",
        Surface.EDGE_FUNCTION: "old edge functions",
        Surface.WORKER: "old workers",
        Surface.BROWSER: "old browser tabs",
        Surface.COMMAND_LINE: "old command-line builds",
        Surface.MOBILE: "old mobile builds",
    }
)
_ONE: Mapping[Surface, str] = MappingProxyType(
    {
        Surface.SERVER: "server",
        Surface.EDGE_FUNCTION: "edge function",
        Surface.WORKER: "worker",
        Surface.BROWSER: "browser",
        Surface.COMMAND_LINE: "command line",
        Surface.MOBILE: "mobile",
    }
)
_BUILD: Mapping[Surface, str] = MappingProxyType(
    {
        Surface.BROWSER: "browser tab",
        Surface.COMMAND_LINE: "command-line build",
        Surface.MOBILE: "mobile build",
    }
)


def with_surfaces(matrix: Matrix, old: CodeReferences, new: CodeReferences) -> Matrix:
    """Return the matrix with each break's surface, from the side of the code that breaks."""

    def told(cell: Cell) -> Cell:
        return replace(cell, breaks=tuple(_told(found, old, new) for found in cell.breaks))

    return Matrix(told(matrix.old_old), told(matrix.old_new), told(matrix.new_old), told(matrix.new_new))


def _told(found: Break, old: CodeReferences, new: CodeReferences) -> Break:
    side = old if found.side is Side.BASE else new
    # a mapped model's column may stand in another file than the call: what runs the call fails
    path = found.reference.place.path if found.reference.place.path in side.runs_on else found.place.path
    runs = side.runs_on.get(path, SERVER)
    return replace(found, runs_on=runs) if runs != SERVER else found


def lasting(breaks: Iterable[Break]) -> tuple[RunsOn, ...]:
    """Return what still runs the old code when the rollout is over, consumers first, then the longest-lived.

    What a feature flag covers can be switched off, in old builds too.
    """
    found = {b.runs_on for b in breaks if b.runs_on.lasts and b.guard is None}
    return tuple(
        sorted(found, key=lambda runs: (not runs.consumer, -runs.days, runs.surface, runs.consumer, runs.versions))
    )


def of_builds(runs: Iterable[RunsOn]) -> tuple[RunsOn, ...]:
    """Return those that a number of days ends, each surface once, with its longest lifetime."""
    longest: dict[Surface, RunsOn] = {}
    for each in runs:
        if not each.consumer and each.days > longest.get(each.surface, SERVER).days:
            longest[each.surface] = each
    return tuple(longest.values())


def consumers_in(runs: Iterable[RunsOn]) -> tuple[str, ...]:
    """Return the names of other teams' code."""
    return tuple(dict.fromkeys(each.consumer for each in runs if each.consumer))


def versions_in(runs: Iterable[RunsOn]) -> tuple[str, ...]:
    """Return the names of the supported versions, which run on when the rollout is over, `v1.10` before `v1.9`."""
    return tuple(sorted({name for each in runs for name in each.versions}, key=_by_numbers, reverse=True))


def _by_numbers(name: str) -> tuple[tuple[int, ...], str]:
    return tuple(int(number) for number in re.findall(r"[0-9]{1,18}", name)), name


def unsupported(names: Sequence[str]) -> str:
    """Return what has to become so: "`v1.2` is no longer supported"."""
    return f"{_listed(names)} {'is' if len(names) == 1 else 'are'} no longer supported"


def supported(names: Sequence[str]) -> str:
    """Return what goes on until then: "`v1.2` keeps failing for as long as it is supported"."""
    one_ = len(names) == 1
    goes_on = "keeps failing for as long as it is" if one_ else "keep failing for as long as they are"
    return f"{_listed(names)} {goes_on} supported"


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def days(count: int) -> str:
    """Return "1 day", "180 days"."""
    return "1 day" if count == 1 else f"{count} days"


def one(runs: RunsOn) -> str:
    """Return what stands behind a line of code: "mobile", "edge function", the consumer's name."""
    return runs.consumer or _ONE[runs.surface]


def build(runs: RunsOn) -> str:
    """Return what people have in use: "mobile build"."""
    return _BUILD.get(runs.surface, one(runs))


def for_how_long(runs: Iterable[RunsOn]) -> str:
    """Return who keeps failing, for a table's cell: "old mobile builds, for 180 days"; empty for nobody."""
    told = tuple(runs)
    parts = [f"{OLD[each.surface]}, for {days(each.days)}" for each in of_builds(told)]
    return "; ".join([*(f"{name}, until it changes" for name in consumers_in(told)), *parts])
