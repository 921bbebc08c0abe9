"""Indexes: made with the name the server chooses, renamed, dropped."""

from __future__ import annotations

from dataclasses import replace

from midflight.catalog.definitions import rendered_index
from midflight.catalog.dependents import children, keys_resting_on, refusal
from midflight.catalog.drops import remove_constraint, remove_index
from midflight.catalog.fold_constraints import renamed_constraint
from midflight.catalog.lookup import (
    Folds,
    Outcome,
    candidates,
    certain,
    creation_name,
    missing_column,
    never_created,
    platform,
    relation_of,
    surely_missing,
    unearth,
)
from midflight.catalog.model import Catalog, Problem, Relation
from midflight.catalog.naming import index_name
from midflight.catalog.partitions import key_problems
from midflight.operations.model import CreateIndex, DropIndex, Operation, RenameIndex
from midflight.operations.shapes import Index, Name, ObjectKind, Target


def create_index(catalog: Catalog, operation: CreateIndex) -> Outcome:
    """CREATE INDEX, on the table and, unless ON ONLY, on its partitions."""
    found = relation_of(catalog, operation.index.table, operation, verb="indexed")
    if found.relation is None:
        return found.nothing
    table = found.relation
    index = replace(operation.index, table=table.name, name=Name(operation.index.name.name, table.name.schema))
    problems: tuple[Problem, ...] = tuple(
        p for key in (*index.keys, *index.include) if "(" not in key for p in missing_column(catalog, table, key)
    )
    problems += _of_partitioned(found.catalog, table, operation)
    if index.name.name and _taken(found.catalog, index.name):
        if operation.if_not_exists and not problems:
            return Outcome(found.catalog)
        if certain(catalog, table.name):
            problems += (Problem("42P07", f'relation "{index.name.name}" already exists'),)
    return Outcome(with_index(found.catalog, index, below=not operation.only), problems)


def _of_partitioned(catalog: Catalog, table: Relation, operation: CreateIndex) -> tuple[Problem, ...]:
    """What the server refuses on a partitioned table: CONCURRENTLY, and uniqueness without the partition key."""
    if not table.partition_by or not certain(catalog, table.name):
        return ()
    if operation.concurrently:
        return (Problem("0A000", f'cannot create index on partitioned table "{table.name.name}" concurrently'),)
    return key_problems(table, operation.index.keys) if operation.index.unique else ()


def _taken(catalog: Catalog, name: Name) -> bool:
    return name in catalog.indexes or name in catalog.relations


def with_index(catalog: Catalog, index: Index, *, below: bool = True) -> Catalog:
    """Return the catalog with an index (table resolved), named where it has no name, on the partitions too."""
    if not index.name.name:
        index = replace(index, name=Name(index_name(catalog, index), index.table.schema))
    index = rendered_index(index)
    catalog = unearth(catalog, "relation", index.name)
    catalog = catalog.with_index(index)
    if not below or not _partitioned(catalog, index.table):
        return catalog
    for child in [c for c in children(catalog, index.table) if c.partition_of == index.table]:
        catalog = with_index(catalog, replace(index, name=Name("", child.name.schema), table=child.name))
    return catalog


def _partitioned(catalog: Catalog, table: Name) -> bool:
    relation = catalog.relations.get(table)
    return relation is not None and bool(relation.partition_by)


def find_index(catalog: Catalog, name: Name) -> Index | None:
    """Return the index that `name` means, or None."""
    return next((catalog.indexes[n] for n in candidates(catalog, name) if n in catalog.indexes), None)


def drop_index(catalog: Catalog, operation: DropIndex) -> Outcome:
    """DROP INDEX."""
    index = find_index(catalog, operation.name)
    if index is None:
        return Outcome(catalog) if operation.if_exists else _missing(catalog, operation.name, operation)
    problems: tuple[Problem, ...] = ()
    if index.constraint and certain(catalog, index.table):
        text = f"cannot drop index {index.name.short} because constraint {index.constraint} on it requires it"
        problems = (Problem("2BP01", text),)
    if operation.concurrently and _partitioned(catalog, index.table) and certain(catalog, index.table):
        problems += (Problem("0A000", f'cannot drop partitioned index "{index.name.name}" concurrently'),)
    resting = tuple(keys_resting_on(catalog, index))
    if not operation.cascade:
        blockers = ((table.name, f"constraint {key.name} on table {table.name.short}") for table, key in resting)
        problems += refusal(catalog, f"index {index.name.short}", blockers, statement=operation.statement.text)
    for table, key in resting:
        catalog = remove_constraint(catalog, table.name, key.name)
    catalog = remove_index(catalog, index.name)
    for child in children(catalog, index.table) if _partitioned(catalog, index.table) else ():
        same = [i for i in catalog.indexes_on(child.name) if i.keys == index.keys and i.unique == index.unique]
        for copy in [i for i in same if not i.constraint][:1]:
            catalog = remove_index(catalog, copy.name)
    return Outcome(catalog, problems)


def _missing(catalog: Catalog, name: Name, operation: Operation) -> Outcome:
    if surely_missing(catalog, "relation", name):
        return Outcome(catalog, (Problem("42704", f'index "{name.name}" does not exist'),))
    if platform(catalog, name):
        return Outcome(catalog)
    return Outcome(catalog.with_gap(never_created("index", creation_name(catalog, name), operation, "named")))


def rename_index(catalog: Catalog, operation: RenameIndex) -> Outcome:
    """ALTER INDEX RENAME TO; the constraint that owns the index is renamed with it."""
    index = find_index(catalog, operation.name)
    if index is None:
        return Outcome(catalog) if operation.if_exists else _missing_relation(catalog, operation)
    problems: tuple[Problem, ...] = ()
    if _taken(catalog, Name(operation.to, index.name.schema)) and certain(catalog, index.table):
        problems = (Problem("42P07", f'relation "{operation.to}" already exists'),)
    if index.constraint and index.table in catalog.relations:
        return Outcome(renamed_constraint(catalog, index.table, index.constraint, operation.to), problems)
    moved = rendered_index(replace(index, name=Name(operation.to, index.name.schema)))
    catalog = catalog.without_index(index.name).with_index(moved)
    target = Target(ObjectKind.INDEX, index.name)
    text = catalog.comments.get(target)
    if text is not None:
        comments = catalog.comments.remove(target).insert(Target(ObjectKind.INDEX, moved.name), text)
        catalog = replace(catalog, comments=comments)
    return Outcome(catalog, problems)


def _missing_relation(catalog: Catalog, operation: RenameIndex) -> Outcome:
    # ALTER INDEX looks for any relation, so the server says 42P01 where DROP INDEX says 42704
    outcome = _missing(catalog, operation.name, operation)
    if not outcome.problems:
        return outcome
    return Outcome(catalog, (Problem("42P01", f'relation "{operation.name.name}" does not exist'),))


FOLDS: Folds = {CreateIndex: create_index, DropIndex: drop_index, RenameIndex: rename_index}
