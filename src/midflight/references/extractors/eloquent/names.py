"""Resolves the names of classes as PHP does, by the namespace and the imports of a file."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.references.grammar import Node, Tree


@dataclass(frozen=True, slots=True)
class Names:
    """The namespace of a file and its imports by the name that the code uses."""

    namespace: str = ""
    used: dict[str, str] = field(default_factory=dict)

    def full(self, name: str) -> str:
        """The full name of a class, without the first backslash."""
        if name.startswith("\\"):
            return name[1:]
        first, mark, rest = name.partition("\\")
        if first in self.used:
            return self.used[first] + mark + rest
        return f"{self.namespace}\\{name}" if self.namespace else name


def names_of(tree: Tree) -> Names:
    """Read what a file imports."""
    namespace = ""
    used: dict[str, str] = {}
    waiting = deque([tree.root])
    while waiting:
        node = waiting.popleft()
        if node.type == "namespace_definition":
            namespace = next((tree.read(each) for each in node.children if each.type == "namespace_name"), namespace)
        if node.type in {"program", "namespace_definition", "compound_statement"}:
            waiting += node.children
        elif node.type == "namespace_use_declaration":
            used.update(_imports(tree, node))
    return Names(namespace, used)


def _imports(tree: Tree, node: Node) -> Iterator[tuple[str, str]]:
    prefix = next((tree.read(each) for each in node.children if each.type == "namespace_name"), "")
    for each in node.children:
        for clause in each.children if each.type == "namespace_use_group" else (each,):
            if clause.type != "namespace_use_clause":
                continue
            parts = [tree.read(part) for part in clause.children if part.type in {"name", "qualified_name"}]
            if parts:
                whole = f"{prefix}\\{parts[0]}" if prefix else parts[0]
                yield parts[-1].rpartition("\\")[2], whole.lstrip("\\")
