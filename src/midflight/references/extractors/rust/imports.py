"""Which names of a file stand for tables: what its `use` lines bring in from a `schema` module."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from midflight.references.extractors.rust.names import Table, after_schema
from midflight.references.extractors.rust.syntax import MOST_ITEMS, Source, TooManyError, line

_PARTS = frozenset({"dsl", "columns"})  # modules of a table's module that repeat its columns
_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_NOT_COLUMNS = frozenset({"self", "table", "dsl", "columns", "all_columns", "star"})


@dataclass(frozen=True, slots=True)
class Imported:
    """A column that a `use` line brings in by name."""

    table: Table
    column: str
    line: int
    start: int


@dataclass(frozen=True, slots=True)
class Glob:
    """`use schema::posts::dsl::*`, and the bytes from and to in which it holds."""

    table: Table
    scope: tuple[int, int]
    line: int
    start: int


@dataclass(slots=True)
class Imports:
    """What the `use` lines of a file bring in; `spans` are their bytes."""

    tables: dict[str, Table] = field(default_factory=dict)
    columns: list[Imported] = field(default_factory=list)
    globs: list[Glob] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One name of a `use` tree, written out."""

    path: tuple[str, ...]
    name: str
    node: Node


def read_imports(source: Source) -> Imports:
    """Give the tables and columns that a file brings in."""
    imports = Imports()
    for item in source.items("use", "use_declaration"):
        imports.spans.append((item.start_byte, item.end_byte))
        for leaf in _leaves(source, item):
            _note(source, imports, leaf, item)
    for item in source.items("mod", "mod_item"):
        name = item.child_by_field_name("name")
        imports.others.add(source.read(name) if name is not None else "")
    for other in imports.others & imports.tables.keys():
        del imports.tables[other]  # another module of that name: which one a line means is not ours to guess
    return imports


def _leaves(source: Source, item: Node) -> Iterator[_Leaf]:
    argument = item.child_by_field_name("argument")
    stack: list[tuple[Node, tuple[str, ...]]] = [(argument, ())] if argument is not None else []
    spent = 0
    while stack:
        node, prefix = stack.pop()
        spent += 1 + len(prefix)
        if spent > 20 * MOST_ITEMS:
            raise TooManyError("a `use` names too much")
        match node.type:
            case "scoped_use_list":
                path, within = node.child_by_field_name("path"), node.child_by_field_name("list")
                here = prefix + (_segments(source, path) if path is not None else ())
                stack += [(within, here)] if within is not None else []
            case "use_list":
                stack += [(child, prefix) for child in reversed(node.named_children)]
            case "use_wildcard":
                path = node.named_children[0] if node.named_children else None
                yield _Leaf(prefix + (_segments(source, path) if path is not None else ()), "*", node)
            case "use_as_clause":
                path, alias = node.child_by_field_name("path"), node.child_by_field_name("alias")
                if path is not None and alias is not None:
                    yield _Leaf(prefix + _segments(source, path), source.read(alias), node)
            case "identifier" | "scoped_identifier" | "self":
                path_here = prefix + _segments(source, node)
                path_here = path_here[:-1] if path_here[-1] == "self" and len(path_here) > 1 else path_here
                yield _Leaf(path_here, path_here[-1], node)


def _segments(source: Source, node: Node) -> tuple[str, ...]:
    return tuple(part.strip().removeprefix("r#") for part in source.read(node)[:1000].split("::") if part.strip())


def _note(source: Source, imports: Imports, leaf: _Leaf, item: Node) -> None:
    rest = after_schema(leaf.path)
    if rest is None or (not rest and leaf.name != "*"):
        imports.others.add(leaf.name)
        return
    if leaf.name == "*":
        _note_glob(source, imports, rest, leaf, item)
        return
    if not all(_NAME.match(part) for part in rest):
        return
    table, column = _read(source, rest)
    if not column:
        imports.tables[leaf.name] = table
    elif column == table.name:
        imports.tables[leaf.name] = table  # `use schema::posts::dsl::posts`
    elif column not in _NOT_COLUMNS:
        imports.columns.append(Imported(table, column, line(leaf.node), leaf.node.start_byte))


def _read(source: Source, rest: tuple[str, ...]) -> tuple[Table, str]:
    """`posts`, `auth::users`, `posts::title` and `posts::dsl::title`: two bare names are told apart by their use."""
    for index, part in enumerate(rest):
        if part in _PARTS and index > 0:
            return _table(rest[:index]), rest[index + 1] if len(rest) > index + 1 else part
    if len(rest) == 1:
        return Table(rest[0]), ""
    if len(rest) == 2 and rest[1] not in _NOT_COLUMNS and _is_module(source, rest[1]):
        return _table(rest), ""
    return _table(rest[:-1]), rest[-1]


def _is_module(source: Source, name: str) -> bool:
    pattern = rb"\b" + name.encode() + rb"::|\btable_name\s*=\s*(?:\w+::)*" + name.encode() + rb"\b"
    return re.search(pattern, source.text) is not None


def _table(rest: tuple[str, ...]) -> Table:
    return Table(rest[-1], rest[-2] if len(rest) > 1 else "")


def _note_glob(source: Source, imports: Imports, rest: tuple[str, ...], leaf: _Leaf, item: Node) -> None:
    if not rest:
        used = re.finditer(rb"(?<![\w:])([a-z_]\w*)::(?:table|dsl)\b", source.text)
        for found in used:
            name = found[1].decode()
            imports.tables.setdefault(name, Table(name))
        return
    named = rest[:-1] if rest[-1] in _PARTS else rest
    scope = item.parent if item.parent is not None else source.root
    if named and all(_NAME.match(part) for part in named) and rest[-1] in _PARTS:
        table = _table(named)
        imports.globs.append(Glob(table, (scope.start_byte, scope.end_byte), line(leaf.node), leaf.node.start_byte))
        imports.tables.setdefault(table.name, table)
