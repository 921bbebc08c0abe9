"""Finds what a name in TypeScript or JavaScript stands for, within its file."""

import re
from dataclasses import dataclass, field
from functools import cache

from tree_sitter import Language, Node, Query

from midflight.references.extractors.javascript.syntax import Source

_DECLARATIONS = """
(variable_declarator name: (identifier) @name value: (_) @value)
(variable_declarator name: (object_pattern) @pattern value: (_) @value)
(assignment_expression left: (identifier) @assigned)
(assignment_expression
  left: (member_expression object: (this) property: (property_identifier) @member) right: (_) @value)
(assignment_expression left: (member_expression object: (identifier) @extended property: (property_identifier) @key))
(assignment_expression left: (subscript_expression object: (identifier) @indexed))
(public_field_definition name: (property_identifier) @member value: (_) @value)
(enum_declaration name: (identifier) @name body: (enum_body) @value)
(function_declaration name: (identifier) @name) @value
"""
_FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function_declaration",
    }
)
_SCOPES = frozenset({"statement_block", "program", "switch_case", "switch_default"})


@cache
def _query(language: Language) -> Query:
    return Query(language, _DECLARATIONS)


def _bindings(pattern: str) -> list[tuple[str, str]]:
    """The properties that `{ a, b: c }` takes, and their names here."""
    return [(found[1] or found[2], found[2]) for found in re.finditer(r"(?:([\w$]+)\s*:\s*)?([\w$]+)", pattern)]


@dataclass(slots=True)
class Names:
    """The declarations of a file, read on first need."""

    source: Source
    _values: dict[str, list[Node]] = field(default_factory=dict)
    _patterns: dict[str, list[tuple[str, Node]]] = field(default_factory=dict)
    _scopes: dict[str, dict[int, Node]] = field(default_factory=dict)
    _members: dict[str, list[Node]] = field(default_factory=dict)
    _assigned: set[str] = field(default_factory=set)
    _extended: dict[str, list[Node]] = field(default_factory=dict)
    _indexed: set[str] = field(default_factory=set)
    _read: bool = False
    _budget: int = 200_000

    def spend(self) -> bool:
        """Whether there is still work to be spent on this file; constants that name each other multiply it."""
        self._budget -= 1
        return self._budget >= 0

    def value(self, name: str, at: Node) -> Node | None:
        """What `name` was declared with, as seen from `at`; None for parameters, imports and names assigned later."""
        self._prepare()
        return None if name in self._assigned else self._declared(name, at)

    def pattern(self, name: str, at: Node) -> tuple[str, Node] | None:
        """The property and the value that `const { property: name } = value` takes `name` from."""
        self._prepare()
        for key, value in self._patterns.get(name, ()):
            if self._visible(value, at):
                return key, value
        return None

    def member(self, name: str) -> Node | None:
        """The value of `this.name`, where the file gives it exactly one."""
        self._prepare()
        values = self._members.get(name, [])
        return values[0] if len(values) == 1 else None

    def additions(self, name: str) -> list[Node]:
        """The keys that statements such as `name.key = ...` add to an object."""
        self._prepare()
        return self._extended.get(name, [])

    def is_indexed(self, name: str) -> bool:
        """Whether a statement such as `name[key] = ...` adds keys that we cannot know."""
        self._prepare()
        return name in self._indexed

    def _prepare(self) -> None:
        if self._read:
            return
        self._read = True
        for captures in self.source.matches(_query(self.source.language)):
            match {key: nodes[0] for key, nodes in captures.items()}:
                case {"name": name, "value": value}:
                    self._values.setdefault(self.source.read(name), []).append(value)
                case {"pattern": pattern, "value": value}:
                    for key, local in _bindings(self.source.read(pattern)):
                        self._patterns.setdefault(local, []).append((key, value))
                case {"member": member, "value": value}:
                    self._members.setdefault(self.source.read(member), []).append(value)
                case {"assigned": name}:
                    self._assigned.add(self.source.read(name))
                case {"extended": name, "key": key}:
                    self._extended.setdefault(self.source.read(name), []).append(key)
                case {"indexed": name}:
                    self._indexed.add(self.source.read(name))

    def _declared(self, name: str, at: Node) -> Node | None:
        values = self._values.get(name)
        if not values:
            return None
        if name not in self._scopes:
            self._scopes[name] = {self._scope(value): value for value in reversed(values)}
        scopes = self._scopes[name]
        for node in reversed(self.source.path_to(at)):
            if node.type in _FUNCTIONS and self._has_parameter(node, name):
                return None
            if node.type in _SCOPES and node.id in scopes:
                return scopes[node.id]
        return None

    def _scope(self, value: Node) -> int:
        return next((node.id for node in reversed(self.source.path_to(value)[:-1]) if node.type in _SCOPES), 0)

    def _visible(self, declared: Node, at: Node) -> bool:
        scope = self._scope(declared)
        return any(node.id == scope for node in self.source.path_to(at))

    def _has_parameter(self, function: Node, name: str) -> bool:
        given = function.child_by_field_name("parameters") or function.child_by_field_name("parameter")
        return given is not None and bool(re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", self.source.read(given)))
