"""Parses TypeScript and JavaScript, and reads the plain facts of a syntax tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from midflight.references.extractors.javascript.scripts import SUFFIXES as COMPONENTS
from midflight.references.extractors.javascript.scripts import scripts_of

TYPESCRIPT = Language(tree_sitter_typescript.language_typescript())
TSX = Language(tree_sitter_typescript.language_tsx())
_PARSERS = {"typescript": Parser(TYPESCRIPT), "tsx": Parser(TSX)}
_PLAIN = frozenset({".ts", ".mts", ".cts", *COMPONENTS})  # `<T>value` is a cast there; elsewhere it is JSX

DEEPEST = 2_000
QUERY_DEPTH = 300  # the time of a query grows with the square of the depth it looks into

_WRAPPERS = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "await_expression",
        "type_assertion",
    }
)


class TooDeepError(Exception):
    """A node lies deeper than we follow."""


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file."""

    path: str
    text: bytes
    root: Node
    language: Language
    _paths: dict[int, list[Node]] = field(default_factory=dict)

    def path_to(self, node: Node) -> list[Node]:
        """The nodes from the root down to `node`; asking a node for its parent would walk the tree each time."""
        known = self._paths.get(node.id)
        if known is None:
            known = list(self._descend(node))
            self._paths[node.id] = known
        return known

    def _descend(self, node: Node) -> Iterator[Node]:
        here: Node | None = self.root
        depth = 0
        while here is not None:
            yield here
            depth += 1
            if depth > DEEPEST:
                raise TooDeepError
            here = None if here == node else here.child_with_descendant(node)

    def read(self, node: Node) -> str:
        """The source text of a node."""
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def matches(self, query: Query) -> list[dict[str, list[Node]]]:
        """The captures of each match of a query."""
        cursor = QueryCursor(query)
        cursor.set_max_start_depth(QUERY_DEPTH)
        return [captures for _, captures in cursor.matches(self.root)]


def parse(path: str, text: bytes) -> Source:
    """Parse a file; of a Vue, Svelte or Astro component only the scripts, on their own lines."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in COMPONENTS:
        text = scripts_of(text, suffix)
    name = "typescript" if suffix in _PLAIN else "tsx"
    tree = _PARSERS[name].parse(text)
    return Source(path, text, tree.root_node, TYPESCRIPT if name == "typescript" else TSX)


def line(node: Node) -> int:
    """The 1-based line on which a node begins."""
    return node.start_point[0] + 1


def bare(node: Node) -> Node:
    """The expression inside parentheses, casts and `await`."""
    for _ in range(DEEPEST):
        if node.type not in _WRAPPERS:
            break
        inner = _wrapped(node)
        if inner is None:
            break
        node = inner
    return node


def _wrapped(node: Node) -> Node | None:
    children = [child for child in node.named_children if child.type != "comment"]
    if not children:
        return None
    return children[-1] if node.type == "type_assertion" else children[0]


def callee(call: Node) -> Node | None:
    """The function of a call; tree-sitter-typescript 0.23 reads `await f<T>(x)` as a call of `await f`."""
    function = call.child_by_field_name("function")
    if function is not None and function.type == "await_expression":
        return _wrapped(function)
    return function


def called(path: list[Node]) -> Node | None:
    """The call of the method whose name a path ends with, None where it is not called."""
    if len(path) > 3 and path[-3].type == "await_expression":
        path = [*path[:-3], *path[-2:]]
    call = path[-3] if len(path) > 2 else None
    return call if call is not None and call.type == "call_expression" and callee(call) == path[-2] else None


def arguments(call: Node) -> list[Node]:
    """The argument nodes of a call."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "arguments":
        return []
    return [child for child in given.named_children if child.type != "comment"]


def exits(node: Node | None) -> Node | None:
    """The last statement of a branch where it always leaves: return, throw, continue or break."""
    if node is None:
        return None
    if node.type == "statement_block":
        statements = [child for child in node.named_children if child.type != "comment"]
        node = statements[-1] if statements else None
    leaves = {"return_statement", "throw_statement", "continue_statement", "break_statement"}
    return node if node is not None and node.type in leaves else None
