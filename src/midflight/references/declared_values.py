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


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file with the bytes at which the values of its names begin, and those at which functions begin."""

    tree: Tree
    functions: Sequence[int]
    names: Mapping[str, Sequence[int]]
    seen: dict[int, Node | None] = field(default_factory=dict)
    values: dict[int, Value] = field(default_factory=dict)

    def declared(self, name: str, use: int) -> Node | None:
        """The value of a name at a byte: of its only declaration, or of the last one in the same function."""
        known = self.names.get(name, ())
        if not known:
            return None
        at = known[max(0, bisect(known, use) - 1)]
        if len(known) > 1 and (at > use or bisect(self.functions, at) != bisect(self.functions, use)):
            return None
        if at not in self.seen:
            found = next((node for node in self.tree.path_to(at) if node.start_byte == at), None)
            self.seen[at] = found if found is not None and found.end_byte - at < _LARGEST else None
        return self.seen[at]

    def known(self, name: str, use: Node, read: Callable[[Node], Value]) -> Value | None:
        """The value of a name as it counts where it is used, None where only the program knows it."""
        node = self.declared(name, use.start_byte)
        if node is None:
            return None
        if node.start_byte not in self.values:
            self.values[node.start_byte] = read(node)
        match self.values[node.start_byte]:
            case Text(text) if len(text) < _LONGEST:
                return Text(text, use.start_point[0] + 1)
            case Record(entries) as record if len(entries) < _MOST_ENTRIES:
                return record
            case _:
                return None


def source_of(tree: Tree, declared: re.Pattern[bytes], function: re.Pattern[bytes]) -> Source:
    """Give a file with the names that a pattern finds, its first group; the value begins where it ends."""
    names: dict[str, list[int]] = {}
    for found in islice(declared.finditer(tree.text), _MOST_NAMES):
        names.setdefault(found[1].decode("utf-8", "replace"), []).append(found.end())
    return Source(tree, [found.start() for found in function.finditer(tree.text)], names)


def plain(node: Node) -> list[Node]:
    """The named children of a node but for comments."""
    return [child for child in node.children if child.is_named and "comment" not in child.type]
