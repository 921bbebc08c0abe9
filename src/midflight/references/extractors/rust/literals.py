"""Finds SQL in the strings of Rust."""

import re

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.rust.syntax import Source, line
from midflight.references.model import HOLE, Place, SqlText
from midflight.references.sqltext import candidates, is_certain, is_statement, runs_sql

MOST_TEXTS = 5_000

_LITERALS = frozenset({"string_literal", "raw_string_literal"})
_ESCAPE = re.compile(r"\\(\r?\n|.)", re.DOTALL)
_FORMAT = re.compile(r"\{\{|\}\}|\{[^{}\n]{0,80}\}")
# the call or macro whose arguments a literal stands among, `query_as!(Post, "...")` too
_CALLEE = re.compile(r"([A-Za-z_]\w*)\s*!?\s*(?:::\s*<[^()]{0,100}>)?\s*\(\s*(?:[\w:<>_]{1,60}\s*,\s*)?&?\s*\Z")
_FORMATS = frozenset({"format", "format_args", "write", "writeln"})
# sqlx, diesel, tokio-postgres and rusqlite
_RUNNERS = frozenset(
    "query_as query_scalar query_unchecked query_as_unchecked query_scalar_unchecked query_with query_as_with sql_query"
    " batch_execute simple_query query_one query_opt query_raw query_row query_map execute_batch raw_sql"
    " prepare_cached prepare_typed query_typed execute_raw from_sql_and_values from_string".split()
)


def find_texts(source: Source) -> list[Draft]:
    """Give a draft for each string that is SQL."""
    drafts: list[Draft] = []
    for count, offset in enumerate(candidates(source.text)):
        if count >= MOST_TEXTS:
            reason = f"the file holds more than {MOST_TEXTS} SQL texts; the rest is not read"
            drafts.append(Draft(len(source.text), unresolved=(NotAnalysed(source.path, 0, reason),)))
            break
        node = _string_at(source, offset)
        draft = _draft(source, node) if node is not None and not source.is_test(offset) else None
        if draft is not None:
            drafts.append(draft)
    return drafts


def _string_at(source: Source, offset: int) -> Node | None:
    """The literal that opens with the quote at `offset`, after `r#` where it is raw."""
    node = source.at(offset)
    if node is not None and node.type not in _LITERALS:
        node = node.parent
    if node is None or node.type not in _LITERALS:
        return None
    opening = source.text[node.start_byte : offset]
    return node if re.fullmatch(rb"b?c?r?#{0,20}", opening) else None


def _draft(source: Source, node: Node) -> Draft | None:
    before = source.text[max(0, node.start_byte - 200) : node.start_byte].decode("utf-8", "replace")
    callee = _CALLEE.search(before)
    name = callee[1] if callee else ""
    passed = name in _RUNNERS or runs_sql(name)
    text = _text(source, node)
    if name in _FORMATS:
        text = _FORMAT.sub(_hole, text)
        outer = _CALLEE.search(before[: callee.start()]) if callee else None
        passed = outer is not None and (outer[1] in _RUNNERS or runs_sql(outer[1]))
    if not is_statement(text, passed=passed):
        return None
    query = SqlText(
        Place(source.path, line(node)),
        text,
        dynamic=HOLE in text,
        certain=is_certain(text, passed=passed),
    )
    return Draft(node.start_byte, query=query)


def _text(source: Source, node: Node) -> str:
    text = source.read(node)
    text = text[text.index('"') + 1 :]
    if node.type == "raw_string_literal":
        return text.rstrip("#").removesuffix('"')
    return _ESCAPE.sub(_unescaped, text.removesuffix('"'))


def _unescaped(found: re.Match[str]) -> str:
    return " " if found[1] in {"n", "t", "r", "0"} else found[1]


def _hole(found: re.Match[str]) -> str:
    return found[0][0] if found[0] in {"{{", "}}"} else HOLE
