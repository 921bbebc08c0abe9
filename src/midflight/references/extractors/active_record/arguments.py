"""Reads what a call of Ruby is given."""

from tree_sitter import Node

from midflight.references.model import HOLE
from midflight.references.postgrest import Named
from midflight.references.values import Record, Rows, Text, Unknown, Value

_DEEPEST = 20
_LISTS = frozenset({"array", "string_array", "symbol_array"})


def line(node: Node) -> int:
    """The 1-based line on which a node begins."""
    return int(node.start_point[0]) + 1


def text_of(source: bytes, node: Node | None) -> str:
    """The Ruby of a node, empty for none."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def arguments_of(source: bytes, call: Node) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """The arguments of a call by place, and those with a name; a hash in braces that comes last counts as names."""
    given = call.child_by_field_name("arguments")
    nodes = [each for each in given.named_children if each.type != "comment"] if given is not None else []
    placed = tuple(
        value_of(source, each, 0)
        for each in nodes
        if each.type not in {"pair", "hash_splat_argument", "block_argument"}
    )
    named = [each for each in nodes if each.type in {"pair", "hash_splat_argument"}]
    record = _record(source, named, line(call), 0)
    options = {key.name: value for key, value in record.entries}
    if named:
        placed = (*placed, record)
    elif placed and isinstance(placed[-1], Record):
        options = {key.name: value for key, value in placed[-1].entries}
    return placed, options


def value_of(source: bytes, node: Node, depth: int) -> Value:
    """A value as far as the text tells it."""
    at = line(node)
    if depth > _DEEPEST:
        return Unknown("", at)
    if node.type in {"simple_symbol", "hash_key_symbol"}:
        return Text(text_of(source, node).lstrip(":"), at)
    if node.type in {"string", "bare_symbol", "bare_string", "delimited_symbol"}:
        return Text("".join(_part(source, child) for child in node.named_children), at)
    if node.type in _LISTS:
        items = tuple(value_of(source, child, depth + 1) for child in node.named_children if child.type != "comment")
        return Rows(items, complete=True, line=at)
    if node.type == "hash":
        return _record(source, [child for child in node.named_children if child.type != "comment"], at, depth + 1)
    return Unknown(text_of(source, node)[:100], at)


def _part(source: bytes, node: Node) -> str:
    if node.type == "string_content":
        return text_of(source, node)
    return text_of(source, node)[-1:] if node.type == "escape_sequence" else HOLE


def _record(source: bytes, nodes: list[Node], at: int, depth: int) -> Record:
    entries: list[tuple[Named, Value]] = []
    complete = True
    for node in nodes:
        key = node.child_by_field_name("key") if node.type == "pair" else None
        value = node.child_by_field_name("value") if node.type == "pair" else None
        name = value_of(source, key, depth + 1) if key is not None else None
        if isinstance(name, Text) and HOLE not in name.text:
            inner = value_of(source, value, depth + 1) if value is not None else Unknown(name.text, name.line)
            entries.append((Named(name.text, name.line), inner))
        else:
            complete = False
    return Record(tuple(entries), complete=complete, line=at)
