"""Reads Dart: supabase-dart call chains and routine calls, edge functions and buckets."""

import re
from collections.abc import Iterator

import tree_sitter_dart
from tree_sitter import Language, Parser

from midflight.references.client_calls import Use, read_uses
from midflight.references.grammar import Node, Tree, line
from midflight.references.model import HOLE, Extracted
from midflight.references.postgrest import Named
from midflight.references.values import (
    Call,
    Record,
    Rows,
    Text,
    Unknown,
    Value,
    fold_name,
    shorten,
)

SUFFIXES = frozenset({".dart"})

_PARSER = Parser(Language(tree_sitter_dart.language()))
_METHOD = re.compile(rb"\.\s*(from|rpc|invoke)\s*[(<]")
_DEEPEST_VALUE = 8


def extract(path: str, source: bytes) -> Extracted:
    """Give the references of one file; without a word of Supabase in it there are none."""
    if not _METHOD.search(source) or b"supabase" not in source.lower():
        return Extracted()
    return read_uses(Tree(path, source, _PARSER.parse(source).root_node), _METHOD, _use, _weight)


def _weight(path: list[Node]) -> int:
    """A chain is a list of siblings, which has to be looked through from its start."""
    at = _selector(path)
    return len(path) + (len(path[at - 1].children) if at else 0)


def _selector(path: list[Node]) -> int:
    return next((i for i in range(len(path) - 1, 0, -1) if path[i].type == "selector"), 0)


def _use(tree: Tree, path: list[Node], found: re.Match[bytes]) -> Use | None:
    at = _selector(path)
    if not at:
        return None
    parent, selector = path[at - 1], path[at]
    siblings = [child for child in _named(parent) if child.type != "comment"]
    here = next(i for i, child in enumerate(siblings) if child.id == selector.id)
    owner = tree.text[parent.start_byte : siblings[here].start_byte].decode("utf-8", "replace")[-200:]
    return Use(found.start(1), owner, tuple(_calls(tree, siblings[here:])))


def _calls(tree: Tree, selectors: list[Node]) -> Iterator[Call]:
    """The calls of a chain: a selector with the method's name, then one with the arguments."""
    name = ""
    at = 1
    for selector in selectors:
        part = inner[0] if selector.type == "selector" and (inner := _named(selector)) else None
        if part is not None and part.type == "unconditional_assignable_selector":
            name, at = tree.read(part).lstrip("?.").strip(), line(part)
        elif part is not None and part.type == "argument_part" and name:
            positional, named = _arguments(tree, part)
            yield Call(fold_name(name), positional, at, named)
            name = ""
        else:
            return


def _arguments(tree: Tree, part: Node) -> tuple[tuple[Value, ...], dict[str, Value]]:
    given = next((child for child in _named(part) if child.type == "arguments"), None)
    positional: list[Value] = []
    named: dict[str, Value] = {}
    for child in _named(given) if given is not None else ():
        inner = [node for node in _named(child) if node.type != "comment"]
        if child.type == "named_argument" and len(inner) > 1:
            named[fold_name(tree.read(inner[0]).strip(": "))] = _value(tree, inner[1:], 0)
        elif child.type == "argument" and inner:
            positional.append(_value(tree, inner, 0))
    return tuple(positional), named


def _value(tree: Tree, nodes: list[Node], depth: int) -> Value:
    """A literal; what is made of several nodes is an expression that only the program knows."""
    node, at = nodes[0], line(nodes[0])
    if len(nodes) == 1 and depth < _DEEPEST_VALUE:
        if node.type == "string_literal":
            return Text(_string(tree.read(node)), at)
        if node.type == "list_literal":
            items = [child for child in _named(node) if child.type != "comment"]
            known = all(item.type in {"set_or_map_literal", "string_literal"} for item in items)
            return Rows(tuple(_value(tree, [item], depth + 1) for item in items), known, at)
        if node.type == "set_or_map_literal":
            return _record(tree, node, depth)
    return Unknown(shorten(tree.read(node)[:200]), at)


def _record(tree: Tree, node: Node, depth: int) -> Record:
    entries: list[tuple[Named, Value]] = []
    complete = True
    for child in (child for child in _named(node) if "comment" not in child.type):
        key = next(iter(_named(child)), None) if child.type == "pair" else None
        name = _string(tree.read(key)) if key is not None and key.type == "string_literal" else HOLE
        if key is None or HOLE in name:
            complete = complete and child.type == "type_arguments"
            continue
        rest = [one for one in _named(child) if one.id != key.id]
        entries.append((Named(name, line(key)), _value(tree, rest, depth + 1) if rest else Unknown("", line(key))))
    return Record(tuple(entries), complete, line(node))


def _named(node: Node) -> list[Node]:
    return [child for child in node.children if child.is_named]


def _string(source: str) -> str:
    """The characters of a literal, holes for what is put in; only the breaks of lines count in an escape."""
    raw = source.startswith("r")
    body = source.removeprefix("r")
    mark = next((m for m in ("'''", '"""', "'", '"') if body.startswith(m) and body.endswith(m)), "")
    if not mark or (len(mark) == 1 and mark in body[1:-1].replace(f"\\{mark}", "")):
        return HOLE  # literals side by side
    body = body[len(mark) : len(body) - len(mark)]
    return body if raw else re.sub(r"\$(?:\{[^{}]*\}|\w+)", HOLE, body)
