"""Finds the inserts of Diesel that write one whole row: `insert_into(posts::table).values(&post)`."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tree_sitter import Node

from midflight.references.drafts import Draft
from midflight.references.extractors.rust.models import Model
from midflight.references.extractors.rust.syntax import Source
from midflight.references.model import Place, TableReference
from midflight.references.values import shorten

MOST_INSERTS = 2_000
_MOST_PARENTS = 200
_MOST_STATEMENTS = 500

_INSERT = re.compile(
    rb"\binsert_into\s*\(\s*((?:\w+\s*::\s*){1,8}table)\s*,?\s*\)"
    rb"\s*\.\s*values\s*\(\s*(?:&\s*)?(\w{1,100})\s*\)"
)
_ROW = re.compile(r"(?:&\s*(?:'\w+\s+)?)?(?:Vec\s*<\s*(\w+)\s*>|\[\s*(\w+)\s*\]|(\w+)(?:\s*<\s*'\w+\s*>)?)\Z")
_HOLDS_A_PATTERN = {"match_arm": "pattern", "for_expression": "pattern", "closure_expression": "parameters"}
_CONDITIONAL = frozenset({"if_expression", "while_expression"})


def find_inserts(source: Source, models: Sequence[Model]) -> Iterator[Draft]:
    """Give an insert whose columns are all known: its value is a parameter of the type of a struct of the same file.

    Diesel's guides: what a struct has no field for is left to the database's default. Rows of a tuple, of a local
    variable or of another file's struct are left to the doubts.
    """
    rows = {each.struct: each.inserted for each in models if each.inserted is not None}
    if not rows:
        return
    starts = [0, *(found.end() for found in re.finditer(rb"\n", source.text))]
    for count, found in enumerate(_INSERT.finditer(source.text)):
        if count >= MOST_INSERTS:
            return
        table = found[1].decode("ascii", "replace").replace(" ", "").split("::")[-2]
        row = rows.get(_type_of(source, found.start(), found[2].decode("ascii", "replace")))
        if row is not None and row.table == table and not source.is_test(found.start()):
            yield Draft(found.start(), (_insert(source, row, found, bisect_right(starts, found.start())),))


def _insert(source: Source, row: TableReference, found: re.Match[bytes], line: int) -> TableReference:
    text = shorten(found[0].decode("utf-8", "replace"))
    return replace(row, place=Place(source.path, line), payload=True, mapped=False, text=text)


def _type_of(source: Source, at: int, name: str) -> str:
    """The struct of a parameter of the function around a byte, nothing where another variable may hide it."""
    node = source.at(at)
    for _ in range(_MOST_PARENTS):
        if node is None or node.type == "function_item" or _binds(source, node, name, at):
            break
        node = node.parent
    given = node.child_by_field_name("parameters") if node is not None and node.type == "function_item" else None
    for parameter in given.named_children if given is not None else ():
        pattern, kind = parameter.child_by_field_name("pattern"), parameter.child_by_field_name("type")
        if pattern is not None and kind is not None and source.read(pattern) == name:
            row = _ROW.match(source.read(kind)[:200])
            return next(filter(None, row.groups()), "") if row else ""
    return ""


def _binds(source: Source, node: Node, name: str, at: int) -> bool:
    """Whether what stands around a byte gives the name to another value; a clone of the parameter is no other row."""
    if node.type == "block":
        return len(node.named_children) > _MOST_STATEMENTS or any(
            _names(source, each.child_by_field_name("pattern"), name) and not _is_same(source, each, name)
            for each in node.named_children
            if each.type == "let_declaration" and each.end_byte <= at
        )
    if node.type in _CONDITIONAL:
        condition = node.child_by_field_name("condition")
        return condition is not None and "let" in condition.type and _names(source, condition, name)
    field = _HOLDS_A_PATTERN.get(node.type)
    return field is not None and _names(source, node.child_by_field_name(field), name)


def _names(source: Source, node: Node | None, name: str) -> bool:
    return node is not None and re.search(rf"\b{re.escape(name)}\b", source.read(node)) is not None


def _is_same(source: Source, let: Node, name: str) -> bool:
    value = let.child_by_field_name("value")
    return value is not None and source.read(value).replace(" ", "") in {name, f"{name}.clone()", f"&{name}"}
