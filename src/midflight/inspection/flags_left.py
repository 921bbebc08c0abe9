"""Lists the feature flags of which both paths are in the code, and which of them should be gone by now."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from midflight.changes.entries import files_at
from midflight.changes.model import Blobs, Tree
from midflight.inspection.contraction import Landed, Period
from midflight.references.find import LARGEST
from midflight.references.flag_reads import Unset, unset
from midflight.references.generated import HEAD, is_generated
from midflight.references.guards import FALLBACK, sounds_like_flag
from midflight.references.languages import extract
from midflight.references.model import Guard, Place
from midflight.references.paths import SearchOptions
from midflight.references.selecting import written_paths

_READS = re.compile(rb"env|variation|enabled|feature|flag|gate|variant|ison\b|isoff\b", re.IGNORECASE)
"""What some call or name that reads a flag holds."""


@dataclass(frozen=True, slots=True)
class TwoPaths:
    """A flag whose both paths use the database: the lines that run while it is on, and those while it is off."""

    flag: Guard
    on: tuple[Place, ...]
    off: tuple[Place, ...]

    @property
    def unset(self) -> Unset:
        """Which path runs where nothing sets the flag."""
        return unset(self.flag)


@dataclass(frozen=True, slots=True)
class FlagsLeft:
    """Flags whose monitoring period of so many days is over, and those that came since."""

    ready: tuple[TwoPaths, ...] = ()
    waiting: tuple[TwoPaths, ...] = ()
    days: int = 0


@dataclass(slots=True)
class _Guards:
    """The guards of a tree's code with the lines that they cover; a content is read once, whatever trees have it."""

    blobs: Blobs
    options: SearchOptions
    known: dict[tuple[str, str], tuple[tuple[Guard, Place], ...]] = field(default_factory=dict)

    def of(self, tree: Tree) -> Iterator[tuple[Guard, Place]]:
        files = [f for f in files_at(tree.entries, written_paths(tree.entries, self.options)) if f.size <= LARGEST]
        new: dict[str, list[str]] = {}
        for each in files:
            if (each.blob, each.path) not in self.known:
                new.setdefault(each.blob, []).append(each.path)
        for blob, source in self.blobs.read(sorted(new)) if new else ():
            for path in new[blob]:
                self.known[blob, path] = tuple(_guards_in(path, source))
        for each in files:
            yield from self.known.get((each.blob, each.path), ())


def read_flags_left(
    line: Sequence[Landed],
    tree_of: Callable[[str], Tree],
    blobs: Blobs,
    options: SearchOptions,
    period: Period,
    today: str,
) -> FlagsLeft:
    """Return the flags of a branch, whose commits are given newest first.

    A flag's period begins with the commit that has both paths: when it was switched on, no repository knows.
    """
    guards = _Guards(blobs, options)
    now = two_paths(guards.of(tree_of(line[0].sha)))
    first = (date.fromisoformat(today) - timedelta(days=period.days)).isoformat()
    before = next((landed for landed in line if landed.day < first), None)
    if not now or before is None:
        return FlagsLeft((), now, period.days)
    then = {each.flag.flag for each in two_paths(guards.of(tree_of(before.sha)))}
    return FlagsLeft(
        tuple(each for each in now if each.flag.flag in then),
        tuple(each for each in now if each.flag.flag not in then),
        period.days,
    )


def two_paths(found: Iterator[tuple[Guard, Place]]) -> tuple[TwoPaths, ...]:
    """Return the flags that decide between two paths; one that guards a single path switches it on and off for good."""
    on: dict[str, dict[Place, Guard]] = {}
    off: dict[str, dict[Place, Guard]] = {}
    for guard, place in found:
        (off if guard.negated else on).setdefault(guard.flag, {}).setdefault(place, guard)
    return tuple(
        TwoPaths(next(iter(on[name].values())), tuple(on[name]), tuple(off[name])) for name in sorted(on) if name in off
    )


def _guards_in(path: str, source: bytes) -> Iterator[tuple[Guard, Place]]:
    if not _READS.search(source) or is_generated(path, source[:HEAD]):
        return
    try:
        found = extract(path, source)
    except RecursionError:
        return
    for each in (*found.references, *found.calls, *found.services):
        if each.guard is not None and _is_temporary(each.guard):
            yield each.guard, each.place


def _is_temporary(guard: Guard) -> bool:
    """Whether a flag may be there for a rollout: a variable such as IS_CLOUD says for good where the program runs."""
    return guard.provider != FALLBACK and (guard.provider != "environment" or sounds_like_flag(guard.flag))
