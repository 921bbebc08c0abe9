"""What a leaf tells the shared reader of strings: how its tree names literals, and how they are joined and filled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

DEEPEST = 1_000  # nodes above one another: the time to find a node grows with its depth


class TooDeepError(Exception):
    """A file is nested more deeply than we read."""


class Node(Protocol):
    """A node of a syntax tree, as far as it is read here; the parsers themselves stay in the leaves."""

    @property
    def id(self) -> int:
        """The same for the same node."""

    @property
    def type(self) -> str:
        """What the grammar calls it."""

    @property
    def is_named(self) -> bool:
        """Whether it is more than a mark."""

    @property
    def start_byte(self) -> int:
        """Its first byte."""

    @property
    def end_byte(self) -> int:
        """The byte after its last."""

    @property
    def start_point(self) -> tuple[int, int]:
        """Row and column of its first byte, from 0."""

    @property
    def end_point(self) -> tuple[int, int]:
        """Row and column after its last byte."""

    @property
    def children(self) -> Sequence["Node"]:
        """What it is made of."""

    def descendant_for_byte_range(self, start: int, end: int, /) -> "Node | None":
        """The smallest node inside that holds the bytes."""

    def child_with_descendant(self, descendant: Any, /) -> "Node | None":  # noqa: ANN401 - the parser takes its own class alone
        """The child that holds another node."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed file."""

    path: str
    text: bytes
    root: Node

    def path_to(self, offset: int) -> list[Node]:
        """The nodes from the root down to the smallest one that holds the byte."""
        target = self.root.descendant_for_byte_range(offset, offset + 1)
        path: list[Node] = []
        here: Node | None = self.root if target is not None else None
        while here is not None:
            path.append(here)
            if len(path) > DEEPEST:
                raise TooDeepError
            here = here.child_with_descendant(target) if target is not None and here.id != target.id else None
        return path

    def read(self, node: Node) -> str:
        """The source of a node."""
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one language writes strings.

    `literals` are string literals, `content` their plain characters, `inner` what holds more of these; marks that are
    named nodes are `delimiters`. Everything else in a literal is put in by the program. `joins` gives the operators by
    the node that joins strings with them ("" where they only stand side by side). `declared` is a pattern for what
    stands before the value of a constant (`NAME` is its name). `printf` and `braces` are the functions, in lower case,
    that fill `%s` and `{0}`; `spells` turns the characters of a kind of literal into those of the string.
    """

    literals: frozenset[str]
    content: frozenset[str]
    declared: str
    inner: frozenset[str] = frozenset()
    delimiters: frozenset[str] = frozenset()
    joins: tuple[tuple[str, str], ...] = ()
    printf: frozenset[str] = frozenset()
    braces: frozenset[str] = frozenset()
    spells: Callable[[str, str], str] = lambda _, text: text

    def operator(self, node: Node) -> str | None:
        """The operator by which a node joins strings, None where it does not."""
        for kind, operator in self.joins:
            marks = {child.type for child in node.children if not child.is_named} if node.type == kind else set()
            if node.type == kind and (not operator or operator in marks):
                return operator
        return None


def line(node: Node) -> int:
    """The 1-based line on which a node begins."""
    return node.start_point[0] + 1
