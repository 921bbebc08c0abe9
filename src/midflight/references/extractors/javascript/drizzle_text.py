"""Finds the SQL templates of Drizzle and the columns that conditions name before a query takes them."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, islice

from tree_sitter import Node

from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.drizzle_names import Finder, exported, use_of
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import bare, line
from midflight.references.mapping import CLOSE, OPEN, Mapper, ModelCall
from midflight.references.model import HOLE, Place, SqlText
from midflight.references.sqltext import is_statement
from midflight.references.values import shorten

MOST_COLUMNS = 5_000

_SQL = re.compile(rb"\bsql(?:\s*<[^`\n]{0,200}>)?\s*(`)")
_TABLE_MAKERS = re.compile(r"(?:\b(?:pgTable|pgView|pgMaterializedView|relations|defineRelations)|\.table|Table)\Z")


def find_templates(finder: Finder) -> Iterator[Draft]:
    """Whole statements in `sql` templates that name tables."""
    names = finder.names
    for found in _SQL.finditer(names.source.text):
        node = names.source.root.descendant_for_byte_range(found.start(1), found.end(1))
        path = names.source.path_to(node) if node is not None else []
        template = next((one for one in reversed(path) if one.type == "template_string"), None)
        if template is None or template.start_byte != found.start(1):
            continue
        text = _text(finder, template)
        if OPEN not in text or not is_statement(re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "t", text), passed=True):
            continue
        finder.claimed.add(template.start_byte)
        finder.spans.append((template.start_byte, template.end_byte))
        place = Place(names.source.path, line(template))
        guard = finder.flags.guard_of(template)
        query = SqlText(place, text, guard=guard, dynamic=True, certain=True)
        shown = shorten(names.source.read(template))
        call = ModelCall(Mapper.DRIZZLE, place, "", certain=True, guard=guard, text=shown, query=query)
        yield Draft(template.start_byte, call=call)


def _text(finder: Finder, template: Node) -> str:
    """The text of a template with the models that it names between marks."""
    text = finder.names.source.text
    parts: list[str] = []
    at = template.start_byte + 1
    for child in template.named_children:
        if child.type != "template_substitution":
            continue
        parts.append(text[at : child.start_byte].decode("utf-8", "replace"))
        parts.append(_named(finder, child) + "\n" * (child.end_point[0] - child.start_point[0]))
        at = child.end_byte
    parts.append(text[at : template.end_byte - 1].decode("utf-8", "replace"))
    return "".join(parts)


def _named(finder: Finder, substitution: Node) -> str:
    inner = bare(substitution.named_children[0]) if substitution.named_children else substitution
    if inner.type == "member_expression":
        use = use_of(finder, inner, {})
        return f"{OPEN}{use.model}.{use.field.name}{CLOSE}" if use is not None else HOLE
    if inner.type == "identifier" and finder.names.source.read(inner) in finder.imported:
        return f"{OPEN}{exported(finder, finder.names.source.read(inner), inner)}{CLOSE}"
    return HOLE


def find_strays(finder: Finder) -> list[Draft]:
    """Columns of imported tables outside a query: conditions and orders that are put together before it."""
    names = finder.names
    if not finder.drizzle or not finder.imported:
        return []
    owners = "|".join(re.escape(name) for name in sorted(finder.imported))
    found: list[Draft] = []
    starts = sorted(start for start, _ in finder.spans)
    ends = list(accumulate((end for _, end in sorted(finder.spans)), max))
    for one in islice(re.finditer(rf"(?<![\w$.])(?:{owners})\s*\.\s*[\w$]+".encode(), names.source.text), MOST_COLUMNS):
        at = bisect_right(starts, one.start()) - 1
        if at >= 0 and one.start() < ends[at]:
            continue
        node = names.source.root.descendant_for_byte_range(one.start(), one.end())
        if node is None or node.type != "member_expression" or node.start_byte != one.start():
            continue
        outer = names.source.path_to(node)
        if len(outer) > 1 and outer[-2].type == "member_expression":
            node = outer[-2]
        use = use_of(finder, node, {}) or use_of(finder, outer[-1], {})
        if use is None or _declares(names, outer):
            continue
        place = Place(names.source.path, use.field.line)
        call = ModelCall(Mapper.DRIZZLE, place, "", uses=(use,), text=shorten(names.source.read(outer[-1])))
        found.append(Draft(one.start(), call=replace(call, guard=finder.flags.guard_of(node))))
    return found


def _declares(names: Names, path: list[Node]) -> bool:
    """Whether the node stands in the declaration of a table or of relations, which runs no query."""
    calls = (node.child_by_field_name("function") for node in path if node.type == "call_expression")
    return any(_TABLE_MAKERS.search(names.source.read(one)[-100:]) for one in calls if one is not None)
