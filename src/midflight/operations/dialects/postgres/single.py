"""Tells whether a text is one query and nothing else, by PostgreSQL's own grammar."""

from midflight.operations.dialects.postgres.tree import UnreadableError, inner, kind, message_type, parse, walk

_QUERIES = {
    "select_stmt": "select",
    "insert_stmt": "insert",
    "update_stmt": "update",
    "delete_stmt": "delete",
    "merge_stmt": "merge",
    "call_stmt": "call",
}


class NotSingleError(ValueError):
    """Why a text is not one query."""


def single_query(sql: str) -> str:
    """Return what the only query of a text does ("select", "call", ...); raises `NotSingleError`.

    What makes a table (SELECT INTO) is no query.
    """
    try:
        statements = parse(sql)
    except UnreadableError as error:
        raise NotSingleError(f"PostgreSQL's grammar does not read it: {error}") from error
    if len(statements) != 1:
        raise NotSingleError(f"it is {len(statements)} statements")
    name = _QUERIES.get(kind(statements[0]), "")
    if not name:
        raise NotSingleError("it is no query")
    if any(message_type(node) == "IntoClause" for node in walk(inner(statements[0]))):
        raise NotSingleError("it makes a table")
    return name
