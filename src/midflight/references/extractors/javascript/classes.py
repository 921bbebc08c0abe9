"""Reads what decorators say of classes and their properties in TypeScript."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.model import HOLE
from midflight.references.values import Record, Rows, Text, Unknown, Value

MOST_CLASSES = 500
_CLASS = re.compile(rb"\bclass\s+([A-Za-z_$][\w$]*)")
_KINDS = frozenset({"class_declaration", "class", "abstract_class_declaration"})


@dataclass(frozen=True, slots=True)
class Said:
    """A decorator: its name and what it is given."""

    name: str
    given: tuple[Value, ...]
    nodes: tuple[Node, ...]

    def options(self) -> Record | None:
        """The object among the arguments; an incomplete empty one where an argument is not readable."""
        found = next((value for value in self.given if isinstance(value, Record)), None)
        if found is None and any(isinstance(v, Unknown) and re.fullmatch(r"[\w$.]+", v.text) for v in self.given[-1:]):
            return Record((), complete=False, line=self.given[-1].line)
        return found


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a class with its decorators."""

    name: str
    line: int
    said: tuple[Said, ...]
    type: str
    is_static: bool = False


@dataclass(frozen=True, slots=True)
class Class:
    """A class with its decorators, what it extends (as source, without type arguments) and those, its properties."""

    name: str
    line: int
    said: tuple[Said, ...]
    base: str
    base_types: str
    properties: tuple[Property, ...]


def find_classes(names: Names) -> Iterator[Class]:
    """Yield the classes of a file."""
    source = names.source
    for count, found in enumerate(_CLASS.finditer(source.text)):
        if count >= MOST_CLASSES:
            return
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        path = source.path_to(node) if node is not None else []
        if len(path) > 1 and path[-2].type in _KINDS:
            yield _class(names, path[-2], path[-3] if len(path) > 2 else path[-2])


def _class(names: Names, node: Node, outer: Node) -> Class:
    source = names.source
    name = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    heritage = next((child for child in node.named_children if child.type == "class_heritage"), None)
    text = source.read(heritage)[:2000] if heritage is not None else ""
    extends = re.match(r"extends\s+([\w$.]+)\s*(?:<([^{]*)>)?", text)
    said = [*_said(names, node)]
    if outer.type == "export_statement":
        said = [*_said(names, outer), *said]
    return Class(
        source.read(name) if name is not None else "",
        line(name) if name is not None else line(node),
        tuple(said),
        extends[1] if extends else ("?" if "extends" in text else ""),
        (extends[2] or "") if extends else "",
        tuple(_properties(names, body)) if body is not None else (),
    )


def _said(names: Names, node: Node) -> Iterator[Said]:
    for child in node.named_children:
        if child.type == "decorator" and child.named_children:
            yield _decorator(names, bare(child.named_children[0]))


def _decorator(names: Names, node: Node) -> Said:
    source = names.source
    if node.type != "call_expression":
        return Said(source.read(node).rpartition(".")[2], (), ())
    function = node.child_by_field_name("function")
    given = arguments(node)
    name = source.read(function).rpartition(".")[2] if function is not None else ""
    return Said(name, tuple(value_of(each, names) for each in given), tuple(given))


def _properties(names: Names, body: Node) -> Iterator[Property]:
    source = names.source
    waiting: list[Said] = []
    for child in body.named_children:
        if child.type == "decorator" and child.named_children:  # those of a method stand beside it
            waiting.append(_decorator(names, bare(child.named_children[0])))
            continue
        if child.type == "comment":
            continue
        name = child.child_by_field_name("name")
        kind = child.child_by_field_name("type")
        if name is not None and child.type in {"public_field_definition", "method_definition"}:
            text = source.read(kind).lstrip(": ") if kind is not None else ""
            static = any(each.type == "static" for each in child.children)
            said = (*waiting, *_said(names, child))
            yield Property(source.read(name).strip("'\""), line(name), said, text, static)
        waiting = []


def named(options: Record | None, key: str) -> Value | None:
    """The value of an option."""
    return next((value for name, value in options.entries if name.name == key), None) if options else None


def text(value: Value | None) -> str | None:
    """A known text, "" where there is none, None where this file does not tell it."""
    if value is None or (isinstance(value, Unknown) and value.text == "undefined"):
        return ""
    return value.text if isinstance(value, Text) and HOLE not in value.text else None


def is_off(options: Record | None, key: str) -> bool:
    """Whether an option is `false`."""
    value = named(options, key)
    return isinstance(value, Unknown) and value.text == "false"


def is_on(options: Record | None, key: str) -> bool:
    """Whether an option is `true`."""
    value = named(options, key)
    return isinstance(value, Unknown) and value.text == "true"


def class_of(names: Names, said: Said) -> str:
    """The class that `() => User`, `(type) => User` or `'User'` names in a decorator's first argument."""
    first = said.nodes[0] if said.nodes else None
    if first is None:
        return ""
    if first.type == "string":
        return names.source.read(first).strip("'\"")
    body = first.child_by_field_name("body") if first.type == "arrow_function" else first
    body = bare(body) if body is not None else None
    name = names.source.read(body) if body is not None and body.type in {"identifier", "member_expression"} else ""
    return name.rpartition(".")[2]


def items(value: Value | None) -> tuple[Value, ...]:
    """The values of a list, or the one value."""
    if value is None:
        return ()
    return value.items if isinstance(value, Rows) else (value,)
