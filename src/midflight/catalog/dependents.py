"""Who depends on an object, and so stands in the way of a DROP without CASCADE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from midflight.catalog.lookup import certain, type_name
from midflight.catalog.model import Catalog, Problem, Relation, RelationKind
from midflight.catalog.rewrite import identifiers, sequence_in
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Index, Name, Policy, RoutineKey

VIEWS = frozenset({RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW})


def views_on(catalog: Catalog, name: Name) -> tuple[Relation, ...]:
    """Return the views that read a relation, directly."""
    return tuple(r for r in catalog.pointing_at(name) if name in r.depends)


def views_reading(catalog: Catalog, relation: Relation, column: str) -> tuple[Relation, ...]:
    """Return the views that name the column for certain."""
    return tuple(view for view in views_on(catalog, relation.name) if (relation.name, column) in view.reads)


def views_that_may_read(catalog: Catalog, relation: Relation, column: str) -> tuple[Relation, ...]:
    """Return the views that name the column, and those whose text has its name and no other source for it."""
    return tuple(
        view
        for view in views_on(catalog, relation.name)
        if (relation.name, column) in view.reads
        or (column in identifiers(view.query) and not _other_source(catalog, view, relation, column))
    )


def _other_source(catalog: Catalog, view: Relation, relation: Relation, column: str) -> bool:
    others = (catalog.relations.get(name) for name in view.depends if name != relation.name)
    return any(other is None or not other.complete or other.column(column) is not None for other in others)


def children(catalog: Catalog, name: Name) -> tuple[Relation, ...]:
    """Return the partitions and inheriting tables of a table, directly."""
    return tuple(r for r in catalog.pointing_at(name) if r.partition_of == name or name in r.inherits)


def owned_sequences(catalog: Catalog, table: Name) -> tuple[Relation, ...]:
    """Return the sequences that columns of a table own."""
    return tuple(r for r in catalog.pointing_at(table) if r.owned_by is not None and r.owned_by[0] == table)


def family(catalog: Catalog, relation: Relation) -> tuple[Relation, ...]:
    """Return the table and all tables below it, parents first."""
    found = {relation.name: relation}
    waiting = [relation]
    while waiting:
        fresh = [child for child in children(catalog, waiting.pop(0).name) if child.name not in found]
        found |= {child.name: child for child in fresh}
        waiting += fresh
    return tuple(found.values())


def foreign_keys_on(catalog: Catalog, table: Name) -> Iterator[tuple[Relation, Constraint]]:
    """Yield the foreign keys that point at a table, its own included, with the tables that have them."""
    for relation in catalog.pointing_at(table):
        for constraint in relation.constraints:
            if constraint.references == table:
                yield relation, constraint


def index_names_column(index: Index, column: str) -> bool:
    """Return whether an index has the column in a key, an expression, INCLUDE or WHERE."""
    if column in index.keys or column in index.include:
        return True
    expressions = [key for key in index.keys if "(" in key]
    return any(column in identifiers(text) for text in (*expressions, index.predicate or ""))


def constraint_names_column(constraint: Constraint, column: str) -> bool:
    """Return whether a table constraint goes with the column when that is dropped."""
    if column in constraint.columns:
        return True
    if constraint.kind not in {ConstraintKind.CHECK, ConstraintKind.EXCLUDE} or constraint.columns:
        return False
    return column in identifiers(constraint.expression or constraint.definition)


def policies_naming(catalog: Catalog, table: Name, column: str) -> Iterator[Policy]:
    """Yield the policies of the table whose own expressions name the column; those with subqueries are left out."""
    for (on, _), policy in catalog.policies.items():
        words = identifiers(f"{policy.using or ''} {policy.check or ''}") if on == table else frozenset()
        if column in words and "select" not in words:
            yield policy


def columns_of_type(catalog: Catalog, name: Name) -> Iterator[tuple[Relation, Column]]:
    """Yield the columns of tables and views whose type is the user-defined type `name` or an array of it."""
    for relation in catalog.relations.values():
        for column in relation.columns:
            if column.type and type_name(column.type) == name:
                yield relation, column


def routines_of_type(catalog: Catalog, name: Name) -> tuple[RoutineKey, ...]:
    """Return the routines that take or give a type (of a table, too)."""
    return tuple(
        key
        for key, routine in catalog.routines.items()
        if any(type_name(text) == name for text in (routine.returns, *(p.type for p in routine.parameters)))
    )


def types_of_type(catalog: Catalog, name: Name) -> tuple[Name, ...]:
    """Return the domains and composite types built on a type."""
    return tuple(
        key
        for key, user_type in catalog.types.items()
        if key != name and any(type_name(t) == name for t in (user_type.base, *(a.type for a in user_type.attributes)))
    )


def defaults_from(catalog: Catalog, sequence: Name) -> Iterator[tuple[Relation, Column]]:
    """Yield the columns whose default takes its value from a sequence."""
    for relation in catalog.relations.values():
        for column in relation.columns:
            if column.default and same_sequence(column.default, sequence):
                yield relation, column


def same_sequence(default: str, sequence: Name) -> bool:
    """Return whether a default is `nextval` of that sequence."""
    named = sequence_in(default)
    return named is not None and named.may_mean(sequence)


# --- what a DROP without CASCADE meets ------------------------------------------------------------------------------


def relation_blockers(catalog: Catalog, relation: Relation) -> Iterator[tuple[Name, str]]:
    """Yield what DROP TABLE, VIEW or SEQUENCE is refused for: its name and the server's words for it."""
    for view in views_on(catalog, relation.name):
        yield view.name, f"{view.kind.value} {view.name.short}"
    for table, constraint in foreign_keys_on(catalog, relation.name):
        if relation.name not in {table.name, table.partition_of}:
            yield table.name, f"constraint {constraint.name} on table {table.name.short}"
    for child in children(catalog, relation.name):
        if child.partition_of is None:
            yield child.name, f"table {child.name.short}"
    for key in routines_of_type(catalog, relation.name):
        yield key.name, f"function {key.name.short}"
    if relation.kind is RelationKind.SEQUENCE:
        for table, column in defaults_from(catalog, relation.name):
            yield table.name, f"default value for column {column.name} of table {table.name.short}"


def column_blockers(catalog: Catalog, relation: Relation, column: str) -> Iterator[tuple[Name, str]]:
    """Yield what DROP COLUMN is refused for."""
    for view in views_reading(catalog, relation, column):
        yield view.name, f"{view.kind.value} {view.name.short}"
    for table, constraint in foreign_keys_on(catalog, relation.name):
        if column in constraint.referenced_columns and table.name != relation.name:
            yield table.name, f"constraint {constraint.name} on table {table.name.short}"
    for policy in policies_naming(catalog, relation.name, column):
        yield relation.name, f"policy {policy.name} on table {relation.name.short}"
    for trigger in catalog.triggers.values():
        if trigger.table == relation.name and column in trigger.columns:
            yield relation.name, f"trigger {trigger.name} on table {relation.name.short}"
    for other in generated_from(relation, column):
        yield relation.name, f"column {other.name} of table {relation.name.short}"


def generated_from(relation: Relation, column: str) -> tuple[Column, ...]:
    """Return the generated columns computed from a column."""
    return tuple(c for c in relation.columns if c.generated and column in identifiers(c.expression or ""))


def constraint_blockers(catalog: Catalog, relation: Relation, constraint: Constraint) -> Iterator[tuple[Name, str]]:
    """Yield the foreign keys that rest on a primary key or unique constraint."""
    if constraint.kind not in {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE}:
        return
    same = [c for c in relation.constraints if c.columns and set(c.columns) == set(constraint.columns)]
    if any(c != constraint and c.kind in {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE} for c in same):
        return  # which of the two the foreign key rests on is not decided by its text
    for table, key in foreign_keys_on(catalog, relation.name):
        if set(key.referenced_columns) == set(constraint.columns):
            yield table.name, f"constraint {key.name} on table {table.name.short}"


def keys_resting_on(catalog: Catalog, index: Index) -> Iterator[tuple[Relation, Constraint]]:
    """Yield the foreign keys that rest on a unique index without constraint; none where another would do as well."""
    if not index.unique or index.predicate or index.constraint:
        return
    columns = set(index.keys)
    if any(set(i.keys) == columns and i.unique and i.name != index.name for i in catalog.indexes_on(index.table)):
        return
    for table, key in foreign_keys_on(catalog, index.table):
        if set(key.referenced_columns) == columns:
            yield table, key


def type_blockers(catalog: Catalog, name: Name) -> Iterator[tuple[Name, str]]:
    """Yield what DROP TYPE is refused for."""
    for relation, column in columns_of_type(catalog, name):
        yield relation.name, f"column {column.name} of {relation.kind.value} {relation.name.short}"
    for key in routines_of_type(catalog, name):
        yield key.name, f"function {key.name.short}"
    for other in types_of_type(catalog, name):
        yield other, f"type {other.short}"


def routine_blockers(catalog: Catalog, key: RoutineKey) -> Iterator[tuple[Name, str]]:
    """Yield the triggers that run a function."""
    if key.types:
        return
    for trigger in catalog.triggers.values():
        if trigger.function == key.name:
            yield trigger.table, f"trigger {trigger.name} on table {trigger.table.short}"


def refusal(
    catalog: Catalog, what: str, blockers: Iterable[tuple[Name, str]], *, statement: str = ""
) -> tuple[Problem, ...]:
    """Return the server's 2BP01 for the blockers that are certain and not named in the same statement."""
    named = identifiers(statement)
    sure = [words for name, words in blockers if name.name not in named and certain(catalog, name)]
    if not sure:
        return ()
    return (Problem("2BP01", f"cannot drop {what} because other objects depend on it: {', '.join(sure)}"),)
