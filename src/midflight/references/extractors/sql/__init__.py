"""Reads one SQL text and gives the relations, columns and routines it names."""

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from midflight.references.extractors.sql.statements import read_statements, unread
from midflight.references.model import Extracted, Place, SqlText
from midflight.references.placeholders import fill, is_clickhouse

SUFFIXES: frozenset[str] = frozenset()  # whole files of SQL are migrations, dumps and seeds: they are only searched

LONGEST = 200_000
DEEPEST = 100  # parentheses; the parser is recursive

# the parser tells on its log what it does not support; we tell it as a value
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


def extract(path: str, source: bytes) -> Extracted:
    """Read a whole file as one text."""
    return read(SqlText(Place(path, 1), source.decode("utf-8", "replace"), certain=True))


def read(query: SqlText) -> Extracted:
    """Give the references of one SQL text, or the reason why it has none, where it certainly is SQL."""
    if len(query.text) > LONGEST:
        return unread(query, "the SQL text is longer than 200 KB")
    if _depth(query.text) > DEEPEST:
        return unread(query, "the SQL text is nested too deeply")
    if is_clickhouse(query.text):
        return Extracted()  # another server's
    try:
        statements = _parse(query.text)
        return read_statements(query, statements)
    except RecursionError:
        return unread(query, "the SQL text is nested too deeply")
    except SqlglotError as error:
        return unread(query, f"the SQL could not be parsed: {_reason(error)}") if query.certain else Extracted()


def _reason(error: SqlglotError) -> str:
    first = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    said = str(first.get("description") or error).split("\n", 1)[0]
    near = str(first.get("highlight") or "")[:30]
    said = re.split(r"<Token|\. Line \d", said, maxsplit=1)[0].strip()[:100]
    return f"{said} near `{near}`" if near else said


def _depth(text: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"[()\[\]]|\bcase\b|\bend\b", text, re.IGNORECASE):
        depth += 1 if mark in "([" or mark.lower() == "case" else -1
        deepest = max(deepest, depth)
    return deepest


def _parse(text: str) -> list[exp.Expression]:
    filled = fill(text)
    try:
        found = sqlglot.parse(filled, dialect="postgres")
    except SqlglotError:
        if "`" not in filled:
            raise
        found = sqlglot.parse(filled, dialect="mysql")
    return [statement for statement in found if isinstance(statement, exp.Expression)]
