"""Enums, domains, composite and other types."""

from __future__ import annotations

import re
from dataclasses import replace

from midflight.catalog.ddl_rights import literal
from midflight.catalog.dependents import columns_of_type, refusal, type_blockers
from midflight.catalog.drops import remove_type, replace_column
from midflight.catalog.lookup import (
    Folds,
    Outcome,
    certain,
    creation_name,
    find_type,
    never_created,
    platform,
    settled_type,
    surely_missing,
    unearth,
)
from midflight.catalog.model import Catalog, Problem
from midflight.catalog.moved_types import move_type
from midflight.catalog.naming import choose
from midflight.operations.model import (
    AddEnumValue,
    AlterCompositeType,
    AlterDomain,
    CreateType,
    DropType,
    Operation,
    RenameEnumValue,
    RenameType,
)
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Name, TypeKind, UserType

_ATTRIBUTE = re.compile(
    r"(?P<verb>ADD|DROP|ALTER)\s+ATTRIBUTE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
    r"(?P<name>\"[^\"]+\"|\w+)(?:\s+(?:SET\s+DATA\s+)?(?:TYPE\s+)?(?P<type>(?:\([^)]*\)|[^,(])*?))?"
    r"(?:\s+(?:CASCADE|RESTRICT))?\s*(?:,|\Z)",
    re.IGNORECASE,
)


def create_type(catalog: Catalog, operation: CreateType) -> Outcome:
    """CREATE TYPE and CREATE DOMAIN."""
    made = operation.type
    name = creation_name(catalog, made.name)
    problems: tuple[Problem, ...] = ()
    if (name in catalog.types or name in catalog.relations) and certain(catalog, name):
        problems = (Problem("42710", f'type "{name.name}" already exists'),)
    settled = replace(
        made,
        name=name,
        base=settled_type(catalog, made.base),
        attributes=tuple(replace(a, type=settled_type(catalog, a.type)) for a in made.attributes),
    )
    for constraint in made.constraints:
        settled = _with_check(replace(settled, constraints=_named(settled.constraints)), constraint)
    catalog = unearth(catalog, "type", name)
    return Outcome(replace(catalog, types=catalog.types.insert(name, settled)), problems)


def _named(constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return tuple(c for c in constraints if c.name)


def _with_check(domain: UserType, constraint: Constraint) -> UserType:
    """Return the domain with a check, named as the server does: `domain_check`, `domain_check1`, ..."""
    if constraint.kind is ConstraintKind.NOT_NULL:
        return replace(domain, not_null=True)
    taken = {c.name for c in domain.constraints if c is not constraint}
    name = constraint.name or choose(domain.name.name, "", "check", taken.__contains__)
    kept = tuple(c for c in domain.constraints if c.name != name)
    return replace(domain, constraints=(*kept, replace(constraint, name=name)))


def drop_type(catalog: Catalog, operation: DropType) -> Outcome:
    """DROP TYPE and DROP DOMAIN."""
    found = find_type(catalog, operation.name)
    if found is None:
        return Outcome(catalog) if operation.if_exists else _missing(catalog, operation.name, operation)
    problems: tuple[Problem, ...] = ()
    if not operation.cascade:
        blockers = type_blockers(catalog, found.name)
        problems = refusal(catalog, f"type {found.name.short}", blockers, statement=operation.statement.text)
    return Outcome(remove_type(catalog, found.name), problems)


def _missing(catalog: Catalog, name: Name, operation: Operation) -> Outcome:
    if surely_missing(catalog, "type", name):
        return Outcome(catalog, (Problem("42704", f'type "{name.name}" does not exist'),))
    if platform(catalog, name):
        return Outcome(catalog)
    return Outcome(catalog.with_gap(never_created("type", creation_name(catalog, name), operation)))


def rename_type(catalog: Catalog, operation: RenameType) -> Outcome:
    """ALTER TYPE and ALTER DOMAIN RENAME TO."""
    found = find_type(catalog, operation.name)
    if found is None:
        return _missing(catalog, operation.name, operation)
    new = Name(operation.to, found.name.schema)
    problems: tuple[Problem, ...] = ()
    if new in catalog.types and certain(catalog, new):
        problems = (Problem("42710", f'type "{new.name}" already exists'),)
    return Outcome(move_type(catalog, found.name, new), problems)


def add_value(catalog: Catalog, operation: AddEnumValue) -> Outcome:
    """ALTER TYPE ADD VALUE, in its place."""
    found = find_type(catalog, operation.type)
    if found is None:
        return _missing(catalog, operation.type, operation)
    if operation.value in found.labels:
        known = not operation.if_not_exists and certain(catalog, found.name)
        text = f'enum label "{operation.value}" already exists'
        return Outcome(catalog, (Problem("42710", text),) if known else ())
    place = _place(found.labels, operation)
    labels = (*found.labels[:place], operation.value, *found.labels[place:])
    return Outcome(_with_type(catalog, replace(found, labels=labels)))


def _place(labels: tuple[str, ...], operation: AddEnumValue) -> int:
    if operation.before in labels:
        return labels.index(operation.before)
    if operation.after in labels:
        return labels.index(operation.after) + 1
    return len(labels)


def _with_type(catalog: Catalog, user_type: UserType) -> Catalog:
    return replace(catalog, types=catalog.types.insert(user_type.name, user_type))


def rename_value(catalog: Catalog, operation: RenameEnumValue) -> Outcome:
    """ALTER TYPE RENAME VALUE."""
    found = find_type(catalog, operation.type)
    if found is None:
        return _missing(catalog, operation.type, operation)
    problems: tuple[Problem, ...] = ()
    if operation.value not in found.labels and certain(catalog, found.name):
        problems = (Problem("22023", f'"{operation.value}" is not an existing enum label'),)
    labels = tuple(operation.to if label == operation.value else label for label in found.labels)
    for relation, column in tuple(columns_of_type(catalog, found.name)):
        default = _renamed_default(column.default, operation)
        if default != column.default:
            catalog = replace_column(catalog, relation.name, replace(column, default=default))
    return Outcome(_with_type(catalog, replace(found, labels=labels)), problems)


def _renamed_default(default: str | None, operation: RenameEnumValue) -> str | None:
    old, new = literal(operation.value), literal(operation.to)
    if default is None or not (default == old or default.startswith(f"{old}::")):
        return default
    return new + default.removeprefix(old)


def alter_domain(catalog: Catalog, operation: AlterDomain) -> Outcome:
    """ALTER DOMAIN."""
    found = find_type(catalog, operation.name)
    if found is None:
        return _missing(catalog, operation.name, operation)
    if operation.add is not None:
        return Outcome(_with_type(catalog, _with_check(found, operation.add)))
    if operation.drop:
        kept = tuple(c for c in found.constraints if c.name != operation.drop)
        return Outcome(_with_type(catalog, replace(found, constraints=kept)))
    if operation.validate:
        checks = tuple(replace(c, not_valid=False) if c.name == operation.validate else c for c in found.constraints)
        return Outcome(_with_type(catalog, replace(found, constraints=checks)))
    return Outcome(_with_type(catalog, _with_flags(found, operation)))


def _with_flags(domain: UserType, operation: AlterDomain) -> UserType:
    if operation.not_null is not None:
        domain = replace(domain, not_null=operation.not_null)
    if operation.default is not None or operation.drop_default:
        domain = replace(domain, default=operation.default)
    return domain


def alter_composite(catalog: Catalog, operation: AlterCompositeType) -> Outcome:
    """ALTER TYPE ADD, DROP and ALTER ATTRIBUTE."""
    found = find_type(catalog, operation.name)
    if found is None:
        return _missing(catalog, operation.name, operation)
    for action in _ATTRIBUTE.finditer(operation.action):
        found = _with_attribute(catalog, found, action)
    return Outcome(_with_type(catalog, replace(found, definition="") if found.attributes else found))


def _with_attribute(catalog: Catalog, composite: UserType, action: re.Match[str]) -> UserType:
    name = action["name"][1:-1] if action["name"].startswith('"') else action["name"].lower()
    typed = settled_type(catalog, (action["type"] or "").strip())
    match action["verb"].upper():
        case "ADD":
            attributes = (*composite.attributes, Column(name, typed))
        case "DROP":
            attributes = tuple(a for a in composite.attributes if a.name != name)
        case _:
            attributes = tuple(replace(a, type=typed) if a.name == name else a for a in composite.attributes)
    return replace(composite, kind=TypeKind.COMPOSITE, attributes=attributes)


FOLDS: Folds = {
    CreateType: create_type,
    DropType: drop_type,
    RenameType: rename_type,
    AddEnumValue: add_value,
    RenameEnumValue: rename_value,
    AlterDomain: alter_domain,
    AlterCompositeType: alter_composite,
}
