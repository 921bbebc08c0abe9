"""Reads the types of Go's variables where a function declares them."""

import re
from collections import deque
from collections.abc import Iterator

from tree_sitter import Node

_MOST_NODES = 20_000
_VERSION = re.compile(r"/v\d+\Z")


def text_of(source: bytes, node: Node | None) -> str:
    """The Go of a node, empty for none."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def imports_of(source: bytes, root: Node) -> dict[str, str]:
    """The packages that a file imports, by the name that it uses."""
    found = {}
    waiting = deque(child for child in root.named_children if child.type == "import_declaration")
    while waiting:
        node = waiting.popleft()
        if node.type == "import_spec":
            path = text_of(source, node.child_by_field_name("path")).strip('"`')
            name = text_of(source, node.child_by_field_name("name"))
            found[name or _VERSION.sub("", path).rpartition("/")[2]] = path
        else:
            waiting += node.named_children
    return found


def named_type(source: bytes, node: Node | None, imports: dict[str, str]) -> str:
    """The struct behind a type, `package.Name`, of which a slice or a pointer is one as well; "" for any other.

    A type of the file's own package begins with a dot.
    """
    for _ in range(6):
        if node is None or node.type not in {"pointer_type", "slice_type", "array_type", "parenthesized_type"}:
            break
        node = node.child_by_field_name("element") or (node.named_children[-1] if node.named_children else None)
    if node is not None and node.type == "type_identifier":
        name = text_of(source, node)
        return f".{name}"
    if node is not None and node.type == "qualified_type":
        package = imports.get(text_of(source, node.child_by_field_name("package")), "")
        return f"{package}.{text_of(source, node.child_by_field_name('name'))}" if package else ""
    return ""


def type_of_value(source: bytes, node: Node | None, imports: dict[str, str]) -> str:
    """The struct of `&User{}`, `[]User{}`, `new(User)` or `make([]User, 0)`."""
    if node is not None and node.type == "unary_expression":
        node = node.child_by_field_name("operand")
    if node is None:
        return ""
    if node.type == "composite_literal":
        return named_type(source, node.child_by_field_name("type"), imports)
    if node.type == "call_expression" and text_of(source, node.child_by_field_name("function")) in {"new", "make"}:
        given = node.child_by_field_name("arguments")
        first = given.named_children[0] if given is not None and given.named_children else None
        if first is not None and first.type == "identifier":
            return "." + text_of(source, first)
        if first is not None and first.type == "selector_expression":
            package = imports.get(text_of(source, first.child_by_field_name("operand")), "")
            return f"{package}.{text_of(source, first.child_by_field_name('field'))}" if package else ""
        return named_type(source, first, imports)
    return ""


def declared(
    source: bytes, function: Node, imports: dict[str, str]
) -> tuple[dict[str, set[str]], dict[str, list[Node]]]:
    """The structs and the values of each name that a function declares, but for the functions inside it."""
    types: dict[str, set[str]] = {}
    values: dict[str, list[Node]] = {}
    waiting = deque(function.named_children)
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.popleft()
        if node.type == "func_literal":
            continue
        if node.type in {"parameter_declaration", "var_spec"}:
            kind = node.child_by_field_name("type")
            value = node.child_by_field_name("value")
            given = value.named_children[0] if value is not None and value.named_children else None
            found = named_type(source, kind, imports) if kind is not None else type_of_value(source, given, imports)
            for name in node.children_by_field_name("name"):
                types.setdefault(text_of(source, name), set()).add(found)
        elif node.type in {"short_var_declaration", "assignment_statement", "range_clause"}:
            for name, right in _pairs(node):
                key = text_of(source, name)
                values.setdefault(key, []).append(right if right is not None else node)
                if node.type != "assignment_statement":
                    types.setdefault(key, set()).add(type_of_value(source, right, imports))
        waiting += node.named_children
    return types, values


def _pairs(node: Node) -> Iterator[tuple[Node, Node | None]]:
    """Each name with its own value; none where one call gives several."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    names = left.named_children if left is not None else []
    parts = right.named_children if right is not None and node.type != "range_clause" else []
    for at, name in enumerate(names):
        if name.type == "identifier":
            yield name, parts[at] if len(parts) == len(names) else None
