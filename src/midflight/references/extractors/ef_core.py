"""Reads EF Core: classes, the contexts that hold them, and what the fluent interface says of their columns."""

import re
from bisect import bisect
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

import tree_sitter_c_sharp
from tree_sitter import Language, Node, Parser

from midflight.references.entities import MOST_ENTITIES, Entity, Member, bounded
from midflight.references.model import Extracted, Place
from midflight.references.values import shorten

SUFFIXES = frozenset({".cs"})

_LONGEST = 60_000  # bytes of what is said of one class
_PARSER = Parser(Language(tree_sitter_c_sharp.language()))
_CLASSES = re.compile(rb"\{\s*get\s*;|\[Table\(")
_EF6 = re.compile(rb"\bSystem\.Data\.Entity\b")
_SETS = re.compile(rb"\bDbSet<\s*([\w.]+)\s*>\s+(\w+)\s*(?:\{|=>|;)")
_OWNERS = re.compile(rb"\b(?:class|interface|record)\s+(\w+)")
_IDENTITY_CONTEXT = re.compile(rb"\bclass\s+(\w+)[^{;]{0,300}?:\s*IdentityDbContext<\s*(\w+)\s*(?:,\s*(\w+))?")
_BUILDERS = re.compile(rb"\.Entity<\s*([\w.]+)\s*>\s*\(|\bEntityTypeBuilder<\s*([\w.]+)\s*>\s+\w+")
_SNAKE = re.compile(rb"\.UseSnakeCaseNamingConvention\s*\(")
_OWNED = re.compile(r"\.(?:OwnsOne|OwnsMany|ComplexProperty|UsingEntity|SplitToTable)\b(?:<[^()]*>)?\s*\(")
_TO_TABLE = re.compile(
    r"\.To(Table|View)\(\s*(?:name:\s*)?(\"([^\"\n]*)\"|[\w.]+)(?:\s*,\s*(?:schema:\s*)?\"([^\"\n]*)\")?\s*[,)]"
)
_PROPERTY = re.compile(
    r"\.Property(?:<[^()]{0,100}>)?\(\s*(?:\(?\w+\)?\s*=>\s*\w+\.(\w+)|\"(\w+)\"|nameof\(\s*(?:\w+\.)*(\w+)\s*\))\s*\)"
)
_IGNORED = re.compile(r"\.Ignore\(\s*(?:\w+\s*=>\s*\w+\.(\w+)|\"(\w+)\"|nameof\(\s*(?:\w+\.)*(\w+)\s*\))\s*\)")
_NAMED = re.compile(r"\.HasColumnName\(\s*(?:\"([^\"\n]*)\"|([\w.]+))\s*\)")
_FILLED = re.compile(
    r"\.(?:HasComputedColumnSql|ValueGeneratedOn\w+|HasDefaultValue(?:Sql)?|UseIdentity\w*|IsRowVersion)\("
)
_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BASIC = re.compile(
    r"(?:System\.)?(?:string|bool|byte|sbyte|short|ushort|int|uint|long|ulong|float|double|decimal|char|byte\[\]|String"
    r"|Int16|Int32|Int64|Boolean|Double|Decimal|DateTime|DateTimeOffset|DateOnly|TimeOnly|TimeSpan|Guid|Instant"
    r"|LocalDate|LocalDateTime|JsonDocument|Uri|IPAddress)\??\Z"
)
_COUNTED = re.compile(r"(?:int|long|short|Int16|Int32|Int64)\Z")
_IDENTITY = {"IdentityUser": "AspNetUsers", "IdentityRole": "AspNetRoles", "IdentityUserRole": "AspNetUserRoles"}


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    line: int
    type: str
    attributes: str


def extract(path: str, source: bytes) -> Extracted:
    """Give the classes of one file, the sets of its contexts, and what it configures."""
    if _EF6.search(source):
        return Extracted()
    snake = [Entity("ef", "", Place(path, 1), convention="snake")] if _SNAKE.search(source) else []
    classes = _classes(path, source) if _CLASSES.search(source) else ()
    return bounded(path, chain(snake, _sets(path, source), _roots(path, source), _configured(path, source), classes))


def _sets(path: str, source: bytes) -> Iterator[Entity]:
    """One part for each set of a context: its name is the table's (EF Core's documentation, "Table name")."""
    for found in _SETS.finditer(source):
        place = Place(path, source.count(b"\n", 0, found.start()) + 1)
        name = found[1].decode().rpartition(".")[2]
        yield Entity("ef set", name, place, table=found[2].decode(), cased=True)


def _roots(path: str, source: bytes) -> Iterator[Entity]:
    """What queries begin with: the sets of each context, called `Context.Set`, with the class of their rows."""
    owners = [(found.start(), found[1].decode()) for found in islice(_OWNERS.finditer(source), MOST_ENTITIES)]
    for found in _SETS.finditer(source):
        before = bisect(owners, (found.start(), ""))
        owner = owners[before - 1][1] if before else ""
        place = Place(path, source.count(b"\n", 0, found.start()) + 1)
        bases = (found[1].decode().rpartition(".")[2],)
        if owner:
            yield Entity("ef root", f"{owner}.{found[2].decode()}", place, bases=bases)
    for found in _IDENTITY_CONTEXT.finditer(source):
        place = Place(path, source.count(b"\n", 0, found.start()) + 1)
        for name, given in (("Users", found[2]), ("Roles", found[3])):
            if given:
                yield Entity("ef root", f"{found[1].decode()}.{name}", place, bases=(given.decode(),))


def _configured(path: str, source: bytes) -> Iterator[Entity]:
    """One part for each class that the fluent interface says something of."""
    opened = list(islice(_BUILDERS.finditer(source), MOST_ENTITIES + 1))
    for found, after in zip(opened, [*opened[1:], None], strict=False):
        end = min(after.start() if after else len(source), found.start() + _LONGEST)
        text = source[found.start() : end].decode("utf-8", "replace")
        text = _without_owned(_COMMENTS.sub(lambda c: "\n" * c[0].count("\n"), text))
        first = source.count(b"\n", 0, found.start()) + 1
        name = (found[1] or found[2]).decode().rpartition(".")[2]
        table = next(iter(_TO_TABLE.finditer(text)), None)
        yield Entity(
            "ef map",
            name,
            Place(path, first),
            table=(table[3] or "") if table else "",
            schema=(table[4] or "") if table else "",
            members=tuple(_fluent(text, first)),
            given=table is not None,
            untold="its name is put in by the code" if table and table[3] is None else "",
            view=bool(table and table[1] == "View"),
        )


def _without_owned(text: str) -> str:
    """The text without what is said of owned types, whose properties are other ones; lines stay where they are."""
    kept, at = "", 0
    while found := _OWNED.search(text, at):
        depth, end = 1, found.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        kept += text[at : found.start()] + "\n" * text.count("\n", found.start(), end)
        at = end
    return kept + text[at:]


def _fluent(text: str, first: int) -> Iterator[Member]:
    for found in _IGNORED.finditer(text):
        yield Member(found[1] or found[2] or found[3], first + text.count("\n", 0, found.start()))
    opened = list(_PROPERTY.finditer(text))
    for found, after in zip(opened, [*opened[1:], None], strict=False):
        said = text[found.end() : after.start() if after else len(text)].partition(";")[0]
        line = first + text.count("\n", 0, found.end())
        column = _NAMED.search(said)
        name = found[1] or found[2] or found[3]
        yield Member(
            name,
            line,
            column=(column[1] or "") if column else name,
            cased=column is None,
            given=column is not None,
            written=not _FILLED.search(said),
            unknown=bool(column and column[1] is None),
        )


def _classes(path: str, source: bytes) -> Iterator[Entity]:
    waiting = deque([_PARSER.parse(source).root_node])
    while waiting:
        node = waiting.popleft()
        if node.type in {"class_declaration", "record_declaration"}:
            entity = _class(path, source, node)
            if entity is not None:
                yield entity
        elif node.type in {
            "compilation_unit",
            "namespace_declaration",
            "file_scoped_namespace_declaration",
            "declaration_list",
        }:
            waiting += node.named_children


def _class(path: str, source: bytes, node: Node) -> Entity | None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None:
        return None
    said = _attributes(source, node)
    listed = next((child for child in node.named_children if child.type == "base_list"), None)
    bases = [
        re.sub(r"<.*", "", _read(source, each), flags=re.DOTALL) for each in (listed.named_children if listed else [])
    ]
    bases = [base.rpartition(".")[2] for base in bases if not re.match(r"I[A-Z]", base.rpartition(".")[2])]
    own = _read(source, name)
    properties = [each for child in body.named_children if (each := _property(source, child)) is not None]
    names = {each.name for each in properties}
    table = re.search(r"\bTable\(\s*\"([^\"\n]*)\"(?:[^()]*\bSchema\s*=\s*\"([^\"\n]*)\")?", said)
    identity = _IDENTITY.get(bases[0], "") if bases else ""
    return Entity(
        "ef",
        own,
        Place(path, name.start_point[0] + 1),
        table=table[1] if table else identity,
        schema=(table[2] or "") if table else "",
        members=tuple(_member(each, own, names) for each in properties),
        bases=tuple(bases[:1]),
        mapped=bool(table or identity),
        given=bool(table or identity),
        inheritance="own" if table else "",
        untold="it is not mapped" if re.search(r"\bNotMapped\b", said) else "",
        text=shorten(f"class {own}"),
        view="Keyless" in said,
    )


def _read(source: bytes, node: Node | None) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def _attributes(source: bytes, node: Node) -> str:
    lists = (_read(source, child)[:2000] for child in node.named_children if child.type == "attribute_list")
    return " ".join(lists)


def _property(source: bytes, node: Node) -> _Property | None:
    """A public property that can be set; EF Core's documentation, "Included and excluded properties"."""
    if node.type != "property_declaration":
        return None
    modifiers = {_read(source, child) for child in node.named_children if child.type == "modifier"}
    name, accessors = node.child_by_field_name("name"), node.child_by_field_name("accessors")
    shown = re.sub(r"\[[^\]]*\]", "", _read(source, accessors)[:2000])
    if name is None or "public" not in modifiers or "static" in modifiers or not re.search(r"\b(?:set|init)\b", shown):
        return None
    kind = _read(source, node.child_by_field_name("type")).strip()
    return _Property(_read(source, name), name.start_point[0] + 1, kind, _attributes(source, node))


def _refers(kind: str) -> str:
    """The class that a property's type names, itself or as what a collection holds."""
    inner = re.fullmatch(r"(?:[\w.]+<\s*)?([\w.]+)\??(?:\s*>|\[\])?\??", kind)
    return f"ef:{inner[1].rpartition('.')[2]}" if inner and not _BASIC.match(inner[1]) else ""


def _member(each: _Property, owner: str, names: set[str]) -> Member:
    said = each.attributes
    if re.search(r"\bNotMapped\b", said):
        return Member(each.name, each.line)
    if re.search(r"\bInverseProperty\b", said):
        return Member(each.name, each.line, refers=_refers(each.type))
    column = re.search(r"\bColumn\(\s*(?:\"([^\"\n]*)\"|([\w.]+)\s*[,)])", said)
    kind = each.type.rstrip("?")
    basic = bool(_BASIC.match(each.type))
    navigates = not basic and ({f"{each.name}Id", f"{each.name}ID"} & names or re.search(r"\bForeignKey\(", said))
    if navigates:
        return Member(each.name, each.line, refers=_refers(each.type))
    key = bool(re.search(r"\bKey\b", said)) or each.name in {"Id", "ID", f"{owner}Id", f"{owner}ID"}
    generated = re.search(r"\bDatabaseGeneratedOption\.(\w+)", said)
    counted = key and bool(_COUNTED.match(kind))
    filled = generated[1] != "None" if generated else counted
    return Member(
        each.name,
        each.line,
        (column[1] if column and column[1] else each.name),
        cased=column is None or not column[1],
        given=bool(column and column[1]),
        written=not filled and not re.search(r"\bTimestamp\b", said),
        key=key,
        unknown=bool(column and column[2] and not column[1] and "=" not in said) or not (basic or column),
        refers="" if basic else _refers(each.type),
    )
