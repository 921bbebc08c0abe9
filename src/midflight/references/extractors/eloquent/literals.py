"""Reads PHP's strings and arrays."""

import re
from collections.abc import Iterator

from midflight.references.grammar import Node as Named
from midflight.references.grammar import Tree


def listed(tree: Tree, node: Named | None, *, keys: bool) -> Iterator[tuple[str, int]]:
    """The strings of a list, or the keys of a record, with their lines."""
    for element in named(node) if node is not None and node.type == "array_creation_expression" else []:
        parts = named(element)
        if element.type == "array_element_initializer" and len(parts) == 1 + keys:
            text = string(tree, parts[0])
            if text and re.fullmatch(r"\w+", text):
                yield text, parts[0].start_point[0] + 1


def string(tree: Tree, node: Named | None) -> str | None:
    """The characters of a literal; None where the program puts something in."""
    if node is None or node.type not in {"string", "encapsed_string"}:
        return None
    text = tree.read(node)[1:-1]
    return text if not re.search(r"[\\${}\n]", text) else None


def named(node: Named) -> list[Named]:
    """The named children of a node but for comments."""
    return [child for child in node.children if child.is_named and child.type != "comment"]


def strings(tree: Tree, value: Named) -> Iterator[tuple[str, int]]:
    """A string, or the strings and keys of an array, with their lines."""
    text = string(tree, value)
    if text is not None:
        yield text, value.start_point[0] + 1
    for each in named(value) if value.type == "array_creation_expression" else []:
        parts = named(each)
        inner = string(tree, parts[0]) if parts else None
        if inner is not None and each.type == "array_element_initializer":
            yield inner, parts[0].start_point[0] + 1
