"""A map of a catalog read backwards: which entries name an object, kept beside the map as it changes entry by entry.

A history folds thousands of catalogs, and each DROP and RENAME asks who depends on one object: to look at every
relation each time took half of the fold.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rpds import HashTrieMap

from midflight.operations.shapes import Name

Value = TypeVar("Value")
Target = TypeVar("Target")


@dataclass(frozen=True, slots=True, eq=False)
class Links(Generic[Value, Target]):
    """For each target the names of the entries of `source` that name it, sorted; `targets` says what an entry names."""

    source: HashTrieMap[Name, Value]
    targets: Callable[[Value], frozenset[Target]]
    by_target: HashTrieMap[Target, tuple[Name, ...]]

    def to(self, target: Target) -> tuple[Name, ...]:
        """The entries that name the target."""
        return self.by_target.get(target) or ()

    def after(self, source: HashTrieMap[Name, Value], name: Name) -> Links[Value, Target]:
        """The links of a map that differs from `source` in the entry of that name only."""
        old, new = self.source.get(name), source.get(name)
        before: frozenset[Target] = frozenset() if old is None else self.targets(old)
        now: frozenset[Target] = frozenset() if new is None else self.targets(new)
        by_target = self.by_target
        if before != now:
            for target in before - now:
                by_target = _without(by_target, target, name)
            for target in now - before:
                by_target = _with(by_target, target, name)
        return Links(source, self.targets, by_target)


def links(source: HashTrieMap[Name, Value], targets: Callable[[Value], frozenset[Target]]) -> Links[Value, Target]:
    """Return the links of a whole map."""
    found: dict[Target, list[Name]] = {}
    for name, value in source.items():
        for target in targets(value):
            found.setdefault(target, []).append(name)
    return Links(source, targets, HashTrieMap({target: tuple(sorted(names)) for target, names in found.items()}))


def _with(
    by_target: HashTrieMap[Target, tuple[Name, ...]], target: Target, name: Name
) -> HashTrieMap[Target, tuple[Name, ...]]:
    names = list(by_target.get(target) or ())
    insort(names, name)
    return by_target.insert(target, tuple(names))


def _without(
    by_target: HashTrieMap[Target, tuple[Name, ...]], target: Target, name: Name
) -> HashTrieMap[Target, tuple[Name, ...]]:
    known = by_target[target]
    place = bisect_left(known, name)
    names = known[:place] + known[place + 1 :]
    return by_target.insert(target, names) if names else by_target.remove(target)
