"""Constraints and indexes that a step made, dropped or changed."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.ddl import add_constraint, create_index
from midflight.catalog.model import Catalog, Relation
from midflight.operations.shapes import Constraint, ConstraintKind, Index, Name, quote
from midflight.plan.inverse.difference import StepDifference, changed, only_in
from midflight.plan.inverse.piece import Piece, Rank

_VALIDATED_APART = {ConstraintKind.FOREIGN_KEY, ConstraintKind.CHECK}


def constraint_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what drops new constraints and brings back dropped ones, on kept and on recreated tables."""
    for _, before, after in changed(d.before.relations, d.after.relations):
        if before.is_table and before.constraints != after.constraints:
            yield from _kept_table(before, after, d)
    for name in sorted(d.dropped):
        relation = d.before.relations[name]
        for constraint in non_inline(relation, d):
            yield replace(_add(relation, constraint, add_constraint(name, constraint)), note="")


def non_inline(relation: Relation, d: StepDifference) -> tuple[Constraint, ...]:
    """Return the constraints that CREATE TABLE cannot take: foreign keys, and what is not validated.

    What a recreated partition gets from its parent is not among them.
    """
    apart = (c for c in relation.constraints if c.kind is ConstraintKind.FOREIGN_KEY or c.not_valid)
    if relation.partition_of is None:
        return tuple(apart)
    parent = d.before.relations.get(relation.partition_of)
    given = {c.definition for c in parent.constraints} if parent else set()
    return tuple(c for c in relation.constraints if c.definition not in given)


def _kept_table(before: Relation, after: Relation, d: StepDifference) -> Iterator[Piece]:
    lost = d.lost_columns(before.name)
    inherited = {c.name for _, parent in d.parents(after) for c in parent.constraints}
    old, new = ({c.name: c for c in relation.constraints} for relation in (before, after))
    for name, constraint in new.items():
        if name not in old and name not in inherited and not lost.intersection(constraint.columns):
            yield _drop(before.name, name)
    inherited = {c.name for parent, _ in d.parents(before) for c in parent.constraints}
    for name, constraint in old.items():
        if name in inherited:
            continue
        if name not in new:
            yield from _back(before, constraint)
        elif new[name] != constraint:
            yield from _reset(before, constraint, new[name])


def _drop(table: Name, name: str) -> Piece:
    return Piece(Rank.DROP_CONSTRAINT, f"ALTER TABLE {table.short} DROP CONSTRAINT IF EXISTS {quote(name)}")


def _back(table: Relation, constraint: Constraint) -> Iterator[Piece]:
    if constraint.using_index:
        # the index went with the constraint; the constraint makes it again
        listed = ", ".join(map(quote, constraint.columns))
        constraint = replace(constraint, definition=f"{constraint.kind.value} ({listed})", using_index="")
    apart = constraint.kind in _VALIDATED_APART and not constraint.not_valid and not constraint.not_enforced
    if not apart or table.partition_by:
        yield _add(table, constraint, add_constraint(table.name, constraint))
        return
    # NOT VALID first: the table is locked for an instant, not for a scan
    yield _add(table, constraint, add_constraint(table.name, replace(constraint, not_valid=True)))
    validate = f"ALTER TABLE {table.name.short} VALIDATE CONSTRAINT {quote(constraint.name)}"
    yield Piece(Rank.MAKE_ROUTINE, validate)


def _add(table: Relation, constraint: Constraint, sql: str) -> Piece:
    foreign = constraint.kind is ConstraintKind.FOREIGN_KEY
    note = "" if constraint.not_enforced else _may_fail(table.name, constraint)
    return Piece(Rank.MAKE_FOREIGN_KEY if foreign else Rank.MAKE_CONSTRAINT, sql, note=note)


def _may_fail(table: Name, constraint: Constraint) -> str:
    named = f"`{quote(constraint.name)}` on `{table.short}`" if constraint.name else f"the key on `{table.short}`"
    return f"Rows written since that violate {named} make this step fail: look for them first."


def _reset(table: Relation, before: Constraint, after: Constraint) -> Iterator[Piece]:
    if replace(after, not_valid=before.not_valid, definition=before.definition) == before and before.not_valid:
        return  # validated meanwhile: that takes nothing from anybody
    if replace(after, using_index=before.using_index) == before:
        return
    yield _drop(table.name, before.name)
    yield from _back(table, before)


# --- indexes --------------------------------------------------------------------------------------------------------


def index_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what drops new indexes and brings back dropped ones; CONCURRENTLY where the author did so."""
    for name, index in only_in(d.after.indexes, d.before.indexes):
        if not _goes_along(index, d):
            yield Piece(Rank.DROP_INDEX, f"DROP INDEX {_concurrently(d)}IF EXISTS {name.short}")
    for _, index in only_in(d.before.indexes, d.after.indexes):
        if not _comes_along(index, d):
            yield _index_back(index, d)
    for name, before, after in changed(d.before.indexes, d.after.indexes):
        if after.constraint and not before.constraint:
            yield _index_back(before, d)  # dropping the constraint that took it over drops it
        elif before.definition != after.definition and not before.constraint:
            yield Piece(Rank.DROP_INDEX, f"DROP INDEX {_concurrently(d)}IF EXISTS {name.short}")
            yield _index_back(before, d)


def _comes_along(index: Index, d: StepDifference) -> bool:
    """Whether a constraint or the parent of a partition brings the index back."""
    return bool(index.constraint) or _from_parent(index, d.before, d)


def _goes_along(index: Index, d: StepDifference) -> bool:
    if index.constraint or index.table in d.created:
        return True
    lost = d.lost_columns(index.table)
    return bool(lost.intersection((*index.keys, *index.include))) or _from_parent(index, d.after, d)


def _from_parent(index: Index, catalog: Catalog, d: StepDifference) -> bool:
    """Whether the index of a partition is its part of an index of the parent that changed as well."""
    relation = catalog.relations.get(index.table)
    if relation is None or relation.partition_of is None:
        return False
    parent = relation.partition_of
    if parent in d.created or parent in d.dropped or relation.name in d.dropped:
        return True
    other = d.before if catalog is d.after else d.after
    return any(i.keys == index.keys and i.name not in other.indexes for i in catalog.indexes_on(parent))


def _index_back(index: Index, d: StepDifference) -> Piece:
    sql = create_index(index)
    if d.concurrently and index.table not in d.dropped:
        head, word, tail = sql.partition(" INDEX ")
        return Piece(Rank.MAKE_INDEX, f"{head}{word}CONCURRENTLY {tail}", note="It cannot run inside a transaction.")
    if index.table in d.dropped:
        of_view = not d.before.relations[index.table].is_table
        return Piece(Rank.MAKE_ATTACHED if of_view else Rank.MAKE_INDEX, sql)
    note = f"Writes to `{index.table.short}` wait while the index is built; CONCURRENTLY avoids it."
    return Piece(Rank.MAKE_INDEX, sql, note=note)


def _concurrently(d: StepDifference) -> str:
    return "CONCURRENTLY " if d.concurrently else ""
