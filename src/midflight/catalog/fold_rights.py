"""Grants, default privileges and comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.ddl_rights import ALL_PRIVILEGES
from midflight.catalog.fold_indexes import find_index
from midflight.catalog.fold_routines import routine_key
from midflight.catalog.lookup import Folds, Outcome, creation_name, find_relation, find_type, full_name, missing_column
from midflight.catalog.model import Catalog, Granted, Problem, Relation, RelationKind
from midflight.catalog.platform_rights import given_by_platform
from midflight.operations.model import AlterDefaultPrivileges, Comment, Grant
from midflight.operations.shapes import Name, ObjectKind, RoutineKind, Target

EVERY = "*"
PUBLIC = "PUBLIC"

_TABLE_KINDS = {
    RelationKind.TABLE: ObjectKind.TABLE,
    RelationKind.FOREIGN_TABLE: ObjectKind.FOREIGN_TABLE,
    RelationKind.VIEW: ObjectKind.VIEW,
    RelationKind.MATERIALIZED_VIEW: ObjectKind.MATERIALIZED_VIEW,
    RelationKind.SEQUENCE: ObjectKind.SEQUENCE,
}
_RELATIONS = frozenset(_TABLE_KINDS.values())
_PARTS = frozenset({ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.TRIGGER, ObjectKind.POLICY})
_ROUTINES = frozenset({ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE})
_WITHOUT_SCHEMA = frozenset(
    {ObjectKind.SCHEMA, ObjectKind.EXTENSION, ObjectKind.PUBLICATION, ObjectKind.DATABASE, ObjectKind.LANGUAGE}
)


def settled_target(catalog: Catalog, target: Target) -> Target:
    """Return the target with its full name, the kind of the object that it is, and a routine's types."""
    if target.kind in _WITHOUT_SCHEMA:
        return target
    if target.kind in _ROUTINES:
        return _settled_routine(catalog, target)
    if target.kind in {ObjectKind.TYPE, ObjectKind.DOMAIN}:
        user_type = find_type(catalog, target.name)
        return replace(target, name=user_type.name if user_type else creation_name(catalog, target.name))
    if target.kind is ObjectKind.INDEX:
        index = find_index(catalog, target.name)
        return replace(target, name=index.name if index else creation_name(catalog, target.name))
    return replace(target, name=full_name(catalog, target.name))


def _settled_routine(catalog: Catalog, target: Target) -> Target:
    key = routine_key(catalog, target.name, target.arguments)
    if key is None:
        return replace(target, name=creation_name(catalog, target.name))
    procedure = catalog.routines[key].kind is RoutineKind.PROCEDURE
    kind = ObjectKind.PROCEDURE if procedure else ObjectKind.FUNCTION
    return Target(kind, key.name, arguments=key.types)


# --- grants ---------------------------------------------------------------------------------------------------------


def grant(catalog: Catalog, operation: Grant) -> Outcome:
    """GRANT and REVOKE; ALL is spelled out, so that a part of it can be revoked."""
    for target in operation.targets:
        for settled in _meant(catalog, target):
            columns = [Target(ObjectKind.COLUMN, settled.name, column) for column in operation.columns]
            for on in columns or [settled]:
                catalog = _granted(catalog, on, operation.privileges, operation.roles, revoke=operation.revoke)
    return Outcome(catalog)


def _meant(catalog: Catalog, target: Target) -> Iterator[Target]:
    if target.name.name != EVERY:
        settled = settled_target(catalog, target)
        relation = catalog.relations.get(settled.name) if settled.kind in _RELATIONS else None
        yield replace(settled, kind=_grant_kind(relation)) if relation else settled
        return
    schema = target.name.schema
    if target.kind in _ROUTINES:
        for key, routine in catalog.routines.items():
            if key.name.schema == schema:
                procedure = routine.kind is RoutineKind.PROCEDURE
                kind = ObjectKind.PROCEDURE if procedure else ObjectKind.FUNCTION
                yield Target(kind, key.name, arguments=key.types)
        return
    for relation in catalog.relations.values():
        if relation.name.schema == schema and _grant_kind(relation) is target.kind:
            yield Target(target.kind, relation.name)


def _grant_kind(relation: Relation) -> ObjectKind:
    return ObjectKind.SEQUENCE if relation.kind is RelationKind.SEQUENCE else ObjectKind.TABLE


def _granted(
    catalog: Catalog, target: Target, privileges: tuple[str, ...], roles: tuple[str, ...], *, revoke: bool
) -> Catalog:
    grants = catalog.grants
    for role in roles:
        for privilege in _words(target.kind, privileges):
            entry = Granted(privilege, PUBLIC if role.upper() == PUBLIC else role, target)
            implicit = entry.role == PUBLIC and target.kind in _ROUTINES
            if not revoke:
                grants = grants.discard(entry) if implicit else grants.insert(entry, True)
            else:
                # False records that a right which is there by default was taken away
                implicit = implicit or given_by_platform(entry, catalog)
                grants = grants.insert(entry, False) if implicit else grants.discard(entry)
    return replace(catalog, grants=grants)


def _words(kind: ObjectKind, privileges: tuple[str, ...]) -> tuple[str, ...]:
    if {"ALL", "ALL PRIVILEGES"} & set(privileges):
        return ALL_PRIVILEGES.get(kind, ("ALL",))
    return privileges


def default_privileges(catalog: Catalog, operation: AlterDefaultPrivileges) -> Outcome:
    """ALTER DEFAULT PRIVILEGES: listed with the objects that the catalog does not keep apart."""
    verb = "REVOKE" if operation.revoke else "GRANT"
    words = ", ".join(operation.privileges)
    others = catalog.others
    for schema in operation.schemas or ("",):
        for role in operation.roles:
            name = Name(f"{verb} {words} ON {operation.kind.value} {role} BY {operation.role or 'owner'}", schema)
            others = others.insert(("DEFAULT PRIVILEGES", name), operation.statement.text)
    return Outcome(replace(catalog, others=others))


# --- comments -------------------------------------------------------------------------------------------------------


def comment(catalog: Catalog, operation: Comment) -> Outcome:
    """COMMENT ON; IS NULL and IS '' take it away."""
    target = settled_target(catalog, operation.target)
    relation = find_relation(catalog, target.name) if target.kind in _RELATIONS | _PARTS else None
    problems: tuple[Problem, ...] = ()
    if relation is not None and target.kind is ObjectKind.COLUMN:
        problems = missing_column(catalog, relation, target.part)
    if not operation.text:
        return Outcome(replace(catalog, comments=catalog.comments.discard(target)), problems)
    return Outcome(replace(catalog, comments=catalog.comments.insert(target, operation.text)), problems)


FOLDS: Folds = {Grant: grant, AlterDefaultPrivileges: default_privileges, Comment: comment}
