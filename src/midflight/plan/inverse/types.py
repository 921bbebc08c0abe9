"""Enums, domains and composite types that a step made, dropped or changed."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.ddl import create_type, literal
from midflight.catalog.model import Catalog
from midflight.operations.shapes import Column, Name, TypeKind, UserType, quote
from midflight.plan.inverse.difference import StepDifference, changed, only_in
from midflight.plan.inverse.piece import Piece, Rank, commented, terminated
from midflight.plan.model import Reversibility


def type_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what restores the user-defined types; an added enum value stays, with the recipe that removes it."""
    for name, new in only_in(d.after.types, d.before.types):
        yield Piece(Rank.DROP_TYPE, f"DROP {_word(new)} IF EXISTS {name.short}")
    for _, dropped in only_in(d.before.types, d.after.types):
        yield Piece(Rank.MAKE_TYPE, create_type(dropped))
    for _, before, after in changed(d.before.types, d.after.types):
        match before.kind:
            case TypeKind.ENUM:
                yield from _enum(before, after, d.after)
            case TypeKind.DOMAIN:
                yield from _domain(before, after)
            case TypeKind.COMPOSITE:
                yield from _composite(before, after)
            case _:
                pass


def _word(user_type: UserType) -> str:
    return "DOMAIN" if user_type.kind is TypeKind.DOMAIN else "TYPE"


def _enum(before: UserType, after: UserType, catalog: Catalog) -> Iterator[Piece]:
    added = [label for label in after.labels if label not in before.labels]
    if not added:
        return
    name, values = before.name.short, ", ".join(map(literal, added))
    note = (
        f"PostgreSQL cannot remove {values} from enum `{name}`. Leaving it there harms nobody as long as no row holds "
        "it; the commented recipe swaps the type."
    )
    recipe = [f"{values} stays in enum {name}; to remove it, swap the type:", *_swap(before, added, catalog)]
    yield Piece(Rank.MAKE_TYPE, commented("\n".join(recipe)), Reversibility.IRREVERSIBLE, note)


def _swap(enum: UserType, added: list[str], catalog: Catalog) -> Iterator[str]:
    old = Name(f"{enum.name.name}_old", enum.name.schema)
    users = list(_columns_of(enum.name, catalog))
    values = ", ".join(map(literal, added))
    for table, column in users:
        where = f"{quote(column.name)} IN ({values})"
        yield f"UPDATE {table.short} SET {quote(column.name)} = <another value> WHERE {where};"
    yield f"ALTER TYPE {enum.name.short} RENAME TO {quote(old.name)};"
    yield terminated(create_type(enum))
    for table, column in users:
        alter = f"ALTER TABLE {table.short} ALTER COLUMN {quote(column.name)}"
        array = "[]" if column.type.endswith("[]") else ""
        cast = f"{quote(column.name)}::text{array}::{enum.name.short}{array}"
        if column.default is not None:
            yield f"{alter} DROP DEFAULT;"
        yield f"{alter} TYPE {enum.name.short}{array} USING {cast};"
        if column.default is not None:
            yield f"{alter} SET DEFAULT {column.default};"
    yield f"DROP TYPE {old.short};"


def _columns_of(name: Name, catalog: Catalog) -> Iterator[tuple[Name, Column]]:
    spellings = {str(name), name.short, quote(name.name)}
    for table in sorted(catalog.relations):
        relation = catalog.relations[table]
        if relation.is_table:
            yield from ((table, c) for c in relation.columns if c.type.removesuffix("[]") in spellings)


def _domain(before: UserType, after: UserType) -> Iterator[Piece]:
    alter = f"ALTER DOMAIN {before.name.short}"
    if before.default != after.default:
        change = f"SET DEFAULT {before.default}" if before.default is not None else "DROP DEFAULT"
        yield Piece(Rank.CHANGE_COLUMN, f"{alter} {change}")
    if before.not_null != after.not_null:
        yield Piece(Rank.CHANGE_COLUMN, f"{alter} {'SET' if before.not_null else 'DROP'} NOT NULL")
    old, new = ({c.name: c for c in t.constraints} for t in (before, after))
    for name, constraint in new.items():
        if old.get(name) != constraint and not _validated(old.get(name), constraint):
            yield Piece(Rank.DROP_CONSTRAINT, f"{alter} DROP CONSTRAINT IF EXISTS {quote(name)}")
    for name, constraint in old.items():
        if new.get(name) != constraint and not _validated(constraint, new.get(name)):
            not_valid = " NOT VALID" if constraint.not_valid else ""
            note = f"Values written since that violate `{quote(name)}` make this step fail: look for them first."
            sql = f"{alter} ADD CONSTRAINT {quote(name)} {constraint.definition}{not_valid}"
            yield Piece(Rank.MAKE_CONSTRAINT, sql, note=note)


def _validated(before: object, after: object) -> bool:
    """Whether the two differ only by a validation, which nobody needs back."""
    if before is None or after is None or not getattr(before, "not_valid", False):
        return False
    return replace(after, not_valid=True, definition="") == replace(before, definition="")  # type: ignore[type-var] # both are constraints


def _composite(before: UserType, after: UserType) -> Iterator[Piece]:
    alter = f"ALTER TYPE {before.name.short}"
    old, new = ({a.name: a for a in t.attributes} for t in (before, after))
    for name in new:
        if name not in old:
            note = f"Values of attribute `{quote(name)}` written since are lost."
            sql = f"{alter} DROP ATTRIBUTE IF EXISTS {quote(name)}"
            yield Piece(Rank.DROP_COLUMN, sql, Reversibility.LOSSY, note)
    for name, attribute in old.items():
        if name not in new:
            note = f"The values of attribute `{quote(name)}` are lost."
            sql = f"{alter} ADD ATTRIBUTE {quote(name)} {attribute.type}"
            yield Piece(Rank.MAKE_COLUMN, sql, Reversibility.IRREVERSIBLE, note)
        elif new[name].type != attribute.type:
            sql = f"{alter} ALTER ATTRIBUTE {quote(name)} TYPE {attribute.type}"
            yield Piece(Rank.CHANGE_COLUMN, sql, Reversibility.LOSSY)
