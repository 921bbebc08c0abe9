"""Two catalogs compared: the net difference between two schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import compress, count
from operator import is_not
from typing import Generic, TypeVar

from rpds import HashTrieMap

from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.shapes import Column, Constraint, Index, Name, Policy, Routine, Trigger, TypeKind, UserType

Key = TypeVar("Key")
Value = TypeVar("Value")

TEMPORARY = "pg_temp"
"""The schema that temporary relations live in; they end with the session and are no difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What `after` has that `before` has not, and the other way round; a rename shows as removed and added.

    Relations are tables and views, not sequences. What hangs on an added or removed relation goes with it: columns,
    constraints, indexes, triggers, policies and flags are listed only for relations that both catalogs have.
    """

    relations_added: tuple[Relation, ...] = ()
    relations_removed: tuple[Relation, ...] = ()
    columns_added: tuple[tuple[Name, Column], ...] = ()
    columns_removed: tuple[tuple[Name, Column], ...] = ()
    columns_changed: tuple[tuple[Name, Column, Column], ...] = ()  # table, before, after
    constraints_added: tuple[tuple[Name, Constraint], ...] = ()
    constraints_removed: tuple[tuple[Name, Constraint], ...] = ()
    constraints_changed: tuple[tuple[Name, Constraint, Constraint], ...] = ()
    indexes_added: tuple[Index, ...] = ()
    indexes_removed: tuple[Index, ...] = ()
    indexes_changed: tuple[tuple[Index, Index], ...] = ()
    routines_added: tuple[Routine, ...] = ()
    routines_removed: tuple[Routine, ...] = ()
    routines_changed: tuple[tuple[Routine, Routine], ...] = ()  # same name and input types
    signatures_changed: tuple[tuple[Routine, Routine], ...] = ()  # removed and added under one name
    types_added: tuple[UserType, ...] = ()
    types_removed: tuple[UserType, ...] = ()
    types_changed: tuple[tuple[UserType, UserType], ...] = ()
    labels_added: tuple[tuple[Name, str], ...] = ()
    labels_removed: tuple[tuple[Name, str], ...] = ()
    triggers_added: tuple[Trigger, ...] = ()
    triggers_removed: tuple[Trigger, ...] = ()
    triggers_changed: tuple[tuple[Trigger, Trigger], ...] = ()
    policies_added: tuple[Policy, ...] = ()
    policies_removed: tuple[Policy, ...] = ()
    policies_changed: tuple[tuple[Policy, Policy], ...] = ()
    row_security_enabled: tuple[Name, ...] = ()
    row_security_disabled: tuple[Name, ...] = ()
    sequences_added: tuple[Name, ...] = ()
    sequences_removed: tuple[Name, ...] = ()

    @property
    def tables_added(self) -> tuple[Name, ...]:
        """The names of added tables and views."""
        return tuple(r.name for r in self.relations_added)

    @property
    def tables_removed(self) -> tuple[Name, ...]:
        """The names of removed tables and views."""
        return tuple(r.name for r in self.relations_removed)


def compare_catalogs(before: Catalog, after: Catalog) -> Difference:
    """Return the net difference; what either catalog does not know for certain is left out.

    Two catalogs of one history share all that no operation between them touched: only the rest is looked at.
    """
    relations = _apart(before.relations, after.relations)
    old, new = _relations(relations[0]), _relations(relations[1])
    shared = [(old[name], new[name]) for name in sorted(old.keys() & new.keys())]
    routines_added, routines_removed, routines_changed = _split(*_apart(before.routines, after.routines))
    types_added, types_removed, types_changed = _split(*_apart(before.types, after.types))
    kept = partial(_in_both, before, after)
    triggers = _split(*(_on(parts, kept) for parts in _apart(before.triggers, after.triggers)))
    policies = _split(*(_on(parts, kept) for parts in _apart(before.policies, after.policies)))
    indexes = _split(*(_indexes(parts, kept) for parts in _apart(before.indexes, after.indexes)))
    constraints = [(b.name, *_split(_constraints(b), _constraints(a))) for b, a in shared]
    return Difference(
        relations_added=tuple(new[n] for n in sorted(new.keys() - old.keys()) if not _assumed(new[n], after)),
        relations_removed=tuple(old[n] for n in sorted(old.keys() - new.keys())),
        columns_added=tuple((b.name, c) for b, a in shared for c in _columns_added(b, a)),
        columns_removed=tuple((b.name, c) for b, a in shared for c in _columns_removed(b, a)),
        columns_changed=tuple(change for b, a in shared for change in _columns_changed(b, a)),
        constraints_added=tuple((name, c) for name, added, _, _ in constraints for c in added),
        constraints_removed=tuple((name, c) for name, _, removed, _ in constraints for c in removed),
        constraints_changed=tuple((name, b, a) for name, _, _, changed in constraints for b, a in changed),
        indexes_added=indexes[0],
        indexes_removed=indexes[1],
        indexes_changed=indexes[2],
        routines_added=routines_added,
        routines_removed=routines_removed,
        routines_changed=routines_changed,
        signatures_changed=tuple((r, a) for r in routines_removed for a in routines_added if r.name == a.name),
        types_added=types_added,
        types_removed=types_removed,
        types_changed=types_changed,
        labels_added=tuple(_labels((after_type, before_type) for before_type, after_type in types_changed)),
        labels_removed=tuple(_labels(types_changed)),
        triggers_added=triggers[0],
        triggers_removed=triggers[1],
        triggers_changed=triggers[2],
        policies_added=policies[0],
        policies_removed=policies[1],
        policies_changed=policies[2],
        row_security_enabled=tuple(b.name for b, a in shared if a.row_security and not b.row_security),
        row_security_disabled=tuple(b.name for b, a in shared if b.row_security and not a.row_security),
        sequences_added=tuple(sorted(_sequences(relations[1]) - _sequences(relations[0]))),
        sequences_removed=tuple(sorted(_sequences(relations[0]) - _sequences(relations[1]))),
    )


def changed_words(difference: Difference) -> frozenset[str]:
    """Return the plain identifiers that a search through code should look for.

    They name tables, views, columns, routines, types and constraints that the two schemas do not share as they are.
    """
    return frozenset(
        [n.name for n in (*difference.tables_added, *difference.tables_removed)]
        + [c.name for _, c in (*difference.columns_added, *difference.columns_removed)]
        + [b.name for _, b, _ in difference.columns_changed]
        + [c.name for _, c in (*difference.constraints_added, *difference.constraints_removed)]
        + [c.name for _, c, _ in difference.constraints_changed]
        + [r.name.name for r in (*difference.routines_added, *difference.routines_removed)]
        + [r.name.name for r, _ in difference.routines_changed]
        + [t.name.name for t in (*difference.types_added, *difference.types_removed)]
        + [t.name.name for t, _ in difference.types_changed]
    )


def _apart(
    before: HashTrieMap[Key, Value], after: HashTrieMap[Key, Value]
) -> tuple[dict[Key, Value], dict[Key, Value]]:
    """The entries of each map that are not the very same in the other."""
    if before is after:
        return {}, {}
    one, other = _Entries.of(before), _Entries.of(after)
    start = _shared(one, other)
    end = _shared(one.without(start).backwards(), other.without(start).backwards())
    one, other = one.without(start, end), other.without(start, end)
    return _unshared(one, other), _unshared(other, one)


@dataclass(frozen=True, slots=True)
class _Entries(Generic[Key, Value]):
    """A map's keys and values, each in the map's order: two versions of one map have most of it in common."""

    keys: list[Key]
    values: list[Value]

    @classmethod
    def of(cls, mapping: HashTrieMap[Key, Value]) -> _Entries[Key, Value]:
        return cls(list(mapping.keys()), list(mapping.values()))

    def without(self, start: int, end: int = 0) -> _Entries[Key, Value]:
        stop = len(self.keys) - end
        return _Entries(self.keys[start:stop], self.values[start:stop])

    def backwards(self) -> _Entries[Key, Value]:
        return _Entries(self.keys[::-1], self.values[::-1])


def _shared(one: _Entries[Key, Value], other: _Entries[Key, Value]) -> int:
    """How many entries are the very same from the beginning."""
    least = min(len(one.keys), len(other.keys))
    first = next(compress(count(), map(is_not, one.keys, other.keys)), least)
    return min(first, next(compress(count(), map(is_not, one.values, other.values)), least))


def _unshared(ours: _Entries[Key, Value], theirs: _Entries[Key, Value]) -> dict[Key, Value]:
    # by identity: to look up each of some hundred names costs ten times as much
    known = dict(zip(map(id, theirs.values), theirs.keys, strict=True))
    pairs = zip(ours.keys, ours.values, strict=True)
    return {key: value for key, value in pairs if known.get(id(value)) != key}


def _split(
    before: Mapping[Key, Value], after: Mapping[Key, Value]
) -> tuple[tuple[Value, ...], tuple[Value, ...], tuple[tuple[Value, Value], ...]]:
    added = tuple(value for key, value in after.items() if key not in before)
    removed = tuple(value for key, value in before.items() if key not in after)
    changed = tuple((before[key], value) for key, value in after.items() if key in before and before[key] != value)
    return _ordered(added), _ordered(removed), tuple(sorted(changed, key=lambda pair: repr(pair[0])))


def _ordered(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(sorted(values, key=repr))


def _is_compared(relation: Relation | None) -> bool:
    return relation is not None and relation.kind is not RelationKind.SEQUENCE and relation.name.schema != TEMPORARY


def _in_both(before: Catalog, after: Catalog, name: Name) -> bool:
    return _is_compared(before.relations.get(name)) and _is_compared(after.relations.get(name))


def _relations(relations: Mapping[Name, Relation]) -> dict[Name, Relation]:
    return {name: relation for name, relation in relations.items() if _is_compared(relation)}


def _sequences(relations: Mapping[Name, Relation]) -> frozenset[Name]:
    return frozenset(n for n, r in relations.items() if r.kind is RelationKind.SEQUENCE)


def _assumed(relation: Relation, catalog: Catalog) -> bool:
    """Whether no statement made the relation: another one only spoke of it."""
    return not relation.complete and any(gap.about == relation.name for gap in catalog.gaps)


def _columns_added(before: Relation, after: Relation) -> Iterator[Column]:
    if before.complete or (before.is_table and not after.complete):
        yield from (c for c in after.columns if before.column(c.name) is None)


def _columns_removed(before: Relation, after: Relation) -> Iterator[Column]:
    if after.complete or (after.is_table and not before.complete):
        yield from (c for c in before.columns if after.column(c.name) is None)


def _columns_changed(before: Relation, after: Relation) -> Iterator[tuple[Name, Column, Column]]:
    for column in before.columns:
        other = after.column(column.name)
        if other is not None and other != column and bool(other.type) == bool(column.type):
            yield before.name, column, other


def _constraints(relation: Relation) -> dict[str, Constraint]:
    return {c.name: c for c in relation.constraints}


def _on(parts: Mapping[tuple[Name, str], Value], kept: Callable[[Name], bool]) -> dict[tuple[Name, str], Value]:
    return {key: part for key, part in parts.items() if kept(key[0])}


def _indexes(indexes: Mapping[Name, Index], kept: Callable[[Name], bool]) -> dict[Name, Index]:
    return {name: index for name, index in indexes.items() if kept(index.table)}


def _labels(pairs: Iterable[tuple[UserType, UserType]]) -> Iterator[tuple[Name, str]]:
    """Yield the labels that the first of each pair has and the second has not."""
    for one, other in pairs:
        if one.kind is TypeKind.ENUM and other.kind is TypeKind.ENUM:
            yield from ((one.name, label) for label in one.labels if label not in other.labels)
