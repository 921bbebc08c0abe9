"""Finds structs that Diesel maps to a table: their fields are the columns it lists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from midflight.references.extractors.rust.attributes import (
    FieldAttributes,
    StructAttributes,
    field_attributes,
    struct_attributes,
)
from midflight.references.extractors.rust.imports import Imports
from midflight.references.extractors.rust.names import Table, after_schema, plain
from midflight.references.extractors.rust.syntax import Source, line
from midflight.references.model import Access, Api, ColumnUse, Place, TableReference, Verb
from midflight.references.values import shorten

# derives whose code names the table, so that a struct without `table_name` means the default one
_BOUND = frozenset({"Selectable", "Identifiable", "Insertable", "AsChangeset", "Associations"})
_READING = frozenset({"Queryable", "Selectable", "QueryableByName"})
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    line: int
    attributes: FieldAttributes

    @property
    def column(self) -> str:
        return self.attributes.column or self.name

    def has(self, *options: str) -> bool:
        return not self.attributes.options.isdisjoint(options)


@dataclass(frozen=True, slots=True)
class Model:
    """A mapped struct; `inserted` is what an insert of one row writes, None where its columns are not all known."""

    struct: str
    start: int
    references: tuple[TableReference, ...]
    inserted: TableReference | None


def find_models(source: Source, imports: Imports) -> list[Model]:
    """Give each struct that Diesel maps."""
    models: list[Model] = []
    for item in source.items("struct", "struct_item"):
        attributes = struct_attributes(_texts_before(source, item))
        if attributes.derives.isdisjoint(_BOUND | _READING):
            continue
        name, body = item.child_by_field_name("name"), item.child_by_field_name("body")
        table = _table(attributes, source.read(name), imports) if name is not None else None
        if name is None or body is None or table is None:
            continue
        fields = tuple(_fields(source, body))
        text = shorten(source.text[item.start_byte : body.start_byte].decode("utf-8", "replace").strip())
        references = tuple(
            TableReference(
                Place(source.path, line(name)), table.name, verb, Api.SQL, table.schema, columns, text=text, mapped=True
            )
            for verb, columns in _uses(source.path, attributes, fields, table)
            if columns
        )
        known = fields and not any(one.has("embed") for one in fields)
        inserted = next((each for each in references if each.verb is Verb.INSERT and known), None)
        models.append(Model(source.read(name), item.start_byte, references, inserted))
    return models


def _texts_before(source: Source, item: Node) -> list[str]:
    texts: list[str] = []
    before = item.prev_named_sibling
    while before is not None and before.type in {"attribute_item", "line_comment", "block_comment"}:
        if before.type == "attribute_item":
            texts.append(source.read(before))
        before = before.prev_named_sibling
    return texts[::-1]


def _table(attributes: StructAttributes, struct: str, imports: Imports) -> Table | None:
    """The table of a struct; one that is only read by position has one only where the file says so."""
    if attributes.table:
        rest = after_schema(attributes.table)
        if rest:
            return Table(rest[-1], rest[-2] if len(rest) > 1 else "")
        return imports.tables.get(attributes.table[-1], Table(attributes.table[-1]))
    name = _CAPITAL.sub("_", struct).lower() + "s"  # Diesel's default, whatever the word's plural is
    if not attributes.derives.isdisjoint(_BOUND):
        return imports.tables.get(name, Table(name))
    return imports.tables.get(name) if "Queryable" in attributes.derives else None


def _fields(source: Source, body: Node) -> Iterator[_Field]:
    texts: list[str] = []
    for child in body.named_children:
        if child.type == "attribute_item":
            texts.append(source.read(child))
        elif child.type == "field_declaration":
            name = child.child_by_field_name("name")
            if name is not None:
                yield _Field(source.read(name), line(name), field_attributes(texts))
            texts = []


def _uses(
    path: str, attributes: StructAttributes, fields: tuple[_Field, ...], table: Table
) -> Iterator[tuple[Verb, tuple[ColumnUse, ...]]]:
    """What each derive makes of the fields, reading last. Diesel's guides: an update leaves the key out."""
    derives, key = attributes.derives, attributes.key
    own = [one for one in fields if not one.has("embed")]

    def uses(chosen: list[_Field], access: Access) -> tuple[ColumnUse, ...]:
        return tuple(ColumnUse(plain(f.column, table.name), access, Place(path, f.line)) for f in chosen)

    if "Insertable" in derives:
        yield Verb.INSERT, uses([one for one in own if not one.has("skip_insertion")], Access.WRITE)
    if "AsChangeset" in derives:
        kept = [one for one in own if one.column not in key and not one.has("skip_update")]
        yield Verb.UPDATE, uses(kept, Access.WRITE)
    if derives & _READING:
        yield Verb.SELECT, uses(_read(own, derives), Access.READ)
    elif "Identifiable" in derives:
        yield Verb.SELECT, uses([one for one in own if one.column in key], Access.READ)


def _read(own: list[_Field], derives: frozenset[str]) -> list[_Field]:
    """Fields that are read from the column of their name: `sql_type` gives a type to what no table has."""
    typed = "QueryableByName" in derives and "Selectable" not in derives
    return [one for one in own if not one.has("select_expression") and not (typed and one.has("sql_type"))]
