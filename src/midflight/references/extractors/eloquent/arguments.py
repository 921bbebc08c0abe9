"""Reads what a call of PHP is given."""

import re

from midflight.references.extractors.eloquent.literals import named
from midflight.references.extractors.eloquent.names import Names
from midflight.references.grammar import Node, Tree, line
from midflight.references.model import HOLE
from midflight.references.postgrest import Named
from midflight.references.values import Record, Rows, Text, Unknown, Value

CLOSURE, RAW = "fn", "raw"
CLOSURES = frozenset({"anonymous_function", "anonymous_function_creation_expression", "arrow_function"})
_DEEPEST = 12
_RAW = re.compile(r"\\?(?:DB::raw|new \\?Expression)\s*\(")


def child_of(node: Node, *kinds: str) -> Node | None:
    """The first child of a kind."""
    return next((child for child in node.children if child.type in kinds), None)


def given_nodes(call: Node) -> list[tuple[str, Node]]:
    """The arguments of a call, each with its name where it has one (of which the first character tells)."""
    arguments = child_of(call, "arguments")
    found = []
    for each in named(arguments) if arguments is not None else []:
        parts = named(each)
        if each.type == "argument" and parts:
            found.append((parts[0].type if len(parts) > 1 else "", parts[-1]))
    return found


def value_of(tree: Tree, names: Names, node: Node, depth: int = 0) -> Value:
    """A value as far as the text tells it; the name of a class begins with a backslash."""
    at = line(node)
    if depth > _DEEPEST:
        return Unknown("", at)
    match node.type:
        case "string" | "encapsed_string":
            return Text(_characters(tree, node), at)
        case "nowdoc" | "heredoc":
            return Text(HOLE, at)
        case "array_creation_expression":
            return _array(tree, names, node, depth)
        case "class_constant_access_expression" if tree.read(node).endswith("::class"):
            return Text("\\" + names.full(tree.read(node).removesuffix("::class")), at)
        case kind if kind in CLOSURES:
            return Unknown(CLOSURE, at)
    text = tree.read(node)[:100]
    return Unknown(RAW if _RAW.match(text) else text, at)


def _characters(tree: Tree, node: Node) -> str:
    parts = [child for child in node.children if child.is_named]
    return "".join(tree.read(part) if part.type == "string_content" else _other(tree, part) for part in parts)


def _other(tree: Tree, part: Node) -> str:
    return tree.read(part)[1:] if part.type == "escape_sequence" else HOLE


def _array(tree: Tree, names: Names, node: Node, depth: int) -> Value:
    entries: list[tuple[Named, Value]] = []
    items: list[Value] = []
    complete = True
    for element in named(node):
        parts = named(element)
        if element.type != "array_element_initializer" or not parts:
            complete = False
            continue
        values = [value_of(tree, names, part, depth + 1) for part in parts]
        if len(values) == 1:
            items.append(values[0])
            entries.append((Named("", line(element)), values[0]))
        elif isinstance(values[0], Text) and HOLE not in values[0].text:
            entries.append((Named(values[0].text, values[0].line), values[-1]))
        else:
            complete = False
    if len(items) == len(entries):
        return Rows(tuple(items), complete=complete, line=line(node))
    return Record(tuple(entries), complete=complete, line=line(node))
