"""Finds SQL, and types that name a table, in the strings of TypeScript and JavaScript."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.model import HOLE, Api, Place, SqlText, TableReference, Verb
from midflight.references.sqltext import candidates, is_certain, is_statement, is_tag, runs_sql
from midflight.references.values import Text, shorten

MOST_TEXTS = 5_000

_OTHER_SERVER = re.compile(r"clickhouse|bigquery|snowflake|duckdb|redshift|databricks", re.IGNORECASE)
_TITLED = {
    "call_expression": "function",
    "function_declaration": "name",
    "method_definition": "name",
    "variable_declarator": "name",
    "class_declaration": "name",
    "pair": "key",
}
_TYPED = re.compile(
    rb"""\b(?:Tables|TablesInsert|TablesUpdate)\s*<\s*["'](\w{1,63})["']|\[\s*["'](?:Tables|Views)["']\s*\]\s*\[\s*["'](\w{1,63})["']"""
)


def find_texts(names: Names, flags: Flags) -> list[Draft]:
    """Give a draft for each string that is SQL."""
    seen: dict[int, Draft] = {}
    for offset in candidates(names.source.text):
        node = _string_at(names, offset)
        if node is None:
            continue
        outer = _concatenation(names, node)
        if outer.start_byte in seen:
            continue
        if len(seen) >= MOST_TEXTS:
            problem = NotAnalysed(
                names.source.path, 0, f"the file holds more than {MOST_TEXTS} SQL texts; the rest is not read"
            )
            seen[-1] = Draft(len(names.source.text), unresolved=(problem,))
            break
        draft = _draft(names, flags, outer)
        if draft is not None:
            seen[outer.start_byte] = draft
    return list(seen.values())


def _string_at(names: Names, offset: int) -> Node | None:
    node = names.source.root.descendant_for_byte_range(offset, offset + 1)
    if node is None or node.start_byte != offset:
        return None
    path = names.source.path_to(node)
    for candidate in (node, path[-2] if len(path) > 1 else node):
        if candidate.type in {"string", "template_string"} and candidate.start_byte == offset:
            return candidate
    return None


def _concatenation(names: Names, node: Node) -> Node:
    """The whole of `'select a ' + 'from t'`, where it begins with this string."""
    outer = node
    for parent in reversed(names.source.path_to(node)[:-1]):
        operator = parent.child_by_field_name("operator")
        is_sum = parent.type == "binary_expression" and operator is not None and operator.type == "+"
        if not is_sum and parent.type != "parenthesized_expression":
            break
        outer = parent if is_sum else outer
    return outer


def _draft(names: Names, flags: Flags, node: Node) -> Draft | None:
    value = value_of(node, names)
    if not isinstance(value, Text):
        return None
    passed = _is_passed(names, node)
    if passed is None or not is_statement(value.text, passed=passed) or _is_for_another_server(names, node):
        return None
    query = SqlText(
        Place(names.source.path, value.line),
        value.text,
        guard=flags.guard_of(node),
        dynamic=HOLE in value.text,
        certain=is_certain(value.text, passed=passed),
    )
    return Draft(node.start_byte, query=query)


def _is_for_another_server(names: Names, node: Node) -> bool:
    """Whether a call, function, class or key around the string says that a store beside the database runs it."""
    return any(
        _OTHER_SERVER.search(word) for parent in names.source.path_to(node)[:-1] for word in _titles(names, parent)
    )


def _titles(names: Names, node: Node) -> Iterator[str]:
    """What a node around a string is called; of a callee that a pattern takes from an object, the object too."""
    field = _TITLED.get(node.type)
    title = node.child_by_field_name(field) if field else None
    if title is None:
        return
    word = names.source.read(title)[:100]
    yield word
    if title.type == "identifier" and field == "function" and (taken := names.pattern(word, node)):
        yield names.source.read(taken[1])[:100]


def _is_passed(names: Names, node: Node) -> bool | None:
    """Whether the string is given to something that runs SQL; None where a tag makes something else of it."""
    path = names.source.path_to(node)
    for parent in reversed(path[max(0, len(path) - 4) : -1]):
        if parent.type != "call_expression":
            continue
        function = parent.child_by_field_name("function")
        given = parent.child_by_field_name("arguments")
        callee = names.source.read(function)[-100:] if function is not None else ""
        if given is not None and given == node:
            return True if is_tag(callee) else None
        return runs_sql(callee.split("<", 1)[0])
    return False


def find_types(names: Names) -> list[Draft]:
    """Give a draft for each type annotation that names a table, such as `Tables<'projects'>`."""
    drafts: list[Draft] = []
    for found in _TYPED.finditer(names.source.text):
        start = found.start(1) if found[1] else found.start(2)
        node = names.source.root.descendant_for_byte_range(start, start + 1)
        if node is None or node.type in {"comment", "template_string"} or len(drafts) >= MOST_TEXTS:
            continue
        table = (found[1] or found[2]).decode()
        place = Place(names.source.path, line(node))
        text = shorten(found.group().decode("utf-8", "replace"))
        drafts.append(
            Draft(start, references=(TableReference(place, table, Verb.MENTION, Api.POSTGREST, text=text, typed=True),))
        )
    return drafts
