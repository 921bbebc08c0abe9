"""RENAME, SET SCHEMA and OWNER TO, of every kind of object."""

from __future__ import annotations

from dataclasses import replace

from midflight.catalog.fold_indexes import rename_index
from midflight.catalog.fold_routines import routine_key
from midflight.catalog.lookup import (
    Folds,
    Outcome,
    candidates,
    certain,
    find_relation,
    find_type,
    missing_column,
    relation_of,
)
from midflight.catalog.model import Catalog, Problem, RelationKind
from midflight.catalog.moved_types import move_routine, move_schema, move_type, renamed_head
from midflight.catalog.moves import move_relation
from midflight.catalog.renamed_columns import rename_column
from midflight.operations.model import (
    RenameColumn,
    RenameIndex,
    RenameSchema,
    RenameTable,
    SetOwner,
    SetSchema,
)
from midflight.operations.shapes import Name, ObjectKind, Target, quote

_KINDS = {
    ObjectKind.VIEW: RelationKind.VIEW,
    ObjectKind.MATERIALIZED_VIEW: RelationKind.MATERIALIZED_VIEW,
    ObjectKind.SEQUENCE: RelationKind.SEQUENCE,
    ObjectKind.FOREIGN_TABLE: RelationKind.FOREIGN_TABLE,
}
_ROUTINES = frozenset({ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE})


def rename_table(catalog: Catalog, operation: RenameTable) -> Outcome:
    """RENAME TO of a table, view or sequence; ALTER TABLE renames an index, too."""
    if find_relation(catalog, operation.name) is None:
        if any(name in catalog.indexes for name in candidates(catalog, operation.name)):
            renaming = RenameIndex(operation.statement, operation.name, operation.to, operation.if_exists)
            return rename_index(catalog, renaming)
        if operation.if_exists:
            return Outcome(catalog)
    found = relation_of(
        catalog, operation.name, operation, kind=_KINDS.get(operation.kind, RelationKind.TABLE), verb="renamed"
    )
    if found.relation is None:
        return found.nothing
    return _moved(found.catalog, found.relation.name, Name(operation.to, found.relation.name.schema))


def _moved(catalog: Catalog, old: Name, new: Name) -> Outcome:
    problems: tuple[Problem, ...] = ()
    if (new in catalog.relations or new in catalog.indexes) and certain(catalog, new):
        problems = (Problem("42P07", f'relation "{new.name}" already exists'),)
    return Outcome(move_relation(catalog, old, new), problems)


def rename_a_column(catalog: Catalog, operation: RenameColumn) -> Outcome:
    """RENAME COLUMN of a table or view, RENAME ATTRIBUTE of a composite type."""
    user_type = find_type(catalog, operation.table)
    if user_type is not None and find_relation(catalog, operation.table) is None:
        attributes = tuple(
            replace(a, name=operation.to) if a.name == operation.column else a for a in user_type.attributes
        )
        types = catalog.types.insert(user_type.name, replace(user_type, attributes=attributes))
        return Outcome(replace(catalog, types=types))
    found = relation_of(catalog, operation.table, operation)
    relation = found.relation
    if relation is None:
        return found.nothing
    problems = missing_column(found.catalog, relation, operation.column)
    if relation.column(operation.to) is not None and certain(catalog, relation.name):
        text = f'column "{operation.to}" of relation "{relation.name.name}" already exists'
        problems += (Problem("42701", text),)
    return Outcome(rename_column(found.catalog, relation, operation.column, operation.to), problems)


def set_schema(catalog: Catalog, operation: SetSchema) -> Outcome:
    """SET SCHEMA."""
    target, schema = operation.target, operation.schema
    if target.kind in _ROUTINES:
        return _routine_to_schema(catalog, target, schema)
    if target.kind in {ObjectKind.TYPE, ObjectKind.DOMAIN}:
        user_type = find_type(catalog, target.name)
        if user_type is None or user_type.name.schema == schema:
            return Outcome(catalog)
        return Outcome(move_type(catalog, user_type.name, Name(user_type.name.name, schema)))
    if target.kind is ObjectKind.EXTENSION:
        return Outcome(replace(catalog, extensions=catalog.extensions.insert(target.name.name, schema)))
    if target.kind not in {ObjectKind.TABLE, *_KINDS}:
        return Outcome(catalog)
    found = relation_of(catalog, target.name, operation, kind=_KINDS.get(target.kind, RelationKind.TABLE))
    if found.relation is None:
        return found.nothing
    if found.relation.name.schema == schema:
        return Outcome(found.catalog)
    return _moved(found.catalog, found.relation.name, Name(found.relation.name.name, schema))


def _routine_to_schema(catalog: Catalog, target: Target, schema: str) -> Outcome:
    key = routine_key(catalog, target.name, target.arguments)
    if key is None:
        return Outcome(catalog)
    routine = catalog.routines[key]
    moved = replace(routine, name=Name(key.name.name, schema), definition=renamed_head(routine, quote(schema)))
    return Outcome(move_routine(catalog, key, moved))


def set_owner(catalog: Catalog, operation: SetOwner) -> Outcome:
    """OWNER TO; the catalog keeps the owners of relations and schemas."""
    target = operation.target
    if target.kind is ObjectKind.SCHEMA:
        if target.name.name not in catalog.schemas:
            return Outcome(catalog)
        return Outcome(replace(catalog, schemas=catalog.schemas.insert(target.name.name, operation.owner)))
    if target.kind not in {ObjectKind.TABLE, *_KINDS}:
        return Outcome(catalog)
    found = relation_of(catalog, target.name, operation, kind=_KINDS.get(target.kind, RelationKind.TABLE))
    if found.relation is None:
        return found.nothing
    return Outcome(found.catalog.with_relation(replace(found.relation, owner=operation.owner)))


def rename_schema(catalog: Catalog, operation: RenameSchema) -> Outcome:
    """ALTER SCHEMA RENAME TO."""
    return Outcome(move_schema(catalog, operation.name, operation.to))


FOLDS: Folds = {
    RenameTable: rename_table,
    RenameColumn: rename_a_column,
    SetSchema: set_schema,
    SetOwner: set_owner,
    RenameSchema: rename_schema,
}
