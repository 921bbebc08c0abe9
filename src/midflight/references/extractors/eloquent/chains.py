"""Reads chains that begin with `DB::table` (Laravel's documentation, "Query Builder")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.references.extractors.eloquent.literals import listed, named, string, strings
from midflight.references.grammar import Node as Named
from midflight.references.grammar import Tree
from midflight.references.model import Access, Api, ColumnUse, Place, TableReference, Verb
from midflight.references.values import shorten

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


def read_chain(tree: Tree, found: re.Match[bytes]) -> Iterator[TableReference]:
    """Give the tables that one chain uses, from where its `DB::table` was found."""
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
    children = named(argument)
    return children[-1] if children else None


def _reads(tree: Tree, chain: _Chain, method: str, values: list[Named]) -> None:
    chain.named = chain.named or method in {"select", "addselect"}
    chosen = values if method in _ALL else values[:1]
    if method == "wherecolumn":
        chosen = [values[0], values[-1]] if values else []
    for value in chosen:
        for text, row in strings(tree, value):
            if text == "*":
                chain.star = True
            elif found := _COLUMN.match(text):
                chain.reads.append((found[1] or "", found[2], row))


def _join(tree: Tree, chain: _Chain, values: list[Named]) -> None:
    named = re.fullmatch(r"(?:(\w+)\.)?(\w+)(?:\s+as\s+(\w+))?", (string(tree, values[0]) or "") if values else "")
    if named is None:
        chain.tables[""] = ("", "")  # joined to what is not known: only qualified columns count
        return
    chain.tables[named[3] or named[2]] = (named[1] or "", named[2])
    for value in values[1:]:
        for text, row in strings(tree, value):
            if (found := _COLUMN.match(text)) and found[1]:
                chain.reads.append((found[1], found[2], row))


def _writes(tree: Tree, chain: _Chain, method: str, values: list[Named]) -> None:
    verbs = {"upsert": Verb.UPSERT, "updateorinsert": Verb.UPSERT, "delete": Verb.DELETE}
    chain.verb = Verb.INSERT if method in _MAKES else verbs.get(method, Verb.UPDATE)
    if method in {"increment", "decrement"}:
        chain.writes += [found for value in values[:1] for found in strings(tree, value)]
        return
    rows = [row for value in (values if method == "updateorinsert" else values[:1]) for row in _rows(value)]
    for row in rows:
        chain.writes += listed(tree, row, keys=True)
    whole = all(len(list(listed(tree, row, keys=True))) == _size(row) for row in rows)
    chain.payload = bool(rows) and whole and method in _MAKES | {"upsert"}
    if method == "upsert" and len(values) > 1:
        chain.conflict = tuple(text for text, _ in strings(tree, values[1]))


def _rows(value: Named) -> list[Named]:
    if value.type != "array_creation_expression":
        return []
    inner = [part for each in named(value) for part in named(each)]
    own = [named(each)[0] for each in named(value) if len(named(each)) == 1]
    is_list = bool(inner) and len(own) == len(inner)
    return [row for row in own if row.type == "array_creation_expression"] if is_list else [value]


def _size(row: Named) -> int:
    return len(named(row))


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
