"""Reads GORM's models: the columns that each insert lists by itself (GORM's documentation, "Declaring Models")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import tree_sitter_go
from tree_sitter import Language, Node, Parser

from midflight.references.entities import Entity, Member, bounded
from midflight.references.model import Extracted, Place
from midflight.references.values import shorten

SUFFIXES = frozenset({".go"})

_PARSER = Parser(Language(tree_sitter_go.language()))
_MARKS = re.compile(
    rb"gorm\.io/|jinzhu/gorm|gorm:\"|\bTableName\(\)|\bstruct\s*\{\s*(?:\w+\.)?(?:Base|Model)\w*\s*[\n`]"
)
_OTHER = re.compile(rb"go-pg/pg|uptrace/bun|xorm\.io|beego/orm|\bxorm:\"|\bbun:\"|\bpg:\"")
_TAG = re.compile(r"\bgorm:\"((?:[^\"\\\n]|\\.){0,2000})\"")
_CONSTANT = re.compile(rb"(?<![\w.])(\w{1,100})(?:\s+string)?\s*=\s*\"([^\"\n]*)\"")
_PREFIX = re.compile(rb"\bTablePrefix:\s*\"([^\"\n]{0,100})\"")
# what says that a field stands for rows of another table
_RELATION = frozenset({"foreignkey", "references", "many2many", "polymorphic", "polymorphictype", "joinforeignkey"})
# what says that a field is a column, whatever its type
_COLUMN = frozenset(
    "column type size serializer primarykey primary_key default autoincrement precision not null".split()
)
_BASIC = re.compile(r"(?:u?int(?:8|16|32|64)?|float(?:32|64)|bool|string|byte|rune|\[\]byte|\[\]uint8)\Z")
_KNOWN = re.compile(
    r"(?:time\.Time|time\.Duration|json\.RawMessage|gorm\.DeletedAt|soft_delete\.DeletedAt|(?:sql|null|zero)\.\w+"
    r"|uuid\.\w+|decimal\.\w+|datatypes?\.\w+|pq\.\w+|pgtype\.\w+|types?\.\w+|ulid\.\w+|net\.IP|customtypes\.\w+)\Z"
)
_BY_DATABASE = re.compile(r"\(|\Anull\Z", re.IGNORECASE)
_MODEL = ("ID", "CreatedAt", "UpdatedAt", "DeletedAt")


@dataclass(slots=True)
class _File:
    path: str
    text: bytes
    structs: dict[str, Node] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    constants: dict[str, set[str]] = field(default_factory=dict)
    values: set[str] = field(default_factory=set)  # types that say themselves how they are a column
    tables: dict[str, tuple[str, str]] = field(default_factory=dict)  # a name, or why it is not known

    def read(self, node: Node | None) -> str:
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def extract(path: str, source: bytes) -> Extracted:
    """Give the structs of one file that GORM may map, and the naming strategy that it sets."""
    if not _MARKS.search(source) or _OTHER.search(source):
        return Extracted()
    file = _File(path, source)
    for found in _CONSTANT.finditer(source):
        file.constants.setdefault(found[1].decode(), set()).add(found[2].decode("utf-8", "replace"))
    root = _PARSER.parse(source).root_node
    for node in root.named_children:
        if node.type == "type_declaration":
            _read_types(file, node)
        elif node.type == "method_declaration":
            _read_method(file, node)
    entities = (_entity(file, name, node) for name, node in file.structs.items())
    return bounded(path, chain(_strategy(file), entities))


def _read_types(file: _File, declaration: Node) -> None:
    for spec in declaration.named_children:
        name, kind = spec.child_by_field_name("name"), spec.child_by_field_name("type")
        if name is None or kind is None or spec.child_by_field_name("type_parameters") is not None:
            continue
        if kind.type == "struct_type" and spec.type == "type_spec":
            file.structs[file.read(name)] = kind
        else:
            file.types[file.read(name)] = file.read(kind)[:200]


def _read_method(file: _File, method: Node) -> None:
    name = file.read(method.child_by_field_name("name"))
    receiver = re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)?\)\Z", file.read(method.child_by_field_name("receiver")))
    if receiver is None:
        return
    if name in {"Value", "GormDataType", "GormValue"}:
        file.values.add(receiver[1])
    if name == "TableName":
        body = file.read(method.child_by_field_name("body"))[:1000]
        given = re.fullmatch(r"\{\s*return\s+(?:\"([^\"\n]*)\"|`([^`\n]*)`|(\w+))\s*\}", body)
        table = _constant(file, given[3]) if given and given[3] else (given and (given[1] or given[2]))
        file.tables[receiver[1]] = (table, "") if table else ("", "`TableName` makes it when the program runs")


def _constant(file: _File, name: str) -> str:
    values = file.constants.get(name, set())
    return next(iter(values)) if len(values) == 1 else ""


def _strategy(file: _File) -> Iterator[Entity]:
    at = file.text.find(b"NamingStrategy{")
    if at < 0:
        return
    text = file.text[at : at + 600]
    place = Place(file.path, file.text.count(b"\n", 0, at) + 1)
    text = text[: text.find(b"}")]
    prefix = _PREFIX.search(text)
    told = ["singular"] if re.search(rb"\bSingularTable:\s*true\b", text) else []
    if re.search(rb"\b(?:NameReplacer|NoLowerCase):|\bTablePrefix:\s*[^\s\"]", text):
        told = ["custom"]
    elif prefix and prefix[1]:
        told.append(f"prefix={prefix[1].decode('utf-8', 'replace')}")
    for convention in told:
        yield Entity("gorm", "", place, convention=convention)


def _entity(file: _File, name: str, struct: Node) -> Entity:
    fields = [one for part in struct.named_children for one in part.named_children if one.type == "field_declaration"]
    names = {file.read(child) for one in fields for child in one.children_by_field_name("name")}
    members = tuple(member for one in fields for member in _members(file, one, names))
    own = any(_options(file, one) is not None or _type(file, one) == "gorm.Model" for one in fields)
    table, untold = file.tables.get(name, (name, ""))
    line = struct.start_point[0] + 1
    return Entity(
        "gorm",
        name,
        Place(file.path, line),
        table=table,
        schema=table.rpartition(".")[0] if name in file.tables else "",
        members=members,
        mapped=own or name in file.tables or any(member.embeds for member in members),
        given=name in file.tables,
        cased=name not in file.tables,
        untold=untold,
        text=shorten(f"type {name} struct"),
        keyed=name not in file.tables,
        star=True,
    )


def _type(file: _File, one: Node) -> str:
    return re.sub(r"\[(?!\]).*\Z", "", file.read(one.child_by_field_name("type"))[:200].lstrip("*"), flags=re.DOTALL)


def _options(file: _File, one: Node) -> dict[str, str] | None:
    """The options of a field's tag, their names in lower case; None where it has no such tag."""
    found = _TAG.search(file.read(one.child_by_field_name("tag"))[:4000])
    if found is None:
        return None
    pairs = (part.partition(":") for part in found[1].split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _members(file: _File, one: Node, siblings: set[str]) -> Iterator[Member]:
    options, kind, line = _options(file, one), _type(file, one), one.start_point[0] + 1
    given = options or {}
    if given.get("-", "migration") != "migration":
        return
    names = [file.read(name) for name in one.children_by_field_name("name")]
    if kind == "gorm.Model":
        for name in _MODEL:
            yield Member(
                name, line, name, cased=True, key=name == "ID", written=name != "ID", always=name == "DeletedAt"
            )
    elif not names or "embedded" in given:
        yield Member(kind, line, embeds=f"gorm:{kind.rpartition('.')[2]}", prefix=given.get("embeddedprefix", ""))
    else:
        for name in names:
            if name[:1].isupper():
                yield from _column(file, name, kind, given, line, siblings)


def _column(
    file: _File, name: str, kind: str, given: dict[str, str], line: int, siblings: set[str]
) -> Iterator[Member]:
    is_column = _is_column(file, name, kind, given, siblings)
    element = kind.removeprefix("[]").lstrip("*").rpartition(".")[2]
    if is_column is None:
        yield Member(name, line, unknown=True, refers=f"gorm:{element}")
    elif is_column:
        key = "primarykey" in given or "primary_key" in given or name == "ID"
        default = given.get("default", "")
        counted = key and re.match(r"u?int", kind) and given.get("autoincrement") != "false"
        filled = "autoincrement" in given or bool(counted) or bool(_BY_DATABASE.search(default))
        write = given.get("<-", "" if "->" not in given else "false")
        yield Member(
            name,
            line,
            given.get("column") or name,
            cased=not given.get("column"),
            read=given.get("->") != "false",
            written=write not in {"false", "update"} and not filled,
            key=key,
            always=kind.endswith(".DeletedAt"),
        )
    else:
        join = given.get("many2many", "")
        yield Member(
            name, line, refers=f"gorm:{element}", joins=join if re.fullmatch(r"[a-z_][a-z0-9_]*", join) else ""
        )


def _is_column(file: _File, name: str, kind: str, given: dict[str, str], siblings: set[str]) -> bool | None:
    """Whether a field is a column, None where only the type's declaration elsewhere would tell."""
    if given.keys() & _RELATION or (kind.startswith("[]") and f"{name}ID" in siblings):
        return False
    if given.keys() & _COLUMN or _BASIC.match(kind) or _KNOWN.match(kind) or kind in file.values:
        return True
    if kind in file.types:
        return not file.types[kind].startswith(("func", "chan", "interface"))
    element = kind.removeprefix("[]").lstrip("*")
    if element in file.structs or f"{name}ID" in siblings or f"{name}Id" in siblings:
        return False
    return None
