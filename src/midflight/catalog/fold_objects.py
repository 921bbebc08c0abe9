"""Schemas, sequences, extensions, publications, views dropped, and objects that the catalog only lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.drops import forget, remove_schema
from midflight.catalog.fold_tables import drop_relation
from midflight.catalog.lookup import (
    Folds,
    Outcome,
    certain,
    creation_name,
    find_relation,
    full_name,
    relation_of,
    surely_missing,
    unearth,
)
from midflight.catalog.model import PLATFORM_SCHEMAS, Catalog, Problem, Relation, RelationKind
from midflight.operations.model import (
    AlterExtension,
    AlterPublication,
    AlterSequence,
    CreateExtension,
    CreatePublication,
    CreateSchema,
    CreateSequence,
    DropExtension,
    DropPublication,
    DropSchema,
    DropSequence,
    DropView,
    OtherObject,
)
from midflight.operations.shapes import Name, ObjectKind

_RELOCATED = "SET SCHEMA "
_NAME = r"(?:\"[^\"]*\"|[\w$]+)"
_OWNED_BY = re.compile(rf"\sOWNED\s+BY\s+{_NAME}(?:\.{_NAME})*", re.IGNORECASE)


def create_schema(catalog: Catalog, operation: CreateSchema) -> Outcome:
    """CREATE SCHEMA."""
    if operation.name in catalog.schemas:
        known = not operation.if_not_exists and operation.name not in PLATFORM_SCHEMAS and certain(catalog, Name(""))
        return Outcome(catalog, (Problem("42P06", f'schema "{operation.name}" already exists'),) if known else ())
    return Outcome(replace(catalog, schemas=catalog.schemas.insert(operation.name, "")))


def drop_schema(catalog: Catalog, operation: DropSchema) -> Outcome:
    """DROP SCHEMA; without CASCADE it must be empty."""
    if operation.name not in catalog.schemas:
        known = not operation.if_exists and surely_missing(catalog, "schema", Name("", operation.name))
        return Outcome(catalog, (Problem("3F000", f'schema "{operation.name}" does not exist'),) if known else ())
    problems: tuple[Problem, ...] = ()
    if not operation.cascade and certain(catalog, Name("", operation.name)):
        inside = sorted(_inside(catalog, operation.name))
        text = f"cannot drop schema {operation.name} because other objects depend on it: {', '.join(inside)}"
        problems = (Problem("2BP01", text),) if inside else ()
    return Outcome(remove_schema(catalog, operation.name), problems)


def _inside(catalog: Catalog, schema: str) -> Iterator[str]:
    yield from (r.name.short for r in catalog.relations.values() if r.name.schema == schema)
    yield from (key.name.short for key in catalog.routines if key.name.schema == schema)
    yield from (name.short for name in catalog.types if name.schema == schema)


def drop_view(catalog: Catalog, operation: DropView) -> Outcome:
    """DROP VIEW and DROP MATERIALIZED VIEW."""
    relation = find_relation(catalog, operation.name)
    outcome = drop_relation(
        catalog, operation, operation.name, if_exists=operation.if_exists, cascade=operation.cascade
    )
    wanted = RelationKind.MATERIALIZED_VIEW if operation.materialized else RelationKind.VIEW
    if relation is None or relation.kind is wanted or not relation.complete or not certain(catalog, relation.name):
        return outcome
    return Outcome(catalog, (Problem("42809", f'"{relation.name.name}" is not a {wanted.value}'),))


# --- sequences ------------------------------------------------------------------------------------------------------


def create_sequence(catalog: Catalog, operation: CreateSequence) -> Outcome:
    """CREATE SEQUENCE."""
    name = creation_name(catalog, operation.name, temporary=operation.temporary)
    problems: tuple[Problem, ...] = ()
    if name in catalog.relations or name in catalog.indexes:
        if operation.if_not_exists:
            return Outcome(catalog)
        if certain(catalog, name):
            problems = (Problem("42P07", f'relation "{name.name}" already exists'),)
    owner = (full_name(catalog, operation.owned_by[0]), operation.owned_by[1]) if operation.owned_by else None
    definition = _OWNED_BY.sub("", operation.definition)  # the owner may change; `owned_by` says who it is
    sequence = Relation(name, RelationKind.SEQUENCE, definition=definition, owned_by=owner)
    return Outcome(unearth(catalog, "relation", name).with_relation(sequence), problems)


def alter_sequence(catalog: Catalog, operation: AlterSequence) -> Outcome:
    """ALTER SEQUENCE; its counter is data, its owner is schema."""
    found = relation_of(catalog, operation.name, operation, kind=RelationKind.SEQUENCE)
    sequence = found.relation
    if sequence is None:
        return found.nothing
    if operation.disown:
        return Outcome(found.catalog.with_relation(replace(sequence, owned_by=None)))
    if operation.owned_by is not None:
        owner = (full_name(found.catalog, operation.owned_by[0]), operation.owned_by[1])
        return Outcome(found.catalog.with_relation(replace(sequence, owned_by=owner)))
    return Outcome(found.catalog)


def drop_sequence(catalog: Catalog, operation: DropSequence) -> Outcome:
    """DROP SEQUENCE."""
    return drop_relation(catalog, operation, operation.name, if_exists=operation.if_exists, cascade=operation.cascade)


# --- extensions and publications ------------------------------------------------------------------------------------


def create_extension(catalog: Catalog, operation: CreateExtension) -> Outcome:
    """CREATE EXTENSION; what it brings is not listed."""
    if operation.name in catalog.extensions:
        known = not operation.if_not_exists and certain(catalog, Name(""))
        text = f'extension "{operation.name}" already exists'
        return Outcome(catalog, (Problem("42710", text),) if known else ())
    schema = operation.schema or creation_name(catalog, Name("")).schema
    return Outcome(replace(catalog, extensions=catalog.extensions.insert(operation.name, schema)))


def drop_extension(catalog: Catalog, operation: DropExtension) -> Outcome:
    """DROP EXTENSION."""
    if operation.name not in catalog.extensions:
        known = not operation.if_exists and surely_missing(catalog, "extension", Name(operation.name))
        text = f'extension "{operation.name}" does not exist'
        return Outcome(catalog, (Problem("42704", text),) if known else ())
    catalog = replace(catalog, extensions=catalog.extensions.discard(operation.name))
    return Outcome(forget(catalog, lambda t: t.kind is ObjectKind.EXTENSION and t.name.name == operation.name))


def alter_extension(catalog: Catalog, operation: AlterExtension) -> Outcome:
    """ALTER EXTENSION; SET SCHEMA moves it."""
    if operation.name not in catalog.extensions or not operation.action.upper().startswith(_RELOCATED):
        return Outcome(catalog)
    schema = operation.action[len(_RELOCATED) :].strip().strip('"')
    return Outcome(replace(catalog, extensions=catalog.extensions.insert(operation.name, schema)))


def create_publication(catalog: Catalog, operation: CreatePublication) -> Outcome:
    """CREATE PUBLICATION."""
    problems: tuple[Problem, ...] = ()
    if operation.name in catalog.publications and certain(catalog, Name("")):
        problems = (Problem("42710", f'publication "{operation.name}" already exists'),)
    publications = catalog.publications.insert(operation.name, operation.definition)
    return Outcome(replace(catalog, publications=publications), problems)


def alter_publication(catalog: Catalog, operation: AlterPublication) -> Outcome:
    """ALTER PUBLICATION; the statement is kept behind the definition, in order."""
    before = catalog.publications.get(operation.name)
    if before is None:
        return Outcome(catalog)
    definition = f"{before};\n{operation.statement.text}"
    return Outcome(replace(catalog, publications=catalog.publications.insert(operation.name, definition)))


def drop_publication(catalog: Catalog, operation: DropPublication) -> Outcome:
    """DROP PUBLICATION."""
    if operation.name not in catalog.publications:
        known = not operation.if_exists and surely_missing(catalog, "publication", Name(operation.name))
        text = f'publication "{operation.name}" does not exist'
        return Outcome(catalog, (Problem("42704", text),) if known else ())
    catalog = replace(catalog, publications=catalog.publications.discard(operation.name))
    return Outcome(forget(catalog, lambda t: t.kind is ObjectKind.PUBLICATION and t.name.name == operation.name))


def other_object(catalog: Catalog, operation: OtherObject) -> Outcome:
    """Objects of other kinds: listed by kind and name with the statement that made them."""
    key = (operation.kind, creation_name(catalog, operation.name))
    match operation.action.upper():
        case "CREATE":
            return Outcome(replace(catalog, others=catalog.others.insert(key, operation.definition)))
        case "DROP":
            return Outcome(replace(catalog, others=catalog.others.discard(key)))
        case _:
            return Outcome(catalog)


FOLDS: Folds = {
    CreateSchema: create_schema,
    DropSchema: drop_schema,
    DropView: drop_view,
    CreateSequence: create_sequence,
    AlterSequence: alter_sequence,
    DropSequence: drop_sequence,
    CreateExtension: create_extension,
    DropExtension: drop_extension,
    AlterExtension: alter_extension,
    CreatePublication: create_publication,
    AlterPublication: alter_publication,
    DropPublication: drop_publication,
    OtherObject: other_object,
}
