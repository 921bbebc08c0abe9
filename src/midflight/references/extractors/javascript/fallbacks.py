"""Finds calls of TypeScript and JavaScript that another call replaces when they fail."""

from collections.abc import Iterator
from functools import cache

from tree_sitter import Language, Node, Query

from midflight.references.drafts import Attempt
from midflight.references.extractors.javascript.syntax import Source, exits, line
from midflight.references.guards import missing_code

_STATEMENTS = "(try_statement) @try (if_statement) @if"


@cache
def _query(language: Language) -> Query:
    return Query(language, _STATEMENTS)


def find_attempts(source: Source) -> list[Attempt]:
    """Give the `try`/`catch` pairs and the `if (error.code === '42883')` of a file."""
    asks = bool(missing_code(source.text.decode("utf-8", "replace")))
    if not asks and b"catch" not in source.text:
        return []
    attempts: list[Attempt] = []
    for captures in source.matches(_query(source.language)):
        for node in captures.get("try", []):
            attempts += _caught(source, node)
        for node in captures.get("if", []) if asks else []:
            attempts += _asked(source, node)
    return attempts


def _caught(source: Source, node: Node) -> Iterator[Attempt]:
    body, handler = node.child_by_field_name("body"), node.child_by_field_name("handler")
    if body is None or handler is None:
        return
    tried = source.read(body)
    # supabase-js gives errors back instead of throwing them
    if "throw" not in tried and (".from(" in tried or ".rpc(" in tried):
        return
    inner = handler.child_by_field_name("body")
    last = exits(inner)
    yield Attempt(
        (body.start_byte, body.end_byte),
        (handler.start_byte, handler.end_byte),
        line(handler),
        code=missing_code(source.read(handler)),
        rethrown=last is not None and last.type == "throw_statement",
    )


def _asked(source: Source, node: Node) -> Iterator[Attempt]:
    condition, consequence = (node.child_by_field_name(name) for name in ("condition", "consequence"))
    asked = source.read(condition) if condition is not None else ""
    code = missing_code(asked)
    if consequence is None or not code:
        return
    block = next((parent for parent in reversed(source.path_to(node)[:-1]) if parent.type != "else_clause"), node)
    last = exits(consequence)
    throws = last is not None and last.type == "throw_statement"
    other = "!=" in asked
    if throws != other:
        return
    rescue = (0, 0) if other else (consequence.start_byte, consequence.end_byte)
    yield Attempt((block.start_byte, node.start_byte), rescue, line(node), code=code, nearest=True)
