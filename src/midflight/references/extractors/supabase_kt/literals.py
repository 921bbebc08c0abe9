"""Reads Kotlin's calls and literals: strings, maps, lists and the builders of JSON."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from midflight.references.declared_values import Source, plain
from midflight.references.grammar import Node, line
from midflight.references.model import HOLE
from midflight.references.postgrest import Named
from midflight.references.values import Record, Rows, Text, Unknown, Value, shorten

_MAPS = frozenset({"mapOf", "hashMapOf", "linkedMapOf", "mutableMapOf"})
_BUILT = frozenset({"buildJsonObject", "buildMap"})
_LISTS = frozenset({"listOf", "mutableListOf", "arrayListOf", "setOf", "arrayOf"})
_PUTS = frozenset({"put", "putJsonObject", "putJsonArray", "set", "setToNull"})
_TRIMS = frozenset({"trimIndent", "trimMargin"})
_STRINGS = frozenset({"string_literal", "multiline_string_literal"})
_NAMES = frozenset({"identifier", "navigation_expression"})
_DEEPEST = 8
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# tree-sitter-kotlin 1.1.0 takes the `$name` of a one-line string for plain characters
_TEMPLATE = re.compile(r"(?<!\\)\$(?:\{[^{}]*\}|[A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Given:
    """What a call is given: arguments by position and by name, and the block behind its brackets."""

    positional: tuple[Node, ...]
    named: dict[str, Node]
    block: Node | None = None


def given_to(source: Source, call: Node) -> Given:
    """Give what one call is given; a block behind the brackets is a call of its own around it."""
    positional: list[Node] = []
    named: dict[str, Node] = {}
    block = None
    first, *rest = plain(call)
    for part in [*(plain(first)[1:] if first.type == "call_expression" else ()), *rest]:
        if part.type == "annotated_lambda":
            block = next((node for node in plain(part) if node.type == "lambda_literal"), None)
        for argument in plain(part) if part.type == "value_arguments" else ():
            parts = plain(argument)
            if len(parts) > 1 and any(child.type == "=" for child in argument.children):
                named[source.tree.read(parts[0])] = parts[-1]
            elif parts:
                positional.append(parts[-1])
    return Given(tuple(positional), named, block)


def name_of(source: Source, node: Node) -> str:
    """The name of what is called or meant: `f` of `f(...)` and of `X.f(...)`."""
    parts = plain(node)
    match node.type:
        case "identifier":
            return source.tree.read(node)
        case "navigation_expression" if parts:
            return source.tree.read(parts[-1])
        case "call_expression":
            inner = _callee(node)
            return name_of(source, inner) if inner.type in _NAMES else ""
        case _:
            return ""


def _callee(call: Node) -> Node:
    """What is called, behind the brackets of a call that has a block too."""
    first = plain(call)[0]
    return plain(first)[0] if first.type == "call_expression" else first


def value_of(source: Source, node: Node, depth: int = 0) -> Value:
    """A literal, or the value that the file declares for a name; all else only the program knows."""
    at = line(node)
    if node.type in _STRINGS:
        return Text(_characters(source.tree.read(node)), at)
    if depth < _DEEPEST:
        if node.type == "binary_expression":
            parts = [value_of(source, part, depth + 1) for part in plain(node)]
            if any(child.type == "+" for child in node.children) and all(isinstance(part, Text) for part in parts):
                return Text("".join(part.text for part in parts if isinstance(part, Text)), at)
        if node.type in _NAMES:
            known = source.known(name_of(source, node), node, lambda each: value_of(source, each, _DEEPEST - 1))
            if known is not None:
                return known
        if node.type == "call_expression":
            return _called(source, node, depth)
    return Unknown(shorten(source.tree.read(node)[:200]), at)


def _called(source: Source, node: Node, depth: int) -> Value:
    name, given = name_of(source, node), given_to(source, node)
    if name in _TRIMS and plain(node)[0].type == "navigation_expression":
        return value_of(source, plain(plain(node)[0])[0], depth + 1)
    if name in _MAPS:
        # what is put into a map later is not seen from where it was declared
        known = name != "mutableMapOf" or depth < _DEEPEST - 1
        return _record(source, given.positional, line(node), known=known)
    if name in _BUILT and given.block is not None:
        return record_of(source, given.block)
    if name == "JsonObject" and given.positional:
        return value_of(source, given.positional[0], depth + 1)
    if name in _LISTS:
        known = name != "mutableListOf" or depth < _DEEPEST - 1
        return Rows(tuple(value_of(source, each, depth + 1) for each in given.positional), known, line(node))
    return Unknown(shorten(source.tree.read(node)[:200]), line(node))


def _record(source: Source, pairs: tuple[Node, ...], at: int, *, known: bool) -> Record:
    """The keys of `mapOf("a" to x)`."""
    entries: list[tuple[Named, Value]] = []
    for pair in pairs:
        parts = plain(pair)
        key = None
        if pair.type == "infix_expression" and len(parts) > 1 and source.tree.read(parts[1]) == "to":
            key = value_of(source, parts[0], _DEEPEST - 1)
        if isinstance(key, Text) and HOLE not in key.text:
            entries.append((Named(key.text, key.line), Unknown("", key.line)))
        else:
            known = False
    return Record(tuple(entries), known, at)


def record_of(source: Source, block: Node) -> Record:
    """The keys that a block sets: `put("a", x)`, `set("a", x)`, `this["a"] = x`, `Project::a setTo x`."""
    entries: list[tuple[Named, Value]] = []
    complete = True
    waiting = plain(block)[::-1]
    while waiting:
        node = waiting.pop()
        key = _key(source, node)
        if key is not None and HOLE not in key.text:
            entries.append((Named(key.text, key.line), Unknown("", key.line)))
        elif node.type != "lambda_parameters":
            complete = False
            waiting += plain(node)[::-1] if key is None else []
    return Record(tuple(entries), complete, line(block))


def _key(source: Source, node: Node) -> Text | None:
    """The key that a statement sets, a hole where only the program knows it."""
    parts = plain(node)
    if node.type == "call_expression" and _callee(node).type == "identifier" and name_of(source, node) in _PUTS:
        given = given_to(source, node).positional
        key = value_of(source, given[0]) if given else None
        return key if isinstance(key, Text) else Text(HOLE, line(node))
    if node.type == "assignment" and parts and parts[0].type == "index_expression":
        index = plain(parts[0])
        key = value_of(source, index[1]) if len(index) > 1 and source.tree.read(index[0]) == "this" else None
        return key if isinstance(key, Text) else Text(HOLE, line(node))
    if node.type == "infix_expression" and len(parts) > 1 and source.tree.read(parts[1]) == "setTo":
        return property_of(source, parts[0]) or Text(HOLE, line(node))
    return None


def property_of(source: Source, node: Node) -> Text | None:
    """The column of `Project::ownerId`, in snake case as supabase-kt turns it unless it is configured otherwise."""
    owner, _, name = source.tree.read(node)[:500].partition("::")
    return Text(_HUMP.sub("_", name).lower(), line(node)) if owner and re.fullmatch(r"\w+", name) else None


def texts_in(values: Iterator[Value]) -> Iterator[Value]:
    """Values with lists taken apart."""
    for value in values:
        if isinstance(value, Rows):
            yield from value.items
        else:
            yield value


def _characters(source: str) -> str:
    """The characters of a literal, holes for what is put in."""
    mark = '"""' if source.startswith('"""') else '"'
    body = _TEMPLATE.sub(HOLE, source[len(mark) : -len(mark)])
    return body if mark != '"' else body.replace('\\"', '"')
