"""Reads Laravel: Eloquent's models with what each insert names by itself, and chains that begin with `DB::table`."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import inflection
import tree_sitter_php
from tree_sitter import Language, Node, Parser

from midflight.changes.model import NotAnalysed
from midflight.references.entities import Entity, Member, bounded
from midflight.references.grammar import DEEPEST, TooDeepError, Tree
from midflight.references.grammar import Node as Named
from midflight.references.model import Access, Api, ColumnUse, Extracted, Place, TableReference, Verb
from midflight.references.values import shorten

SUFFIXES = frozenset({".php"})

MOST_CHAINS = 2_000
_PARSER = Parser(Language(tree_sitter_php.language_php()))
_MARKS = re.compile(rb"\bclass\s+\w+\s+extends\s+[\w\\]*(?:Model|Eloquent|Authenticatable|User|Pivot|[A-Z]\w+)\b")
_LARAVEL = re.compile(rb"\bIlluminate\\|\bnamespace\s+[\w\\]*\bModels?\b|\bprotected\s+\$(?:table|fillable|casts)\b")
_USE = re.compile(rb"^use\s+([\w\\]+)(?:\s+as\s+(\w+))?\s*;", re.MULTILINE)
_PLAIN = {
    "Illuminate\\Database\\Eloquent\\Model": "model",
    "Illuminate\\Foundation\\Auth\\User": "model",
    "Illuminate\\Database\\Eloquent\\Relations\\Pivot": "pivot",
    "Illuminate\\Database\\Eloquent\\Relations\\MorphPivot": "pivot",
    "Eloquent": "model",
}
_SOFT = "Illuminate\\Database\\Eloquent\\SoftDeletes"
_TABLE = re.compile(rb"\bDB::table\(\s*(['\"])(\w+(?:\.\w+)?)(?:\s+as\s+(\w+))?\1\s*\)", re.IGNORECASE)
_COLUMN = re.compile(r"(?:(\w+)\.)?(\w+)(?:->.*|\s+as\s+\w+)?\Z", re.IGNORECASE | re.DOTALL)

# what a method does with its first argument, with all of them, or with a list of values
_FIRST = frozenset(
    "where orwhere wherenot wherein wherenotin orwherein wherenull wherenotnull orwherenull orwherenotnull wherebetween"
    " wherenotbetween wheredate wheremonth whereyear whereday wheretime wherelike orderby orderbydesc latest oldest"
    " having value sum min max avg average wherejsoncontains".split()
)
_ALL = frozenset("select addselect groupby pluck".split())
_ROWS = frozenset("get first sole paginate simplepaginate cursorpaginate cursor chunk chunkbyid each lazy find".split())
_ENDS = _ROWS | frozenset("value pluck sum min max avg average count exists doesntexist".split())
_MAKES = frozenset("insert insertorignore insertgetid".split())
_JOINS = frozenset("join leftjoin rightjoin".split())


@dataclass(slots=True)
class _Chain:
    place: Place
    tables: dict[str, tuple[str, str]]
    table: str
    reads: list[tuple[str, str, int]] = field(default_factory=list)
    writes: list[tuple[str, int]] = field(default_factory=list)
    verb: Verb = Verb.SELECT
    payload: bool = False
    star: bool = False
    named: bool = False
    conflict: tuple[str, ...] = ()


def extract(path: str, source: bytes) -> Extracted:
    """Give the models of one file and the tables that its query chains use."""
    models = bool(_MARKS.search(source) and _LARAVEL.search(source))
    chains = list(_TABLE.finditer(source))
    if not models and not chains:
        return Extracted()
    tree = Tree(path, source, _PARSER.parse(source).root_node)
    references: list[TableReference] = []
    try:
        for found in chains[:MOST_CHAINS]:
            references += _read_chain(tree, found)
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(path, 0, f"the code is nested more than {DEEPEST} deep"),))
    entities = bounded(path, _entities(tree) if models else ())
    more = (NotAnalysed(path, 0, f"the file holds more than {MOST_CHAINS} query chains; the rest is not read"),)
    problems = (*entities.unresolved, *(more if len(chains) > MOST_CHAINS else ()))
    return Extracted(tuple(references), problems, models=entities.models)


def _entities(tree: Tree) -> Iterator[Entity]:
    used = {}
    for found in _USE.finditer(tree.text):
        whole = found[1].decode("utf-8", "replace").lstrip("\\")
        used[found[2].decode() if found[2] else whole.rpartition("\\")[2]] = whole
    root: Node = _PARSER.parse(tree.text).root_node
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        if node.type in {"namespace_definition", "compound_statement", "program"}:
            waiting += node.named_children
        elif node.type == "class_declaration":
            entity = _entity(tree, node, used)
            if entity is not None:
                yield entity


def _entity(tree: Tree, node: Node, used: dict[str, str]) -> Entity | None:
    name = node.child_by_field_name("name")
    clause = next((child for child in node.named_children if child.type == "base_clause"), None)
    body = node.child_by_field_name("body")
    if name is None or clause is None or body is None:
        return None
    base = tree.read(clause.named_children[0]).lstrip("\\") if clause.named_children else ""
    whole = used.get(base, base)
    kind = _PLAIN.get(whole, "")
    properties, constants, traits = _body(tree, body, used)
    line = name.start_point[0] + 1
    own = tree.read(name)
    given = _string(tree, properties.get("table"))
    abstract = any(child.type == "abstract_modifier" for child in node.named_children)
    other = "connection" in properties or whole.startswith(("MongoDB\\", "Jenssegers\\"))
    is_told = "table" not in properties or given is not None
    return Entity(
        "eloquent",
        own,
        Place(tree.path, line),
        table=(given or _table(own, pivot=kind == "pivot")).rpartition(".")[2],
        schema=(given or "").rpartition(".")[0],
        members=tuple(_members(tree, properties, constants, line, plain=bool(kind), soft=_SOFT in traits)),
        bases=(whole.rpartition("\\")[2],),
        known=bool(kind),
        mapped=not abstract and not other,
        given=bool(given),
        inheritance="each",
        untold="" if is_told else "the code makes its name when it runs",
        text=shorten(f"class {own} extends {base}"),
        star=True,
        framed=not kind,
    )


def _table(name: str, *, pivot: bool) -> str:
    """Laravel's documentation, "Table Names": the plural in snake case, of a pivot the singular."""
    words = re.sub(r"(?<=.)(?=[A-Z])", "_", name).lower()
    return inflection.singularize(words) if pivot else inflection.pluralize(words)


def _body(tree: Tree, body: Node, used: dict[str, str]) -> tuple[dict[str, Node], dict[str, Node], set[str]]:
    properties: dict[str, Node] = {}
    constants: dict[str, Node] = {}
    traits: set[str] = set()
    for member in body.named_children:
        if member.type == "use_declaration":
            names = (tree.read(child).lstrip("\\") for child in member.named_children)
            traits |= {used.get(name, name) for name in names}
        for part in member.named_children:
            value = part.child_by_field_name("default_value")
            if part.type == "property_element" and value is not None:
                properties[tree.read(part).partition("=")[0].strip().lstrip("$")] = value
            elif part.type == "const_element" and len(part.named_children) > 1:
                constants[tree.read(part.named_children[0])] = part.named_children[1]
    return properties, constants, traits


def _members(
    tree: Tree, properties: dict[str, Node], constants: dict[str, Node], line: int, *, plain: bool, soft: bool
) -> Iterator[Member]:
    stamps = properties.get("timestamps")
    key = _string(tree, properties.get("primaryKey")) or ("id" if plain and "primaryKey" not in properties else "")
    if key:
        yield Member("$key", line, key, written=False, key=True, always=True)
    for name, default in (("CREATED_AT", "created_at"), ("UPDATED_AT", "updated_at")):
        at = constants.get(name) or stamps
        row = at.start_point[0] + 1 if at is not None else line
        if stamps is not None and tree.read(stamps).lower() == "false":
            yield Member(name, row)
        elif name in constants:
            yield Member(name, row, _string(tree, constants[name]) or "")
        elif plain:
            yield Member(name, row, default)
    if soft:
        deleted = _string(tree, constants.get("DELETED_AT")) or "deleted_at"
        yield Member("DELETED_AT", line, deleted, written=False, always=True)
    for group in ("fillable", "attributes"):
        for column, row in _listed(tree, properties.get(group), keys=group == "attributes"):
            yield Member("", row, column)


def _listed(tree: Tree, node: Named | None, *, keys: bool) -> Iterator[tuple[str, int]]:
    """The strings of a list, or the keys of a record, with their lines."""
    for element in _named(node) if node is not None and node.type == "array_creation_expression" else []:
        parts = _named(element)
        if element.type == "array_element_initializer" and len(parts) == 1 + keys:
            text = _string(tree, parts[0])
            if text and re.fullmatch(r"\w+", text):
                yield text, parts[0].start_point[0] + 1


def _string(tree: Tree, node: Named | None) -> str | None:
    if node is None or node.type not in {"string", "encapsed_string"}:
        return None
    text = tree.read(node)[1:-1]
    return text if not re.search(r"[\\${}\n]", text) else None


def _read_chain(tree: Tree, found: re.Match[bytes]) -> Iterator[TableReference]:
    path = tree.path_to(found.start())
    at = next((i for i in range(len(path) - 1, -1, -1) if path[i].type == "scoped_call_expression"), None)
    if at is None or path[at].start_byte != found.start():
        return
    table, alias = found[2].decode(), (found[3] or b"").decode()
    name = table.rpartition(".")[2]
    line = path[at].start_point[0] + 1
    chain = _Chain(Place(tree.path, line), {}, name)
    chain.tables[alias or name] = (table.rpartition(".")[0], name)
    for index in range(at - 1, -1, -1):
        node = path[index]
        if node.type != "member_call_expression" or node.children[0].id != path[index + 1].id:
            break
        if not _step(tree, chain, node):
            break
    text = shorten(tree.text[found.start() : found.start() + 400].decode("utf-8", "replace").partition(";")[0])
    yield from _built(chain, text)


def _step(tree: Tree, chain: _Chain, node: Named) -> bool:
    """Read one call; whether the chain still goes on in the database after it."""
    names = [child for child in node.children if child.type == "name"]
    given = next((child for child in node.children if child.type == "arguments"), None)
    method = tree.read(names[0]).lower() if names else ""
    arguments = [child for child in given.children if child.type == "argument"] if given is not None else []
    values = [value for each in arguments if (value := _value(each)) is not None]
    if method in _JOINS:
        _join(tree, chain, values)
    elif method in _FIRST | _ALL | {"wherecolumn"}:
        _reads(tree, chain, method, values)
    elif method in _MAKES | {"update", "upsert", "updateorinsert", "increment", "decrement", "delete"}:
        _writes(tree, chain, method, values)
        return False
    if method in _ROWS:
        chain.star = chain.star or not (chain.named or values)
        if method in {"get", "first"}:
            _reads(tree, chain, "select", values)
    return method not in _ENDS


def _value(argument: Named) -> Named | None:
    children = _named(argument)
    return children[-1] if children else None


def _named(node: Named) -> list[Named]:
    return [child for child in node.children if child.is_named and child.type != "comment"]


def _strings(tree: Tree, value: Named) -> Iterator[tuple[str, int]]:
    text = _string(tree, value)
    if text is not None:
        yield text, value.start_point[0] + 1
    for each in _named(value) if value.type == "array_creation_expression" else []:
        parts = _named(each)
        inner = _string(tree, parts[0]) if parts else None
        if inner is not None and each.type == "array_element_initializer":
            yield inner, parts[0].start_point[0] + 1


def _reads(tree: Tree, chain: _Chain, method: str, values: list[Named]) -> None:
    chain.named = chain.named or method in {"select", "addselect"}
    chosen = values if method in _ALL else values[:1]
    if method == "wherecolumn":
        chosen = [values[0], values[-1]] if values else []
    for value in chosen:
        for text, row in _strings(tree, value):
            if text == "*":
                chain.star = True
            elif found := _COLUMN.match(text):
                chain.reads.append((found[1] or "", found[2], row))


def _join(tree: Tree, chain: _Chain, values: list[Named]) -> None:
    named = re.fullmatch(r"(?:(\w+)\.)?(\w+)(?:\s+as\s+(\w+))?", (_string(tree, values[0]) or "") if values else "")
    if named is None:
        chain.tables[""] = ("", "")  # joined to what is not known: only qualified columns count
        return
    chain.tables[named[3] or named[2]] = (named[1] or "", named[2])
    for value in values[1:]:
        for text, row in _strings(tree, value):
            if (found := _COLUMN.match(text)) and found[1]:
                chain.reads.append((found[1], found[2], row))


def _writes(tree: Tree, chain: _Chain, method: str, values: list[Named]) -> None:
    verbs = {"upsert": Verb.UPSERT, "updateorinsert": Verb.UPSERT, "delete": Verb.DELETE}
    chain.verb = Verb.INSERT if method in _MAKES else verbs.get(method, Verb.UPDATE)
    if method in {"increment", "decrement"}:
        chain.writes += [found for value in values[:1] for found in _strings(tree, value)]
        return
    rows = [row for value in (values if method == "updateorinsert" else values[:1]) for row in _rows(value)]
    for row in rows:
        chain.writes += _listed(tree, row, keys=True)
    whole = all(len(list(_listed(tree, row, keys=True))) == _size(row) for row in rows)
    chain.payload = bool(rows) and whole and method in _MAKES | {"upsert"}
    if method == "upsert" and len(values) > 1:
        chain.conflict = tuple(text for text, _ in _strings(tree, values[1]))


def _rows(value: Named) -> list[Named]:
    if value.type != "array_creation_expression":
        return []
    inner = [part for each in _named(value) for part in _named(each)]
    own = [_named(each)[0] for each in _named(value) if len(_named(each)) == 1]
    is_list = bool(inner) and len(own) == len(inner)
    return [row for row in own if row.type == "array_creation_expression"] if is_list else [value]


def _size(row: Named) -> int:
    return len(_named(row))


def _built(chain: _Chain, text: str) -> Iterator[TableReference]:
    several = len(chain.tables) > 1
    for alias, (schema, table) in chain.tables.items():
        if not table:
            continue
        root = table == chain.table
        reads = [(n, row) for by, n, row in chain.reads if by in {alias, table} or (not by and not several)]
        uses = [ColumnUse(name, Access.READ, Place(chain.place.path, row)) for name, row in reads]
        if root:
            uses += [ColumnUse(name, Access.WRITE, Place(chain.place.path, row)) for name, row in chain.writes]
        yield TableReference(
            chain.place,
            table,
            chain.verb if root else Verb.SELECT,
            Api.SQL,
            schema=schema,
            columns=tuple(dict.fromkeys(uses)),
            star=chain.star,
            payload=chain.payload and root,
            conflict=chain.conflict if root else (),
            text=text,
        )
