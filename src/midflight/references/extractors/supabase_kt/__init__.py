"""Reads supabase-kt: call chains with their builders, routine calls, edge functions and buckets.

Source: supabase-kt's reference, "Fetch data", "Insert data", "Update data", "Using filters".
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import tree_sitter_kotlin
from tree_sitter import Language, Parser

from midflight.references.client_calls import Use, read_uses
from midflight.references.declared_values import Source, plain, source_of
from midflight.references.extractors.supabase_kt.builders import columns, read_builder
from midflight.references.extractors.supabase_kt.literals import Given, given_to, record_of, value_of
from midflight.references.grammar import Node, Tree, line
from midflight.references.model import Extracted
from midflight.references.values import Call, Value, fold_name

SUFFIXES = frozenset({".kt", ".kts"})

_PARSER = Parser(Language(tree_sitter_kotlin.language()))
_METHOD = re.compile(rb"\b(from|rpc|invoke|postgrest|storage)\s*[(<\[]")
_DECLARED = re.compile(rb"\bval\s+(\w{1,100})\s*(?::[^=\n]{0,100})?=(?!=)\s{0,200}")
_STARTS = frozenset({"from", "rpc"})
_NO_DATA = frozenset({"lambda_literal", "boolean_literal"})
_BODY = ("value", "values", "body", "update", "fields")


def extract(path: str, source: bytes) -> Extracted:
    """Give the references of one file; without a word of Supabase in it there are none."""
    if not _METHOD.search(source) or b"supabase" not in source.lower():
        return Extracted()
    tree = Tree(path, source, _PARSER.parse(source).root_node)
    known = source_of(tree, _DECLARED)
    return read_uses(tree, _METHOD, lambda _, nodes, found: _use(known, nodes, found))


def _use(source: Source, path: list[Node], found: re.Match[bytes]) -> Use | None:
    """`X.from("t")` or `X.postgrest["t"]`, with the schema before the table where both are given."""
    if found[0].endswith(b"["):
        at = next((i for i in range(len(path) - 1, 0, -1) if path[i].type == "index_expression"), 0)
        parts = plain(path[at])
        if not at or found.end(1) != parts[0].end_byte:
            return None
        first = Call("from", tuple(value_of(source, part) for part in parts[1:]), line(path[-1]))
        owner = source.tree.read(parts[0])[-200:]
    else:
        at = len(path) - 3
        if at < 0 or path[at + 1].type != "navigation_expression" or not _begins(path[at], path[at + 1]):
            return None
        given = given_to(source, path[at])
        first = Call(found[1].decode(), _first(source, found[1].decode(), given), line(path[-1]))
        owner = source.tree.text[path[at + 1].start_byte : found.start()].decode("utf-8", "replace")[-200:]
        owner = owner.rstrip().removesuffix(".").removesuffix("?").rstrip()
    schema = None
    if first.name == "from" and len(first.arguments) > 1:
        schema, first = first.arguments[0], Call("from", first.arguments[1:], first.line)
    return Use(found.start(1), owner, (first, *_later(source, path, at)), schema)


def _begins(node: Node, inner: Node) -> bool:
    return node.type == "call_expression" and node.children[0].id == inner.id


def _first(source: Source, name: str, given: Given) -> tuple[Value, ...]:
    keys = ("function", "parameters") if name in {"rpc", "invoke"} else ("schema", "table", "bucketId")
    chosen = [*_data(given), *(given.named[key] for key in keys if key in given.named)]
    return tuple(value_of(source, node) for node in chosen)


def _data(given: Given) -> list[Node]:
    """The arguments by position that are neither blocks nor switches."""
    return [node for node in given.positional if node.type not in _NO_DATA]


def _later(source: Source, path: list[Node], at: int) -> Iterator[Call]:
    """The calls of a chain from the inside out; a block behind the brackets is one more call around the first."""
    here = _outside(path, at)
    while here > 1 and path[here - 1].type == "navigation_expression" and _begins(path[here - 2], path[here - 1]):
        method = plain(path[here - 1])[-1]
        if source.tree.read(method) in _STARTS:
            return  # what comes then is read from there
        here -= 2
        given = given_to(source, path[here])
        if here and _begins(path[here - 1], path[here]):
            here -= 1
            given = replace(given, block=given_to(source, path[here]).block)
        yield from _calls(source, source.tree.read(method), given, line(method))
        here = _outside(path, here)


def _outside(path: list[Node], at: int) -> int:
    """Pass by the `!!` around an expression."""
    while at and path[at - 1].type == "unary_expression":
        at -= 1
    return at


def _calls(source: Source, name: str, given: Given, at: int) -> Iterator[Call]:
    """A verb, and what its block says: columns that come back, filters, orders, the target of a conflict."""
    options: dict[str, Value] = {
        fold_name(key): value_of(source, node) for key, node in given.named.items() if fold_name(key) == "onconflict"
    }
    named = (given.named.get(key) for key in ("request", "filter"))
    blocks = [node for node in (*given.positional, *named, given.block) if node and node.type == "lambda_literal"]
    match name:
        case "insert" | "update" | "upsert":
            body = next(iter([*given.positional, *(given.named[key] for key in _BODY if key in given.named)]), None)
            if body is None:
                return
            is_block = body.type == "lambda_literal"
            value = record_of(source, body) if is_block else value_of(source, body)
            inner = list(read_builder(source, [node for node in blocks if node.id != body.id], options))
            yield Call(name, (value,), at, options)
            yield from inner
        case "select":
            chosen = [*_data(given), *(given.named[key] for key in ("columns",) if key in given.named)][:1]
            yield Call("select", tuple(columns(source, chosen[0])) if chosen else (), at)
            yield from read_builder(source, blocks, options)
        case "delete":
            yield Call("delete", (), at)
            yield from read_builder(source, blocks, options)
