"""Reads SeaORM's entities, and structs that sqlx fills from whole rows (their documentation: "Entity", "FromRow")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

from midflight.references.entities import Entity, Member, bounded
from midflight.references.model import Extracted, Place
from midflight.references.values import shorten

SUFFIXES = frozenset({".rs"})

_PARSER = Parser(Language(tree_sitter_rust.language()))
_SEA = re.compile(rb"\bDeriveEntityModel\b|\bDeriveColumn\b|\bderive\s*\([^()]{0,1000}\bFromRow\b")
_DERIVES = re.compile(r"\bderive\s*\(([^()]*)\)")
_STRING = r"\"([^\"\\\n]{0,200})\""
_TABLE = re.compile(rf"\btable_name\s*=\s*{_STRING}")
_SCHEMA = re.compile(rf"\bschema_name\s*=\s*{_STRING}")
_COLUMN = re.compile(rf"\bcolumn_name\s*=\s*{_STRING}")
_RENAMED = re.compile(rf"\brename\s*=\s*{_STRING}")
_CASES = re.compile(rf"\brename_all\s*=\s*{_STRING}")
_NAME_OF = re.compile(rb"\bfn\s+table_name\s*\(\s*&self\s*\)\s*->\s*&\s*(?:'static\s+)?str\s*\{\s*\"([^\"\n]{1,200})\"")
_SCHEMA_OF = re.compile(
    rb"\bfn\s+schema_name\s*\(\s*&self\s*\)\s*->\s*Option<[^>]{1,40}>\s*\{\s*Some\(\s*\"([^\"\n]{1,200})\""
)
_RELATION = re.compile(r"(?:\w+::)*(?:HasMany|HasOne|BelongsTo)\s*<")
_NUMBER = re.compile(r"[iu](?:8|16|32|64)\Z")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# a query that takes whole rows of one table into a struct
_FILLS = re.compile(
    rb"\bquery_as(?:_unchecked)?\s*(?:::\s*<\s*[\w:']{1,60}\s*,\s*([\w:]{1,120})\s*>\s*\(|!\s*\(\s*([\w:]{1,120})\s*,)"
    rb"\s*&?\s*r?#{0,5}\"([^\"]{1,4000})\""
)
_ROWS = re.compile(r"\s*select\s+\*\s+from\s+(?:only\s+)?([\w.]+)\b(?!\s*\()", re.IGNORECASE)
_RETURNED = re.compile(
    r"\s*(?:insert\s+into|update|delete\s+from)\s+([\w.]+)\b.*\breturning\s+\*\s*;?\s*\Z", re.IGNORECASE | re.DOTALL
)
_SEVERAL = re.compile(r"\bjoin\b|\bunion\b|\bfrom\s+[\w.]+(?:\s+(?:as\s+)?\w+)?\s*,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Item:
    """A struct or an enum with the source of its attributes."""

    node: Node
    name: str
    line: int
    derives: frozenset[str]
    said: str


def extract(path: str, source: bytes) -> Extracted:
    """Give the entities of one file, and what its queries of whole rows fill."""
    calls = _filled(path, source)
    if not _SEA.search(source):
        return bounded(path, calls)
    root = _PARSER.parse(source).root_node
    entities = (found for item in _items(source, root) for found in _entities(path, source, item))
    return bounded(path, chain(entities, calls))


def _filled(path: str, source: bytes) -> Iterator[Entity]:
    for found in _FILLS.finditer(source):
        text = found[3].decode("utf-8", "replace")
        whole = _ROWS.match(text) or _RETURNED.match(text)
        if whole is None or _SEVERAL.search(text):
            continue
        row = (found[1] or found[2]).decode().rpartition("::")[2]
        line = source.count(b"\n", 0, found.start()) + 1
        schema, _, table = whole[1].rpartition(".")
        yield Entity(
            "sqlx",
            f"{row}@{line}",
            Place(path, line),
            table=table,
            schema=schema,
            members=(Member(row, line, embeds=f"sqlx:{row}"),),
            mapped=True,
            given=True,
            text=shorten(text),
            view=True,
        )


def _items(source: bytes, root: Node) -> Iterator[_Item]:
    waiting, said = [root], ""
    while waiting:
        node = waiting.pop(0)
        for child in node.named_children:
            if child.type == "attribute_item":
                said += source[child.start_byte : child.end_byte][:4000].decode("utf-8", "replace") + "\n"
                continue
            if child.type in {"struct_item", "enum_item"}:
                item = _item(source, child, said)
                if item is not None:
                    yield item
            elif child.type == "mod_item" and "cfg(test)" not in said:
                waiting += [each for each in child.named_children if each.type == "declaration_list"]
            if "comment" not in child.type:
                said = ""


def _item(source: bytes, node: Node, said: str) -> _Item | None:
    name = node.child_by_field_name("name")
    if name is None:
        return None
    names = {part.rpartition("::")[2].strip() for found in _DERIVES.finditer(said) for part in found[1].split(",")}
    text = source[name.start_byte : name.end_byte].decode("utf-8", "replace")
    return _Item(node, text, name.start_point[0] + 1, frozenset(names), said)


def _entities(path: str, source: bytes, item: _Item) -> Iterator[Entity]:
    place = Place(path, item.line)
    if "DeriveEntityModel" in item.derives:
        table, schema = _TABLE.search(item.said), _SCHEMA.search(item.said)
        if table is not None:
            fields = tuple(_fields(source, item, "sea_orm"))
            yield _entity("seaorm", place, table[1], schema[1] if schema else "", fields)
    elif "DeriveColumn" in item.derives and item.name == "Column":
        tables, schemas = _NAME_OF.findall(source), _SCHEMA_OF.findall(source)
        if len(tables) == 1 and len(schemas) <= 1:
            schema_name = schemas[0].decode("utf-8", "replace") if schemas else ""
            yield _entity(
                "seaorm", place, tables[0].decode("utf-8", "replace"), schema_name, tuple(_variants(source, item))
            )
    elif "FromRow" in item.derives:
        yield Entity("sqlx", item.name, place, members=tuple(_fields(source, item, "sqlx")))


def _entity(mapper: str, place: Place, table: str, schema: str, members: tuple[Member, ...]) -> Entity:
    text = f'table_name = "{table}"'
    return Entity(
        mapper,
        f"Model@{place.path}@{place.line}",
        place,
        table=table,
        schema=schema,
        members=members,
        mapped=True,
        given=True,
        text=shorten(text),
    )


def _parts(source: bytes, item: _Item, kind: str) -> Iterator[tuple[Node, str]]:
    """The fields or variants with the source of the attributes before each."""
    body, said = item.node.child_by_field_name("body"), ""
    for child in body.named_children if body is not None else []:
        if child.type == "attribute_item":
            said += source[child.start_byte : child.end_byte][:4000].decode("utf-8", "replace") + "\n"
        elif child.type == kind:
            yield child, said
            said = ""


def _fields(source: bytes, item: _Item, library: str) -> Iterator[Member]:
    cases = _CASES.search(item.said)
    for node, said in _parts(source, item, "field_declaration"):
        own = "\n".join(text for text in said.splitlines() if re.search(rf"\b{library}\b", text)) if said else ""
        name, kind = node.child_by_field_name("name"), node.child_by_field_name("type")
        if name is None or kind is None:
            continue
        bare = source[name.start_byte : name.end_byte].decode("utf-8", "replace").removeprefix("r#")
        typed = source[kind.start_byte : kind.end_byte].decode("utf-8", "replace")
        line = name.start_point[0] + 1
        if library == "sqlx":
            yield from _row_field(bare, typed, line, said, cases[1] if cases else "")
        elif not re.search(r"\bignore\b", own) and not _RELATION.match(typed):
            yield _sea_field(bare, typed, line, said, cases[1] if cases else "")


def _sea_field(name: str, kind: str, line: int, said: str, cases: str) -> Member:
    column = _COLUMN.search(said)
    key = bool(re.search(r"\bprimary_key\b", said))
    counted = key and bool(_NUMBER.match(kind)) and not re.search(r"\bauto_increment\s*=\s*false\b", said)
    given = column[1] if column else _cased(name, cases)
    return Member(name, line, given, written=not counted, key=key, unknown=not given)


def _row_field(name: str, kind: str, line: int, said: str, cases: str) -> Iterator[Member]:
    """A field of a row; one with a default may be missing from it (sqlx's documentation, "FromRow")."""
    if re.search(r"\bsqlx\s*\([^()]*\b(?:skip|default)\b", said):
        return
    if re.search(r"\bsqlx\s*\([^()]*\bflatten\b", said):
        yield Member(name, line, embeds=f"sqlx:{kind.rpartition('::')[2]}")
        return
    renamed = _RENAMED.search(said) if re.search(r"\bsqlx\s*\(", said) else None
    given = renamed[1] if renamed else _cased(name, cases)
    yield Member(name, line, given, unknown=not given)


def _cased(name: str, cases: str) -> str:
    first, *rest = name.split("_")
    match cases:
        case "" | "snake_case" | "lowercase":
            return name if cases != "lowercase" else name.replace("_", "")
        case "camelCase":
            return first + "".join(part.capitalize() for part in rest)
        case "PascalCase":
            return "".join(part.capitalize() for part in (first, *rest))
        case _:
            return ""


def _variants(source: bytes, item: _Item) -> Iterator[Member]:
    for node, said in _parts(source, item, "enum_variant"):
        name = node.child_by_field_name("name")
        if name is not None:
            text = source[name.start_byte : name.end_byte].decode("utf-8", "replace")
            column = _COLUMN.search(said)
            yield Member(text, name.start_point[0] + 1, column[1] if column else _HUMP.sub("_", text).lower())
