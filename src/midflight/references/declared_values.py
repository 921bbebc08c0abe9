"""Finds the value of a name that a file itself declares once and for all (`val` of Kotlin, `let` of Swift)."""

import re
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from midflight.references.grammar import Node, Tree
from midflight.references.values import Record, Text, Value

_MOST_NAMES = 5_000
# many calls may name the same value, each of which lists it again
_LONGEST = 1_000
_MOST_ENTRIES = 100
_LARGEST = 5_000  # bytes
_FUNCTIONS = frozenset({"function_declaration", "init_declaration", "anonymous_function"})


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file with the bytes at which the values of its names begin."""

    tree: Tree
    names: Mapping[str, Sequence[int]]
    seen: dict[int, tuple[Node | None, tuple[int, int]]] = field(default_factory=dict)
    values: dict[int, Value] = field(default_factory=dict)

    def declared(self, name: str, use: int) -> Node | None:
        """The value of a name at a byte: of its only declaration, or of the last one in the same function."""
        known = self.names.get(name, ())
        if not known:
            return None
        at = known[max(0, bisect(known, use) - 1)]
        if at not in self.seen:
            self.seen[at] = self._found(at)
        node, (start, end) = self.seen[at]
        return node if start <= use < end and (len(known) == 1 or at < use) else None

    def _found(self, at: int) -> tuple[Node | None, tuple[int, int]]:
        """The value that begins at a byte, and the function in which its name counts."""
        path = self.tree.path_to(at)
        node = next((node for node in path if node.start_byte == at), None)
        functions = [node for node in path if node.type in _FUNCTIONS]
        inside = (functions[-1].start_byte, functions[-1].end_byte) if functions else (0, len(self.tree.text))
        return (node if node is not None and node.end_byte - at < _LARGEST else None), inside

    def known(self, name: str, use: Node, read: Callable[[Node], Value]) -> Value | None:
        """The value of a name, None where only the program knows it; a name of one line counts where it is used."""
        node = self.declared(name, use.start_byte)
        if node is None:
            return None
        if node.start_byte not in self.values:
            self.values[node.start_byte] = read(node)
        value = self.values[node.start_byte]
        match value:
            case Text(text) if len(text) < _LONGEST:
                return Text(text, value.line if "\n" in text else use.start_point[0] + 1)
            case Record(entries) if len(entries) < _MOST_ENTRIES:
                return value
            case _:
                return None


def source_of(tree: Tree, declared: re.Pattern[bytes]) -> Source:
    """Give a file with the names that a pattern finds, its first group; the value begins where it ends."""
    names: dict[str, list[int]] = {}
    for found in islice(declared.finditer(tree.text), _MOST_NAMES):
        names.setdefault(found[1].decode("utf-8", "replace"), []).append(found.end())
    return Source(tree, names)


def plain(node: Node) -> list[Node]:
    """The named children of a node but for comments."""
    return [child for child in node.children if child.is_named and "comment" not in child.type]
