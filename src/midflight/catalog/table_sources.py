"""What a new table takes from others: the columns, constraints, indexes and comments of LIKE and of its parents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from midflight.catalog.fold_constraints import constraint_for_child
from midflight.catalog.fold_indexes import with_index
from midflight.catalog.lookup import find_relation, full_name
from midflight.catalog.model import Catalog
from midflight.operations.model import CreateTable, LikeClause
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Index, Name, ObjectKind, Target

_FIRST = {ConstraintKind.CHECK: 0, ConstraintKind.NOT_NULL: 0, ConstraintKind.PRIMARY_KEY: 1}
_LAST = {ConstraintKind.FOREIGN_KEY: 3}


def merged_columns(*groups: Iterable[Column]) -> tuple[Column, ...]:
    """Return the columns in order; one that comes twice keeps its first place and the last default."""
    found: dict[str, Column] = {}
    for column in (c for group in groups for c in group):
        known = found.get(column.name)
        if known is None:
            found[column.name] = column
            continue
        default = known.default if column.default is None else column.default
        found[column.name] = replace(
            known, type=known.type or column.type, not_null=known.not_null or column.not_null, default=default
        )
    return tuple(found.values())


def like_columns(catalog: Catalog, clause: LikeClause) -> list[Column]:
    """The columns that a LIKE clause copies."""
    source = find_relation(catalog, clause.source)
    return [_like_column(column, clause) for column in source.columns] if source else []


def _like_column(column: Column, clause: LikeClause) -> Column:
    def taken(word: str) -> bool:
        return bool(clause.including & {"ALL", word})

    kept = replace(column, serial=False)
    if not taken("DEFAULTS"):
        kept = replace(kept, default=None)
    if not taken("IDENTITY"):
        kept = replace(kept, identity=None)
    if not taken("GENERATED"):
        kept = replace(kept, generated=None, expression=None)
    return kept


def inherited_constraints(catalog: Catalog, operation: CreateTable) -> list[Constraint]:
    """The constraints that the parents of a table hand down."""
    found: list[Constraint] = []
    parents = [find_relation(catalog, parent) for parent in operation.inherits]
    for parent in (p for p in parents if p):
        found += [c for c in parent.constraints if c.kind is ConstraintKind.CHECK and not c.no_inherit]
    whole = find_relation(catalog, operation.partition_of) if operation.partition_of else None
    if whole is not None:
        found += [constraint_for_child(c) for c in whole.constraints if not c.no_inherit]
    for clause in operation.like:
        source = find_relation(catalog, clause.source)
        found += [constraint_for_child(c) for c in source.constraints if _liked(c, clause)] if source else []
    return found


def _liked(constraint: Constraint, clause: LikeClause) -> bool:
    if constraint.kind is ConstraintKind.CHECK:
        return bool(clause.including & {"ALL", "CONSTRAINTS"})
    indexed = constraint.kind in {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE}
    return indexed and bool(clause.including & {"ALL", "INDEXES"})


def ordered_constraints(constraints: Iterable[Constraint]) -> list[Constraint]:
    """Return the constraints as the server makes them: checks, primary key, unique, foreign keys.

    UNIQUE on the very columns of another key makes no second index (PostgreSQL source, transformIndexConstraints).
    """
    ordered = sorted(constraints, key=lambda c: _FIRST.get(c.kind, _LAST.get(c.kind, 2)))
    kept: list[Constraint] = []
    for constraint in ordered:
        twin = _twin(kept, constraint)
        if twin is None:
            kept.append(constraint)
        elif not kept[twin].name:
            kept[twin] = replace(kept[twin], name=constraint.name)
    return kept


def _twin(kept: list[Constraint], constraint: Constraint) -> int | None:
    keys = {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE}
    if constraint.kind not in keys:
        return None
    for position, other in enumerate(kept):
        if other.kind in keys and other.columns == constraint.columns and other.deferrable == constraint.deferrable:
            return position
    return None


def with_copies(catalog: Catalog, name: Name, operation: CreateTable) -> Catalog:
    """Return the catalog with the indexes and comments that a new table takes over from others."""
    if operation.partition_of is not None:
        catalog = copied_indexes(catalog, full_name(catalog, operation.partition_of), name)
    for clause in operation.like:
        source = find_relation(catalog, clause.source)
        if source is not None and clause.including & {"ALL", "INDEXES"}:
            catalog = copied_indexes(catalog, source.name, name)
        if source is not None and clause.including & {"ALL", "COMMENTS"}:
            catalog = _copied_comments(catalog, source.name, name)
    return catalog


def copied_indexes(catalog: Catalog, source: Name, table: Name) -> Catalog:
    """The catalog with the indexes of one table on another."""
    present = {_shape(i) for i in catalog.indexes_on(table)}
    for index in sorted(catalog.indexes_on(source), key=lambda i: i.name):
        if not index.constraint and _shape(index) not in present:
            catalog = with_index(catalog, replace(index, name=Name("", table.schema), table=table))
    return catalog


def _shape(index: Index) -> tuple[object, ...]:
    return (index.keys, index.include, index.unique, index.method, index.predicate)


def _copied_comments(catalog: Catalog, source: Name, table: Name) -> Catalog:
    copied = {
        Target(ObjectKind.COLUMN, table, target.part): text
        for target, text in catalog.comments.items()
        if target.kind is ObjectKind.COLUMN and target.name == source
    }
    return replace(catalog, comments=catalog.comments.update(copied))
