"""Tables: made, dropped, partitioned, inheriting, with all that comes and goes with them."""

from __future__ import annotations

from dataclasses import replace

from midflight.catalog.dependents import family, refusal, relation_blockers
from midflight.catalog.drops import remove_relation
from midflight.catalog.fold_columns import own_sequence, settled_column
from midflight.catalog.fold_constraints import attach, constraint_for_child
from midflight.catalog.fold_views import output_columns
from midflight.catalog.lookup import (
    TEMPORARY,
    Folds,
    Outcome,
    certain,
    creation_name,
    find_relation,
    full_name,
    missing_relation,
    platform,
    relation_of,
    unearth,
    was_dropped,
)
from midflight.catalog.model import Catalog, Problem, Relation, RelationKind
from midflight.catalog.partitions import default_partition
from midflight.catalog.table_sources import (
    copied_indexes,
    inherited_constraints,
    like_columns,
    merged_columns,
    ordered_constraints,
    with_copies,
)
from midflight.operations.model import (
    AttachPartition,
    CreateTable,
    DetachPartition,
    DropTable,
    Operation,
    SetInheritance,
    SetRowSecurity,
    SetTableOption,
)
from midflight.operations.shapes import Name

_CIRCULAR = Problem("42P07", "circular inheritance not allowed")


def create_table(catalog: Catalog, operation: CreateTable) -> Outcome:
    """CREATE TABLE with its sequences, constraints and indexes in the order in which the server makes them."""
    catalog = _with_temporary(catalog) if operation.temporary else catalog
    name = creation_name(catalog, operation.name, temporary=operation.temporary)
    existing = catalog.relations.get(name)
    if operation.if_not_exists and (existing is not None or name in catalog.indexes):
        return Outcome(catalog)
    problems = _exists_already(catalog, name)
    if existing is not None and existing.complete:
        catalog = remove_relation(catalog, name)
    relation = _new_relation(catalog, name, operation)
    catalog = unearth(catalog, "relation", name).with_relation(relation)
    for column in relation.columns:
        catalog = own_sequence(catalog, name, column)
    constraints = [*operation.constraints, *inherited_constraints(catalog, operation)]
    for constraint in ordered_constraints(constraints):
        outcome = attach(catalog, name, constraint, operation)
        catalog, problems = outcome.catalog, (*problems, *outcome.problems)
    return Outcome(with_copies(catalog, name, operation), problems)


def _with_temporary(catalog: Catalog) -> Catalog:
    if TEMPORARY in catalog.search_path:
        return catalog
    return replace(catalog, search_path=(*catalog.search_path, TEMPORARY))


def _exists_already(catalog: Catalog, name: Name) -> tuple[Problem, ...]:
    relation = catalog.relations.get(name)
    taken = name in catalog.indexes if relation is None else relation.complete or not relation.is_table
    return (Problem("42P07", f'relation "{name.name}" already exists'),) if taken and certain(catalog, name) else ()


def _new_relation(catalog: Catalog, name: Name, operation: CreateTable) -> Relation:
    parents = tuple(full_name(catalog, parent) for parent in operation.inherits)
    partitioned = full_name(catalog, operation.partition_of) if operation.partition_of else None
    sources = [*parents, *([partitioned] if partitioned else [])]
    inherited = [catalog.relations.get(source) for source in sources]
    liked = [find_relation(catalog, clause.source) for clause in operation.like]
    queried, decided = output_columns(catalog, operation.query_columns, operation.depends)
    columns = merged_columns(
        [c for parent in inherited if parent for c in parent.columns],
        [c for clause in operation.like for c in like_columns(catalog, clause)],
        [settled_column(catalog, c) for c in operation.columns],
        queried,
    )
    return Relation(
        name,
        RelationKind.FOREIGN_TABLE if operation.foreign else RelationKind.TABLE,
        columns,
        complete=decided and all(source is not None and source.complete for source in (*inherited, *liked)),
        partition_by=operation.partition_by,
        partition_of=partitioned,
        bound=operation.bound,
        inherits=parents,
        unlogged=operation.unlogged,
        options=tuple((f"SET ({parameter})", value) for parameter, value in operation.options),
    )


def drop_table(catalog: Catalog, operation: DropTable) -> Outcome:
    """DROP TABLE."""
    return drop_relation(catalog, operation, operation.name, if_exists=operation.if_exists, cascade=operation.cascade)


def drop_relation(
    catalog: Catalog, operation: Operation, name: Name, *, if_exists: bool = False, cascade: bool = False
) -> Outcome:
    """Return the outcome of DROP TABLE, VIEW or SEQUENCE; a table that no migration creates is simply not there."""
    relation = find_relation(catalog, name)
    if relation is None:
        if if_exists or platform(catalog, name):
            return Outcome(catalog)
        if was_dropped(catalog, "relation", name):
            return Outcome(catalog, (replace(missing_relation(name), message=_no_such(operation, name)),))
        found = relation_of(catalog, name, operation, verb="dropped")
        return Outcome(remove_relation(found.catalog, creation_name(catalog, name)))
    problems: tuple[Problem, ...] = ()
    if not cascade:
        blockers = relation_blockers(catalog, relation)
        what = f"{relation.kind.value} {relation.name.short}"
        problems = refusal(catalog, what, blockers, statement=operation.statement.text)
    return Outcome(remove_relation(catalog, relation.name), problems)


def _no_such(operation: Operation, name: Name) -> str:
    words = {"DropView": "view", "DropSequence": "sequence"}
    return f'{words.get(type(operation).__name__, "table")} "{name.name}" does not exist'


def attach_partition(catalog: Catalog, operation: AttachPartition) -> Outcome:
    """ATTACH PARTITION; the partition gets the indexes and constraints of the whole that it has not yet."""
    parent = relation_of(catalog, operation.table, operation)
    if parent.relation is None:
        return parent.nothing
    child = relation_of(parent.catalog, operation.partition, operation)
    if child.relation is None:
        return child.nothing
    if parent.relation in family(child.catalog, child.relation):
        return Outcome(child.catalog, (_CIRCULAR,))
    partition = replace(child.relation, partition_of=parent.relation.name, bound=operation.bound)
    catalog = child.catalog.with_relation(partition)
    present = {(c.kind, c.columns) for c in partition.constraints}
    for constraint in parent.relation.constraints:
        if (constraint.kind, constraint.columns) not in present:
            catalog = attach(catalog, partition.name, constraint_for_child(constraint), operation).catalog
    return Outcome(copied_indexes(catalog, parent.relation.name, partition.name))


def detach_partition(catalog: Catalog, operation: DetachPartition) -> Outcome:
    """DETACH PARTITION; the table keeps its indexes and constraints."""
    found = relation_of(catalog, operation.partition, operation)
    if found.relation is None:
        return found.nothing
    alone = found.catalog.with_relation(replace(found.relation, partition_of=None, bound=""))
    return Outcome(alone, _kept_by_default(catalog, operation))


def _kept_by_default(catalog: Catalog, operation: DetachPartition) -> tuple[Problem, ...]:
    parent = find_relation(catalog, operation.table)
    if not operation.concurrently or parent is None or not certain(catalog, parent.name):
        return ()
    if operation.statement.text.upper().endswith("FINALIZE") or default_partition(catalog, parent) is None:
        return ()
    return (Problem("55000", "cannot detach partitions concurrently when a default partition exists"),)


def set_inheritance(catalog: Catalog, operation: SetInheritance) -> Outcome:
    """INHERIT and NO INHERIT."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    parent = full_name(found.catalog, operation.parent)
    if any(table.name == parent for table in family(found.catalog, found.relation)):
        return Outcome(found.catalog, (_CIRCULAR,))
    others = tuple(p for p in found.relation.inherits if p != parent)
    inherits = (*others, parent) if operation.inherit else others
    return Outcome(found.catalog.with_relation(replace(found.relation, inherits=inherits)))


def set_option(catalog: Catalog, operation: SetTableOption) -> Outcome:
    """Storage options and the like; logged or not is the one that the catalog keeps apart."""
    found = relation_of(catalog, operation.table, operation)
    relation = found.relation
    if relation is None:
        return found.nothing
    option = operation.option.upper()
    if option in {"SET LOGGED", "SET UNLOGGED"}:
        return Outcome(found.catalog.with_relation(replace(relation, unlogged=option == "SET UNLOGGED")))
    options = (*(o for o in relation.options if o[0] != option), (option, operation.value))
    return Outcome(found.catalog.with_relation(replace(relation, options=options)))


def set_row_security(catalog: Catalog, operation: SetRowSecurity) -> Outcome:
    """ENABLE, DISABLE, FORCE and NO FORCE ROW LEVEL SECURITY."""
    found = relation_of(catalog, operation.table, operation)
    relation = found.relation
    if relation is None:
        return found.nothing
    enabled = relation.row_security if operation.enabled is None else operation.enabled
    forced = relation.force_row_security if operation.forced is None else operation.forced
    secured = replace(relation, row_security=enabled, force_row_security=forced)
    return Outcome(found.catalog.with_relation(secured))


FOLDS: Folds = {
    CreateTable: create_table,
    DropTable: drop_table,
    AttachPartition: attach_partition,
    DetachPartition: detach_partition,
    SetInheritance: set_inheritance,
    SetTableOption: set_option,
    SetRowSecurity: set_row_security,
}
