"""Reads what a call of GORM is given.

A struct is a record whose names begin with a dot; `#` stands for its type, and `()` for the function of a call.
"""

from tree_sitter import Node

from midflight.references.extractors.gorm_calls.types import named_type, text_of
from midflight.references.model import HOLE
from midflight.references.postgrest import Named
from midflight.references.values import Record, Rows, Text, Unknown, Value

_DEEPEST = 12
_STRINGS = frozenset({"interpreted_string_literal", "raw_string_literal"})


def line(node: Node) -> int:
    """The 1-based line on which a node begins."""
    return int(node.start_point[0]) + 1


def value_of(source: bytes, node: Node, imports: dict[str, str], types: dict[str, str], depth: int = 0) -> Value:
    """A value as far as the text and the types of variables tell it."""
    at = line(node)
    if depth > _DEEPEST:
        return Unknown("", at)
    while node.type in {"unary_expression", "literal_element", "parenthesized_expression"} and node.named_children:
        node = node.named_children[-1]
    match node.type:
        case "identifier":
            kind = types.get(text_of(source, node), "")
            known = ((Named("#", at), Text(kind, at)),)
            return Record(known, complete=False, line=at) if kind else Unknown(text_of(source, node), at)
        case "composite_literal":
            return _literal(source, node, (imports, types), depth)
        case "literal_value":
            return _record(source, node, (imports, types), depth, kind="")
        case "call_expression":
            return _call(source, node, (imports, types), depth)
    text = _text(source, node, 0)
    return Text(text, at) if text.strip(HOLE) else Unknown(text_of(source, node)[:100], at)


def _text(source: bytes, node: Node, depth: int) -> str:
    """The characters of a string, also of one put together; what is put in is a hole."""
    if node.type in _STRINGS:
        text = text_of(source, node)
        return text[1:-1] if node.type == "raw_string_literal" else text[1:-1].replace('\\"', '"').replace("\\n", " ")
    if node.type == "binary_expression" and depth < _DEEPEST:
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type == "+":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            return "".join(_text(source, each, depth + 1) if each is not None else "" for each in (left, right))
    return HOLE


def _literal(source: bytes, node: Node, known: tuple[dict[str, str], dict[str, str]], depth: int) -> Value:
    kind, body = node.child_by_field_name("type"), node.child_by_field_name("body")
    at = line(node)
    if kind is None or body is None:
        return Unknown("", at)
    if kind.type in {"slice_type", "array_type", "implicit_length_array_type"}:
        parts = [child for child in body.named_children if child.type != "comment"]
        items = tuple(value_of(source, part, *known, depth + 1) for part in parts)
        element = named_type(source, kind, known[0])
        if element and not any(isinstance(each, Text) for each in items):
            mark = Record(((Named("#", at), Text(element, at)),), complete=False, line=at)
            return Rows((mark, *items), complete=True, line=at)
        return Rows(items, complete=True, line=at)
    is_map = kind.type == "map_type" or text_of(source, kind) in {"gin.H", "echo.Map", "fiber.Map"}
    return _record(source, body, known, depth, kind="map" if is_map else named_type(source, kind, known[0]) or "?")


def _record(source: bytes, body: Node, known: tuple[dict[str, str], dict[str, str]], depth: int, *, kind: str) -> Value:
    at = line(body)
    entries: list[tuple[Named, Value]] = []
    complete = True
    if kind != "map":
        entries.append((Named("#", at), Text(kind, at)))
    for element in body.named_children:
        if element.type != "keyed_element" or len(element.named_children) != 2:
            complete = complete and element.type == "comment"
            continue
        key, value = element.named_children
        inner = value_of(source, value, *known, depth + 1)
        name = _text(source, key.named_children[0], 0) if kind == "map" and key.named_children else HOLE
        if kind != "map":
            name = "." + text_of(source, key)
        if HOLE in name:
            complete = False
        else:
            entries.append((Named(name, line(key)), inner))
    return Record(tuple(entries), complete=complete, line=at)


def _call(source: bytes, node: Node, known: tuple[dict[str, str], dict[str, str]], depth: int) -> Value:
    at = line(node)
    function = text_of(source, node.child_by_field_name("function"))[:100]
    given = node.child_by_field_name("arguments")
    nodes = [each for each in given.named_children if each.type != "comment"] if given is not None else []
    if function == "new" and len(nodes) == 1:
        kind = "." + text_of(source, nodes[0]) if nodes[0].type == "identifier" else ""
        return Record(((Named("#", at), Text(kind, at)),), complete=False, line=at) if kind else Unknown("", at)
    if function.startswith("clause."):
        values = [(Named(str(i), at), value_of(source, each, *known, depth + 1)) for i, each in enumerate(nodes)]
        return Record(((Named("()", at), Text(function, at)), *values), complete=False, line=at)
    return Unknown(function, at)
