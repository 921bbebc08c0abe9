"""Reads Dart: supabase-dart call chains and routine calls, edge functions and buckets."""

import re
from collections.abc import Iterator
from itertools import islice

import tree_sitter_dart
from tree_sitter import Language, Parser

from midflight.changes.model import NotAnalysed
from midflight.references.chains import read_call, read_chain
from midflight.references.drafts import Draft, assemble
from midflight.references.grammar import DEEPEST, Node, TooDeepError, Tree, line
from midflight.references.model import HOLE, Extracted, Place, ServiceUse
from midflight.references.postgrest import Named
from midflight.references.services import kind_of, name_in, variable
from midflight.references.values import (
    Call,
    Chain,
    Record,
    Rows,
    Text,
    Unknown,
    Value,
    fold_name,
    shorten,
    verb_of,
)

SUFFIXES = frozenset({".dart"})
MOST_CALLS = 5_000
MOST_WORK = 100_000  # nodes that are looked at to find the chains of one file

_PARSER = Parser(Language(tree_sitter_dart.language()))
_METHOD = re.compile(rb"\.\s*(from|rpc|invoke)\s*[(<]")
_CLIENT = re.compile(r"supabase|supa\b|postgrest|client", re.IGNORECASE)
_DEEPEST_VALUE = 8


def extract(path: str, source: bytes) -> Extracted:
    """Give the references of one file; without a word of Supabase in it there are none."""
    if not _METHOD.search(source) or b"supabase" not in source.lower():
        return Extracted()
    tree = Tree(path, source, _PARSER.parse(source).root_node)
    try:
        drafts = list(_drafts(tree))
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(path, 0, f"the code is nested more than {DEEPEST} deep"),))
    return assemble(drafts, [], path)


def _drafts(tree: Tree) -> Iterator[Draft]:
    work = 0
    for found in islice(_METHOD.finditer(tree.text), MOST_CALLS):
        path = tree.path_to(found.start(1))
        at = next((i for i in range(len(path) - 1, 0, -1) if path[i].type == "selector"), 0)
        work += len(path) + len(path[at - 1].children) if at else len(path)
        if work > MOST_WORK:
            reason = "the file holds more calls in a chain, or inside each other, than we follow; the rest is not read"
            yield Draft(len(tree.text), unresolved=(NotAnalysed(tree.path, 0, reason),))
            return
        if at and tree.read(path[-1]) == found[1].decode():
            yield from _read(tree, path[at - 1], path[at], start=found.start(1))


def _read(tree: Tree, parent: Node, selector: Node, *, start: int) -> Iterator[Draft]:
    siblings = [child for child in _named(parent) if child.type != "comment"]
    here = next(i for i, child in enumerate(siblings) if child.id == selector.id)
    calls = list(_calls(tree, siblings[here:]))
    owner = tree.text[parent.start_byte : siblings[here].start_byte].decode("utf-8", "replace")[-200:]
    if not calls or not calls[0].arguments:
        return
    yield from _draft(tree, owner, calls, start=start)


def _draft(tree: Tree, owner: str, calls: list[Call], *, start: int) -> Iterator[Draft]:
    first, *later = calls
    value = first.arguments[0]
    kind = kind_of(first.name, owner) if first.name in {"from", "invoke"} else None
    text = shorten(tree.text[start : start + 400].decode("utf-8", "replace"))
    if kind is not None:
        name = name_in(kind, value)
        use = ServiceUse(Place(tree.path, value.line), kind, name, text=text)
        yield Draft(start, service=use) if name else Draft(start, unresolved=(variable(tree.path, kind, value),))
    elif first.name == "rpc" and _CLIENT.search(owner):
        given = (first.options["params"],) if "params" in first.options else ()
        yield read_call(Chain(tree.path, start, value.line, value, (Call("rpc", given, first.line),), text=text))
    elif first.name == "from" and _CLIENT.search(owner) and verb_of(tuple(later)):
        yield read_chain(Chain(tree.path, start, value.line, value, tuple(later), text=text))


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
