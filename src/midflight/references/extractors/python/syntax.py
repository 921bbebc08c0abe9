"""Parses Python, and finds what its names stand for within a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Query, QueryCursor

PYTHON = Language(tree_sitter_python.language())
_PARSER = Parser(PYTHON)
_DECLARATIONS = Query(
    PYTHON,
    """
(assignment left: (identifier) @name right: (_) @value)
(assignment left: (attribute object: (identifier) @self attribute: (identifier) @member) right: (_) @value)
(assignment left: (subscript value: (identifier) @extended subscript: (string) @key))
(assignment left: (subscript value: (identifier) @extended subscript: (identifier) @computed))
(augmented_assignment left: (identifier) @assigned)
(function_definition name: (identifier) @name) @value
(for_statement left: (identifier) @each right: (_) @rows)
(for_in_clause left: (identifier) @each right: (_) @rows)
""",
)
DEEPEST = 2_000
QUERY_DEPTH = 300  # the time of a query grows with the square of the depth it looks into
_SCOPES = frozenset({"module", "function_definition", "class_definition", "lambda"})


class TooDeepError(Exception):
    """A node lies deeper than we follow."""


@dataclass(slots=True)
class Source:
    """A parsed file and the declarations in it."""

    path: str
    text: bytes
    root: Node
    _paths: dict[int, list[Node]] = field(default_factory=dict)
    _values: dict[str, list[Node]] = field(default_factory=dict)
    _members: dict[str, list[Node]] = field(default_factory=dict)
    _extended: dict[str, list[Node]] = field(default_factory=dict)
    _looped: dict[str, list[Node]] = field(default_factory=dict)
    _indexed: set[str] = field(default_factory=set)
    _assigned: set[str] = field(default_factory=set)
    _prepared: bool = False
    _budget: int = 200_000

    def path_to(self, node: Node) -> list[Node]:
        """The nodes from the root down to `node`."""
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

    def spend(self) -> bool:
        """Whether there is still work to be spent on this file; constants that name each other multiply it."""
        self._budget -= 1
        return self._budget >= 0

    def value(self, name: str, at: Node) -> Node | None:
        """What `name` was assigned, as seen from `at`; None for parameters, imports and names assigned twice."""
        self._prepare()
        if name in self._assigned or name not in self._values:
            return None
        by_scope: dict[int, list[Node]] = {}
        for value in self._values[name]:
            by_scope.setdefault(self.scope(value).id, []).append(value)
        for node in reversed(self.path_to(at)):
            if node.type not in _SCOPES:
                continue
            if self._has_parameter(node, name):
                return None
            values = by_scope.get(node.id)
            if values:
                return values[0] if len(values) == 1 else None
        return None

    def assigned(self, name: str) -> list[Node]:
        """All that `name` is assigned anywhere in the file, in source order."""
        self._prepare()
        return self._values.get(name, [])

    def looped(self, name: str) -> list[Node]:
        """All that loops anywhere in the file take apart into `name`."""
        self._prepare()
        return self._looped.get(name, [])

    def member(self, name: str) -> Node | None:
        """The value of `self.name`, where the file gives it exactly one, in a method or in the class."""
        self._prepare()
        values = list(self._members.get(name, ()))
        values += [value for value in self._values.get(name, ()) if self.scope(value).type == "class_definition"]
        return values[0] if len(values) == 1 else None

    def additions(self, name: str) -> list[Node]:
        """The keys that `name["key"] = ...` adds to a dict."""
        self._prepare()
        return self._extended.get(name, [])

    def is_indexed(self, name: str) -> bool:
        """Whether `name[key] = ...` adds keys that we cannot know."""
        self._prepare()
        return name in self._indexed

    def scope(self, node: Node) -> Node:
        """The module, class or function that a node stands in."""
        path = self.path_to(node)
        return next((parent for parent in reversed(path[:-1]) if parent.type in _SCOPES), path[0])

    def _prepare(self) -> None:
        if self._prepared:
            return
        self._prepared = True
        for captures in self.matches(_DECLARATIONS):
            match {key: nodes[0] for key, nodes in captures.items()}:
                case {"name": name, "value": value}:
                    self._values.setdefault(self.read(name), []).append(value)
                case {"self": owner, "member": member, "value": value} if self.read(owner) in {"self", "cls"}:
                    self._members.setdefault(self.read(member), []).append(value)
                case {"extended": name, "key": key}:
                    self._extended.setdefault(self.read(name), []).append(key)
                case {"extended": name, "computed": _}:
                    self._indexed.add(self.read(name))
                case {"each": name, "rows": rows}:
                    self._looped.setdefault(self.read(name), []).append(rows)
                case {"assigned": name}:
                    self._assigned.add(self.read(name))

    def _has_parameter(self, scope: Node, name: str) -> bool:
        given = scope.child_by_field_name("parameters")
        return given is not None and bool(re.search(rf"\b{re.escape(name)}\b", self.read(given)))


def parse(path: str, text: bytes) -> Source:
    """Parse a file."""
    return Source(path, text, _PARSER.parse(text).root_node)


def line(node: Node) -> int:
    """The 1-based line on which a node begins."""
    return node.start_point[0] + 1


def bare(node: Node) -> Node:
    """The expression inside parentheses and `await`."""
    for _ in range(DEEPEST):
        if node.type not in {"parenthesized_expression", "await"}:
            break
        children = [child for child in node.named_children if child.type != "comment"]
        if not children:
            break
        node = children[0]
    return node


def arguments(call: Node) -> list[Node]:
    """The positional arguments of a call."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "argument_list":
        return []
    return [child for child in given.named_children if child.type not in {"comment", "keyword_argument"}]


def keywords(call: Node) -> list[tuple[Node, Node]]:
    """The names and values of a call's keyword arguments."""
    given = call.child_by_field_name("arguments")
    pairs = [child for child in given.named_children if child.type == "keyword_argument"] if given is not None else []
    both = ((pair.child_by_field_name("name"), pair.child_by_field_name("value")) for pair in pairs)
    return [(name, value) for name, value in both if name is not None and value is not None]


def exits(block: Node | None) -> Node | None:
    """The last statement of a block where it always leaves: return, raise, continue or break."""
    statements = [child for child in block.named_children if child.type != "comment"] if block is not None else []
    leaves = {"return_statement", "raise_statement", "continue_statement", "break_statement"}
    return statements[-1] if statements and statements[-1].type in leaves else None
