"""Reads Swift: supabase-swift call chains and routine calls, edge functions and buckets.

Source: supabase-swift's reference, "Fetch data", "Insert data", "Using filters", "Call a Postgres function".
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import tree_sitter_swift
from tree_sitter import Language, Parser

from midflight.references.client_calls import Use, read_uses
from midflight.references.declared_values import Source, plain, source_of
from midflight.references.grammar import Node, Tree, line
from midflight.references.model import HOLE, Extracted
from midflight.references.postgrest import Named
from midflight.references.values import Call, Record, Rows, Text, Unknown, Value, fold_name, shorten

SUFFIXES = frozenset({".swift"})

_PARSER = Parser(Language(tree_sitter_swift.language()))
_METHOD = re.compile(rb"\.\s*(from|rpc|invoke)\s*[(<]")
_DECLARED = re.compile(rb"\blet\s+(\w{1,100})\s*(?::[^=\n]{0,100})?=(?!=)\s{0,200}")
_STARTS = frozenset({"from", "rpc"})
# names that supabase-swift gives to filters beside those of the other clients ("Filter Semantic Improvements")
_OTHERS = {
    "equals": "eq",
    "notequals": "neq",
    "greaterthan": "gt",
    "greaterthanorequals": "gte",
    "lowerthan": "lt",
    "lowerthanorequals": "lte",
    "fulltextsearch": "fts",
    "plaintofulltextsearch": "plfts",
    "phrasetofulltextsearch": "phfts",
    "webfulltextsearch": "wfts",
}
_STRINGS = frozenset({"line_string_literal", "multi_line_string_literal", "raw_string_literal"})
_PASSED = frozenset({"try_expression", "await_expression", "postfix_expression", "optional_chaining_marker"})
_DEEPEST_VALUE = 8


def extract(path: str, source: bytes) -> Extracted:
    """Give the references of one file; without a word of Supabase in it there are none."""
    if not _METHOD.search(source) or b"supabase" not in source.lower():
        return Extracted()
    tree = Tree(path, source, _PARSER.parse(source).root_node)
    known = source_of(tree, _DECLARED)
    return read_uses(tree, _METHOD, lambda _, nodes, found: _use(known, nodes, found))


def _use(source: Source, path: list[Node], found: re.Match[bytes]) -> Use | None:
    at = len(path) - 4  # a call, of a member, with a suffix, that is a name
    if at < 0 or path[at + 2].type != "navigation_suffix" or not _begins(path[at], path[at + 1]):
        return None
    before = plain(path[at + 1])[0]
    owner = source.tree.read(before)[-200:].rstrip("?! \n\t")
    first = _call(source, path[at], path[at + 1])
    return Use(found.start(1), owner, (first, *_later(source, path, at)), _schema(source, before))


def _schema(source: Source, before: Node) -> Value | None:
    """`client.schema("s").from("t")`."""
    parts = plain(before) if before.type == "call_expression" else []
    if not parts or parts[0].type != "navigation_expression":
        return None
    call = _call(source, before, parts[0])
    return call.arguments[0] if call.name == "schema" and call.arguments else None


def _begins(node: Node, inner: Node) -> bool:
    return node.type == "call_expression" and node.children[0].id == inner.id


def _later(source: Source, path: list[Node], at: int) -> Iterator[Call]:
    """The calls of a chain from the inside out; `try` and `await` may stand around its first lines."""
    here = _outside(path, at)
    while here > 1 and path[here - 1].type == "navigation_expression" and _begins(path[here - 2], path[here - 1]):
        call = _call(source, path[here - 2], path[here - 1])
        if call.name in _STARTS:
            return  # what comes then is read from there
        yield call
        here = _outside(path, here - 2)


def _outside(path: list[Node], at: int) -> int:
    while at and path[at - 1].type in _PASSED:
        at -= 1
    return at


def _call(source: Source, call: Node, member: Node) -> Call:
    suffix = plain(member)[-1]
    name = fold_name(source.tree.read(suffix).lstrip(".?! \n\t").strip("` \n\t"))
    positional: list[Value] = []
    named: dict[str, Value] = {}
    for part in plain(call)[1:]:
        for given in plain(part) if part.type == "call_suffix" else ():
            for argument in plain(given) if given.type == "value_arguments" else ():
                inner = plain(argument)
                if len(inner) > 1 and inner[0].type == "value_argument_label":
                    named[fold_name(source.tree.read(inner[0]))] = _value(source, inner[-1])
                elif inner:
                    positional.append(_value(source, inner[0]))
    at = plain(suffix)[0] if plain(suffix) else suffix
    return Call(_OTHERS.get(name, name), tuple(positional), line(at), named)


def _value(source: Source, node: Node, depth: int = 0) -> Value:
    """A literal, or the value that the file declares for a name; all else only the program knows."""
    at = line(node)
    if depth < _DEEPEST_VALUE:
        match node.type:
            case kind if kind in _STRINGS:
                return Text(_characters(source.tree.read(node)), at)
            case "as_expression" if plain(node):
                return _value(source, plain(node)[0], depth + 1)
            case "dictionary_literal":
                return _record(source, node)
            case "array_literal":
                items = plain(node)
                rows = tuple(_value(source, item, depth + 1) for item in items if item.type == "dictionary_literal")
                return Rows(rows, len(rows) == len(items), at)
            case "simple_identifier" | "navigation_expression":
                name = source.tree.read(node)[-100:].rpartition(".")[2]
                known = source.known(name, node, lambda each: _value(source, each, _DEEPEST_VALUE - 1))
                if known is not None:
                    return known
    return Unknown(shorten(source.tree.read(node)[:200]), at)


def _record(source: Source, node: Node) -> Record:
    """The keys of `["a": 1]`."""
    entries: list[tuple[Named, Value]] = []
    complete = True
    parts = [child for child in node.children if "comment" not in child.type]
    for before, here in pairwise(parts):
        if here.type != ":":
            continue
        name = _characters(source.tree.read(before)) if before.type in _STRINGS else HOLE
        if HOLE in name:
            complete = False
        else:
            entries.append((Named(name, line(before)), Unknown("", line(before))))
    return Record(tuple(entries), complete, line(node))


def _characters(source: str) -> str:
    """The characters of a literal, holes for what is put in; only the breaks of lines count in an escape."""
    body = source.strip("#")
    marks = len(source) - len(source.lstrip("#"))
    size = 3 if body.startswith('"""') else 1
    body = body[size : len(body) - size]
    if marks:
        return HOLE if f"\\{'#' * marks}(" in body else body
    filled = re.sub(r"\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", HOLE, body)
    return filled.replace('\\"', '"') if "\\(" not in filled else HOLE
