"""Finds calls of Python that another call replaces when they fail."""

from tree_sitter import Query

from midflight.references.drafts import Attempt
from midflight.references.extractors.python.syntax import PYTHON, Source, exits, line
from midflight.references.guards import missing_code

_TRIES = Query(PYTHON, "(try_statement body: (block) @body (except_clause) @except)")


def find_attempts(source: Source) -> list[Attempt]:
    """Give the `try`/`except` pairs of a file."""
    if b"except" not in source.text:
        return []
    attempts: list[Attempt] = []
    for captures in source.matches(_TRIES):
        body = captures["body"][0]
        for clause in captures["except"]:
            last = exits(next((child for child in reversed(clause.named_children) if child.type == "block"), None))
            attempts.append(
                Attempt(
                    (body.start_byte, body.end_byte),
                    (clause.start_byte, clause.end_byte),
                    line(clause),
                    code=missing_code(source.read(clause)),
                    rethrown=last is not None and last.type == "raise_statement",
                )
            )
    return attempts
