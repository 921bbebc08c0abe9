"""Reads the attributes of a struct and its fields that Diesel's derives obey, also inside `cfg_attr`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 20_000  # characters of one attribute

_DERIVE = re.compile(r"\bderive\s*\(([^()]*)\)")
_OURS = re.compile(r"\bdiesel\s*\(|\A#\[\s*(?:table_name|column_name|primary_key)\b")
_TABLE = re.compile(r"\btable_name\s*=\s*\"?\s*((?:(?:r#)?\w+\s*::\s*)*(?:r#)?\w+)")
_COLUMN = re.compile(r"\bcolumn_name\s*=\s*\"?\s*((?:r#)?\w+)")
_KEY = re.compile(r"\bprimary_key\s*\(([^()]*)\)")
_OPTION = re.compile(r"\b(embed|skip_insertion|skip_update|select_expression|sql_type)\b\s*[,)=]")


@dataclass(frozen=True, slots=True)
class StructAttributes:
    """What a struct derives, its table's path as written, and its key."""

    derives: frozenset[str]
    table: tuple[str, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldAttributes:
    """The column a field is given, and Diesel's options on it."""

    column: str
    options: frozenset[str]


def struct_attributes(texts: Iterable[str]) -> StructAttributes:
    """Read the attributes of one struct. Diesel's guides: the key is `id` where none is given."""
    derives: set[str] = set()
    table: tuple[str, ...] = ()
    key: tuple[str, ...] = ("id",)
    for text in texts:
        for found in _DERIVE.finditer(text[:LONGEST]):
            derives |= {name.rsplit("::", 1)[-1].strip() for name in found[1].split(",")}
        if not _OURS.search(text[:LONGEST]):
            continue
        if named := _TABLE.search(text[:LONGEST]):
            table = tuple(part.strip().removeprefix("r#") for part in named[1].split("::"))
        if keyed := _KEY.search(text[:LONGEST]):
            key = tuple(part.strip() for part in keyed[1].split(",") if part.strip())
    return StructAttributes(frozenset(derives), table, key)


def field_attributes(texts: Iterable[str]) -> FieldAttributes:
    """Read the attributes of one field."""
    column = ""
    options: set[str] = set()
    for text in texts:
        if not _OURS.search(text[:LONGEST]):
            continue
        if named := _COLUMN.search(text[:LONGEST]):
            column = named[1]
        options |= {found[1] for found in _OPTION.finditer(text[:LONGEST])}
    return FieldAttributes(column, frozenset(options))
