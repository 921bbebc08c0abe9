"""Parses Rust, and finds the items that a word opens."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_rust
from tree_sitter import Language, Node, Parser, Query, QueryCursor

RUST = Language(tree_sitter_rust.language())
MOST_ITEMS = 5_000  # of one kind in one file
DEEPEST = 1_000  # brackets: the time to find a node grows with its depth
_PARSER = Parser(RUST)
_QUERY_DEPTH = 300  # the time of a query grows with the square of the depth it looks into
_TESTS = re.compile(rb"#\[\s*cfg\s*\(\s*(?:all\s*\(\s*)?test\b[^\]\n]{0,200}\]")
_BINDINGS = Query(
    RUST,
    """
(let_declaration pattern: (identifier) @name)
(parameter pattern: (identifier) @name)
(closure_parameters (identifier) @name)
(for_expression pattern: (identifier) @name)
(tuple_pattern (identifier) @name)
(tuple_struct_pattern (identifier) @name)
(reference_pattern (identifier) @name)
(mut_pattern (identifier) @name)
(match_pattern (identifier) @name)
""",
)


class TooManyError(Exception):
    """A file holds more, or more deeply, than we read."""


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file; `tests` are the bytes from and to of what only its own tests compile."""

    path: str
    text: bytes
    root: Node
    tests: tuple[tuple[int, int], ...] = ()

    def read(self, node: Node) -> str:
        """The source text of a node."""
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def at(self, offset: int) -> Node | None:
        """The smallest node that holds the byte."""
        return self.root.descendant_for_byte_range(offset, offset + 1)

    def is_test(self, offset: int) -> bool:
        """Whether the byte lies in code that is compiled for tests alone."""
        index = bisect_right(self.tests, (offset, len(self.text))) - 1
        return index >= 0 and self.tests[index][0] <= offset < self.tests[index][1]

    def items(self, keyword: str, kind: str) -> Iterator[Node]:
        """The items of a kind that a keyword opens, in source order, without those of tests."""
        found = re.finditer(rb"\b" + keyword.encode() + rb"\s", self.text)
        for count, match in enumerate(found):
            if count >= MOST_ITEMS:
                raise TooManyError(f"the file says `{keyword}` more than {MOST_ITEMS} times")
            node = self.at(match.start())
            item = node.parent if node is not None and node.type == keyword else None
            if item is not None and item.type == kind and not self.is_test(match.start()):
                yield item

    def bound_names(self) -> frozenset[str]:
        """The names that patterns bind anywhere in the file."""
        cursor = QueryCursor(_BINDINGS)
        cursor.set_max_start_depth(_QUERY_DEPTH)
        return frozenset(self.read(node) for nodes in cursor.captures(self.root).values() for node in nodes)


def parse(path: str, text: bytes) -> Source:
    """Parse a file."""
    if _depth(text) > DEEPEST:
        raise TooManyError("the code is nested too deeply")
    root = _PARSER.parse(text).root_node
    return Source(path, text, root, tuple(_tests(root, text)))


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for bracket in re.findall(rb"[(){}\[\]]", text):
        depth = depth + 1 if bracket in b"({[" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _tests(root: Node, text: bytes) -> Iterator[tuple[int, int]]:
    end = 0
    for count, found in enumerate(_TESTS.finditer(text)):
        if count >= MOST_ITEMS:
            raise TooManyError(f"the file has more than {MOST_ITEMS} parts for tests")
        if found.start() < end:
            continue
        attribute = root.descendant_for_byte_range(found.start(), found.end())
        if attribute is None or attribute.type != "attribute_item":
            continue
        item = attribute.next_named_sibling
        while item is not None and item.type in {"attribute_item", "line_comment", "block_comment"}:
            item = item.next_named_sibling
        if item is not None and item.type in {"mod_item", "function_item", "impl_item", "struct_item"}:
            end = item.end_byte
            yield item.start_byte, end


def line(node: Node) -> int:
    """The 1-based line on which a node begins."""
    return node.start_point[0] + 1
