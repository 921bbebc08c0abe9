"""Grants, comments, schemas, extensions, publications and other objects that a step changed."""

from collections.abc import Iterator
from dataclasses import replace

from rpds import HashTrieMap

from midflight.catalog.ddl import create_extension, create_schema
from midflight.catalog.ddl_rights import comment_statement, grant_statements
from midflight.catalog.model import Catalog, Granted
from midflight.catalog.platform_rights import given_by_platform
from midflight.operations import model as op
from midflight.operations.shapes import Name, ObjectKind, Target, quote
from midflight.plan.inverse.difference import StepDifference, changed, only_in
from midflight.plan.inverse.piece import Piece, Rank, commented
from midflight.plan.model import Reversibility

_RELATIONS = {
    ObjectKind.TABLE,
    ObjectKind.VIEW,
    ObjectKind.MATERIALIZED_VIEW,
    ObjectKind.SEQUENCE,
    ObjectKind.FOREIGN_TABLE,
}
_ROUTINES = {ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE}
_DROPPABLE = {
    "ACCESS METHOD",
    "COLLATION",
    "CONVERSION",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "LANGUAGE",
    "SERVER",
    "STATISTICS",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
}


def right_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield the GRANTs and REVOKEs that restore the rights, only those that changed."""
    wanted: dict[Target, HashTrieMap[Granted, bool]] = {}
    for granted, given in _rights(d):
        if exists(granted.target, d.before) and not _comes_back_with_rights(granted.target, d):
            held = wanted.get(granted.target, HashTrieMap())
            wanted[granted.target] = held.insert(granted, given)
    for target in sorted(wanted, key=str):
        for sql in grant_statements(target, Catalog(grants=wanted[target])):
            yield Piece(Rank.RIGHTS, sql)


def _rights(d: StepDifference) -> Iterator[tuple[Granted, bool]]:
    for granted, given in only_in(d.after.grants, d.before.grants):
        if not (given and given_by_platform(granted, d.before)):
            yield granted, not given
    yield from only_in(d.before.grants, d.after.grants)
    for granted, before, _ in changed(d.before.grants, d.after.grants):
        yield granted, before


def _comes_back_with_rights(target: Target, d: StepDifference) -> bool:
    """A new object takes its rights along when it goes."""
    return target.kind in _RELATIONS and target.name in d.created


def comment_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield the previous comments of objects that the catalog before has."""
    for target, _ in only_in(d.after.comments, d.before.comments):
        if exists(target, d.before):
            yield Piece(Rank.COMMENT, comment_statement(target, None))
    for target, text in only_in(d.before.comments, d.after.comments):
        yield Piece(Rank.COMMENT, comment_statement(target, text))
    for target, before, _ in changed(d.before.comments, d.after.comments):
        yield Piece(Rank.COMMENT, comment_statement(target, before))


def exists(target: Target, catalog: Catalog) -> bool:
    """Return whether the catalog has the object; True for kinds that it does not keep."""
    name, kind = target.name, target.kind
    relation = catalog.relations.get(name)
    if kind in _RELATIONS:
        return relation is not None
    if kind is ObjectKind.COLUMN:
        return relation is not None and (relation.column(target.part) is not None or not relation.complete)
    if kind is ObjectKind.CONSTRAINT:
        return relation is not None and relation.constraint(target.part) is not None
    if kind in _ROUTINES:
        return any(k.name == name and target.arguments in {None, k.types} for k in catalog.routines)
    return _exists_elsewhere(target, catalog)


def _exists_elsewhere(target: Target, catalog: Catalog) -> bool:
    name = target.name
    match target.kind:
        case ObjectKind.INDEX:
            return name in catalog.indexes
        case ObjectKind.TRIGGER:
            return (name, target.part) in catalog.triggers
        case ObjectKind.POLICY:
            return (name, target.part) in catalog.policies
        case ObjectKind.TYPE | ObjectKind.DOMAIN:
            return name in catalog.types
        case ObjectKind.SCHEMA:
            return name.name in catalog.schemas
        case ObjectKind.EXTENSION:
            return name.name in catalog.extensions
        case ObjectKind.PUBLICATION:
            return name.name in catalog.publications
        case _:
            return True


def container_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what restores schemas and extensions."""
    for name, _ in only_in(d.after.schemas, d.before.schemas):
        yield Piece(Rank.DROP_SCHEMA, f"DROP SCHEMA IF EXISTS {quote(name)}")
    for name, owner in only_in(d.before.schemas, d.after.schemas):
        authorization = f" AUTHORIZATION {quote(owner)}" if owner else ""
        yield Piece(Rank.MAKE_SCHEMA, create_schema(name) + authorization)
    for name, before, _ in changed(d.before.schemas, d.after.schemas):
        if before:
            yield Piece(Rank.RIGHTS, f"ALTER SCHEMA {quote(name)} OWNER TO {quote(before)}")
    yield from _extensions(d)


def _extensions(d: StepDifference) -> Iterator[Piece]:
    for name, _ in only_in(d.after.extensions, d.before.extensions):
        unsure = isinstance(d.operation, op.CreateExtension) and d.operation.if_not_exists
        note = f"Leave extension `{quote(name)}` where it is if it was installed before this migration."
        sql = f"DROP EXTENSION IF EXISTS {quote(name)}"
        yield Piece(Rank.DROP_SCHEMA, sql, note=note if unsure else "")
    for name, schema in only_in(d.before.extensions, d.after.extensions):
        note = f"What extension `{quote(name)}` itself stored is lost; its newest installed version comes back."
        yield Piece(Rank.MAKE_SCHEMA, create_extension(name, schema), Reversibility.LOSSY, note)
    for name, before, after in changed(d.before.extensions, d.after.extensions):
        if before and before != after:
            yield Piece(Rank.CHANGE_TABLE, f"ALTER EXTENSION {quote(name)} SET SCHEMA {quote(before)}")


def other_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what restores publications and objects that the catalog keeps only as text."""
    for name, _ in only_in(d.after.publications, d.before.publications):
        yield Piece(Rank.DROP_PUBLICATION, f"DROP PUBLICATION IF EXISTS {quote(name)}")
    for _, definition in only_in(d.before.publications, d.after.publications):
        yield Piece(Rank.MAKE_PUBLICATION, definition, note="Subscribers miss what is written in between.")
    for (kind, other), definition in only_in(d.after.others, d.before.others):
        yield _drop_other(kind, other, definition)
    for _, definition in only_in(d.before.others, d.after.others):
        yield Piece(Rank.MAKE_ATTACHED, definition)
    for (kind, other), before, after in changed(d.before.others, d.after.others):
        yield replace(_drop_other(kind, other, after), rank=Rank.DROP_PUBLICATION)
        yield Piece(Rank.MAKE_ATTACHED, before)


def _drop_other(kind: str, name: Name, definition: str) -> Piece:
    word = kind.upper()
    if word in _DROPPABLE:
        return Piece(Rank.DROP_PUBLICATION, f"DROP {word} IF EXISTS {name.short}")
    sentence = f"Drop the {kind.lower()} by hand; it was made by: {definition}"
    return Piece(Rank.DROP_PUBLICATION, commented(sentence), Reversibility.IRREVERSIBLE, f"The {kind.lower()} stays.")
