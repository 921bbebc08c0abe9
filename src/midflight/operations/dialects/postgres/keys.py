"""Index keys: columns and expressions with their collation, operator class and order."""

from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, kind, strings
from midflight.operations.shapes import quote

_ORDERS = {"SORTBY_DESC": " DESC", "SORTBY_ASC": " ASC"}
_NULLS = {"SORTBY_NULLS_FIRST": " NULLS FIRST", "SORTBY_NULLS_LAST": " NULLS LAST"}


def key_of(element: Node) -> str:
    """Return the key alone: a column's name, or an expression (in parentheses unless it is a function call)."""
    if element.name:
        return str(element.name)
    expression = expression_sql(element.expr)
    return expression if kind(element.expr) == "func_call" else f"({expression})"


def key_sql(element: Node) -> str:
    """Return the key as SQL with its options."""
    key = quote(element.name) if element.name else key_of(element)
    collation = f" COLLATE {qualified(element.collation)}" if element.collation else ""
    operators = f" {qualified(element.opclass)}" if element.opclass else ""
    order = _ORDERS.get(enum(element, "ordering"), "") + _NULLS.get(enum(element, "nulls_ordering"), "")
    return key + collation + operators + order


def qualified(nodes: Node) -> str:
    """Return a list of strings as a qualified name in SQL."""
    return ".".join(map(quote, strings(nodes)))
