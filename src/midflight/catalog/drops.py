"""Objects taken out of a catalog with everything that goes with them, as DROP ... CASCADE does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rpds import HashTrieMap

from midflight.catalog.dependents import (
    VIEWS,
    children,
    columns_of_type,
    constraint_blockers,
    constraint_names_column,
    defaults_from,
    foreign_keys_on,
    generated_from,
    index_names_column,
    owned_sequences,
    policies_naming,
    routines_of_type,
    types_of_type,
    views_on,
    views_that_may_read,
)
from midflight.catalog.lookup import bury
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.replaced import replace
from midflight.operations.shapes import Column, Constraint, Name, ObjectKind, RoutineKey, Target

Key = TypeVar("Key")
Value = TypeVar("Value")

_OF_RELATIONS = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.FOREIGN_TABLE,
        ObjectKind.VIEW,
        ObjectKind.MATERIALIZED_VIEW,
        ObjectKind.SEQUENCE,
        ObjectKind.COLUMN,
        ObjectKind.CONSTRAINT,
        ObjectKind.TRIGGER,
        ObjectKind.POLICY,
    }
)
_OF_ROUTINES = frozenset({ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE})


def without(mapping: HashTrieMap[Key, Value], keys: Iterable[Key]) -> HashTrieMap[Key, Value]:
    """Return the mapping without the keys; absent ones are no error."""
    for key in keys:
        mapping = mapping.discard(key)
    return mapping


def forget(catalog: Catalog, about: Callable[[Target], bool]) -> Catalog:
    """Return the catalog without comments and grants on the targets."""
    comments = [t for t in catalog.comments if about(t)]
    grants = [g for g in catalog.grants if about(g.target)]
    if not comments and not grants:
        return catalog
    return replace(catalog, comments=without(catalog.comments, comments), grants=without(catalog.grants, grants))


# --- relations ------------------------------------------------------------------------------------------------------


def remove_relation(catalog: Catalog, name: Name) -> Catalog:
    """Return the catalog without a table, view or sequence, what hangs on it and what depends on it."""
    relation = catalog.relations.get(name)
    if relation is None:
        return catalog
    catalog = bury(catalog.without_relation(name), "relation", name)
    for view in views_on(catalog, name):
        catalog = remove_relation(catalog, view.name)
    if relation.is_table:
        catalog = _without_dependents(catalog, name)
    if relation.kind is RelationKind.SEQUENCE:
        for table, column in tuple(defaults_from(catalog, name)):
            catalog = replace_column(catalog, table.name, replace(column, default=None, serial=False))
    else:
        for key in routines_of_type(catalog, name):
            catalog = remove_routine(catalog, key)
    return _without_parts(catalog, name)


def _without_dependents(catalog: Catalog, name: Name) -> Catalog:
    for child in children(catalog, name):
        catalog = remove_relation(catalog, child.name)
    for table, constraint in tuple(foreign_keys_on(catalog, name)):
        catalog = remove_constraint(catalog, table.name, constraint.name)
    for sequence in owned_sequences(catalog, name):
        catalog = remove_relation(catalog, sequence.name)
    return catalog


def _without_parts(catalog: Catalog, name: Name) -> Catalog:
    for index in catalog.indexes_on(name):
        catalog = catalog.without_index(index.name)
    triggers = [k for k in catalog.triggers if k[0] == name]
    policies = [k for k in catalog.policies if k[0] == name]
    rules = [k for k in catalog.rules if k[0] == name]
    if triggers or policies or rules:
        catalog = replace(
            catalog,
            triggers=without(catalog.triggers, triggers),
            policies=without(catalog.policies, policies),
            rules=without(catalog.rules, rules),
        )
    return forget(catalog, lambda target: target.name == name and target.kind in _OF_RELATIONS)


def remove_index(catalog: Catalog, name: Name) -> Catalog:
    """Return the catalog without an index and its comment."""
    catalog = bury(catalog.without_index(name), "relation", name)
    return forget(catalog, lambda target: target.name == name and target.kind is ObjectKind.INDEX)


def remove_constraint(catalog: Catalog, table: Name, name: str) -> Catalog:
    """Return the catalog without a constraint, its index, and the foreign keys that rest on it."""
    relation = catalog.relations.get(table)
    constraint = relation.constraint(name) if relation else None
    if relation is None or constraint is None:
        return catalog
    resting = tuple(_resting_on(catalog, relation, constraint))
    kept = tuple(c for c in relation.constraints if c.name != name)
    catalog = catalog.with_relation(replace(relation, constraints=kept))
    index = Name(name, table.schema)
    if index in catalog.indexes and catalog.indexes[index].constraint == name:
        catalog = remove_index(catalog, index)
    for other, key in resting:
        catalog = remove_constraint(catalog, other, key)
    kind = ObjectKind.CONSTRAINT
    return forget(catalog, lambda target: target == Target(kind, table, name))


def _resting_on(catalog: Catalog, relation: Relation, constraint: Constraint) -> Iterator[tuple[Name, str]]:
    if not any(True for _ in constraint_blockers(catalog, relation, constraint)):
        return
    for table, key in foreign_keys_on(catalog, relation.name):
        if set(key.referenced_columns) == set(constraint.columns):
            yield table.name, key.name


# --- columns --------------------------------------------------------------------------------------------------------


def replace_column(catalog: Catalog, table: Name, column: Column) -> Catalog:
    """Return the catalog with the column of that name exchanged."""
    relation = catalog.relations.get(table)
    if relation is None:
        return catalog
    columns = tuple(column if c.name == column.name else c for c in relation.columns)
    return catalog.with_relation(replace(relation, columns=columns))


def remove_column(catalog: Catalog, table: Name, column: str) -> Catalog:
    """Return the catalog without a column and all that DROP COLUMN ... CASCADE takes along."""
    relation = catalog.relations.get(table)
    if relation is None:
        return catalog
    for view in views_that_may_read(catalog, relation, column):
        catalog = remove_relation(catalog, view.name)
    for other, key in tuple(foreign_keys_on(catalog, table)):
        if column in key.referenced_columns:
            catalog = remove_constraint(catalog, other.name, key.name)
    for constraint in relation.constraints:
        if constraint_names_column(constraint, column):
            catalog = remove_constraint(catalog, table, constraint.name)
    for generated in generated_from(relation, column):
        catalog = remove_column(catalog, table, generated.name)
    catalog = _without_column(catalog, table, column)
    for sequence in [r for r in owned_sequences(catalog, table) if r.owned_by == (table, column)]:
        catalog = remove_relation(catalog, sequence.name)
    return _without_column_parts(catalog, table, column)


def _without_column(catalog: Catalog, table: Name, column: str) -> Catalog:
    relation = catalog.relations[table]
    return catalog.with_relation(replace(relation, columns=tuple(c for c in relation.columns if c.name != column)))


def _without_column_parts(catalog: Catalog, table: Name, column: str) -> Catalog:
    for index in [i.name for i in catalog.indexes_on(table) if index_names_column(i, column)]:
        catalog = remove_index(catalog, index)
    for policy in tuple(policies_naming(catalog, table, column)):
        catalog = remove_policy(catalog, table, policy.name)
    for trigger in [t for t in catalog.triggers.values() if t.table == table and column in t.columns]:
        catalog = remove_trigger(catalog, table, trigger.name)
    return forget(catalog, lambda target: target == Target(ObjectKind.COLUMN, table, column))


# --- triggers, policies, routines, types, schemas -------------------------------------------------------------------


def remove_trigger(catalog: Catalog, table: Name, name: str) -> Catalog:
    """Return the catalog without a trigger and its comment."""
    catalog = replace(catalog, triggers=catalog.triggers.discard((table, name)))
    return forget(catalog, lambda target: target == Target(ObjectKind.TRIGGER, table, name))


def remove_policy(catalog: Catalog, table: Name, name: str) -> Catalog:
    """Return the catalog without a policy and its comment."""
    catalog = replace(catalog, policies=catalog.policies.discard((table, name)))
    return forget(catalog, lambda target: target == Target(ObjectKind.POLICY, table, name))


def remove_routine(catalog: Catalog, key: RoutineKey) -> Catalog:
    """Return the catalog without a routine and the triggers that run it."""
    catalog = bury(replace(catalog, routines=catalog.routines.discard(key)), "routine", key.name)
    if not key.types:
        for table, name in [k for k, t in catalog.triggers.items() if t.function == key.name]:
            catalog = remove_trigger(catalog, table, name)
    return forget(catalog, lambda t: t.kind in _OF_ROUTINES and t.name == key.name and t.arguments in {None, key.types})


def remove_type(catalog: Catalog, name: Name) -> Catalog:
    """Return the catalog without a type, the columns of that type, and routines and types built on it."""
    catalog = bury(replace(catalog, types=catalog.types.discard(name)), "type", name)
    for relation, column in tuple(columns_of_type(catalog, name)):
        if relation.kind in VIEWS:
            catalog = remove_relation(catalog, relation.name)
        else:
            catalog = remove_column(catalog, relation.name, column.name)
    for key in routines_of_type(catalog, name):
        catalog = remove_routine(catalog, key)
    for other in types_of_type(catalog, name):
        catalog = remove_type(catalog, other)
    return forget(catalog, lambda t: t.kind in {ObjectKind.TYPE, ObjectKind.DOMAIN} and t.name == name)


def remove_schema(catalog: Catalog, name: str) -> Catalog:
    """Return the catalog without a schema and everything in it."""
    catalog = replace(catalog, schemas=catalog.schemas.discard(name))
    for relation in [n for n in catalog.relations if n.schema == name]:
        catalog = remove_relation(catalog, relation)
    for key in [k for k in catalog.routines if k.name.schema == name]:
        catalog = remove_routine(catalog, key)
    for user_type in [n for n in catalog.types if n.schema == name]:
        catalog = remove_type(catalog, user_type)
    catalog = replace(
        catalog,
        extensions=without(catalog.extensions, [e for e, schema in catalog.extensions.items() if schema == name]),
        others=without(catalog.others, [k for k in catalog.others if k[1].schema == name]),
    )
    return forget(catalog, lambda target: target.kind is ObjectKind.SCHEMA and target.name.name == name)
