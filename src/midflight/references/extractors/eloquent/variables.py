"""Reads what the parameters and variables of a PHP function are."""

from collections import deque

from midflight.references.extractors.eloquent.arguments import CLOSURES, child_of
from midflight.references.extractors.eloquent.literals import named
from midflight.references.grammar import Node, Tree

_MOST_NODES = 20_000
_LOST = frozenset({"foreach_statement", "list_literal", "unset_statement", "global_declaration", "catch_clause"})


def parameters(tree: Tree, function: Node) -> list[tuple[str, str]]:
    """The parameters, each with the class that its type names, if it is one alone."""
    listed = child_of(function, "formal_parameters")
    found = []
    for each in named(listed) if listed is not None else []:
        variable = child_of(each, "variable_name")
        kind = child_of(each, "named_type", "optional_type")
        kind = kind and (child_of(kind, "named_type") if kind.type == "optional_type" else kind)
        if variable is not None:
            found.append((tree.read(variable), tree.read(kind) if kind is not None else ""))
    return found


def assigned(tree: Tree, function: Node) -> dict[str, list[Node]]:
    """The values that each variable is given in a function, without those of the functions inside it.

    A variable that gets a value in a way that is not followed is given the node of that way.
    """
    found: dict[str, list[Node]] = {}
    waiting = deque(child for child in function.children if child.is_named)
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.popleft()
        if node.type in CLOSURES or node.type in {"class_declaration", "anonymous_class"}:
            continue
        if node.type == "assignment_expression" and len(named(node)) > 1:
            left, right = named(node)[0], named(node)[-1]
            if left.type == "variable_name":
                found.setdefault(tree.read(left), []).append(right)
        elif node.type in _LOST or node.type == "reference_assignment_expression":
            for child in named(node):
                for name in _variables(tree, child):
                    found.setdefault(name, []).append(node)
        waiting += (child for child in node.children if child.is_named)
    return found


def _variables(tree: Tree, node: Node) -> list[str]:
    if node.type == "variable_name":
        return [tree.read(node)]
    if node.type in {"pair", "by_ref", "array_element_initializer"}:
        return [name for child in named(node) for name in _variables(tree, child)]
    return []
