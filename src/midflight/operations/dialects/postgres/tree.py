"""The parse tree: all that the other files know of postgast, whose messages have no usable types."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import postgast
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships without types
from postgast import pg_query_pb2 as pb

Node = Any


MAX_REASON = 200
"""The scanner quotes all of an unterminated string in its message."""
_LEAVES = frozenset({"a_const", "string", "integer", "boolean", "a_star", "type_name"})
_NAMES = frozenset({"ColumnRef", "RangeVar", "Alias", "TypeName"})


class UnreadableError(ValueError):
    """Why the parser or the deparser refused."""


def parse(sql: str) -> tuple[Node, ...]:
    """Return the statements' nodes; raises UnreadableError with PostgreSQL's message."""
    if "\0" in sql:
        raise UnreadableError("a NUL byte in the statement")
    try:
        return tuple(raw.stmt for raw in postgast.parse(sql).stmts)
    except postgast.PgQueryError as error:
        raise UnreadableError(error.message[:MAX_REASON]) from error
    except DecodeError as error:
        raise UnreadableError("nested too deeply") from error
    except UnicodeEncodeError as error:
        raise UnreadableError("not valid UTF-8") from error


def kind(node: Node) -> str:
    """Return which message the wrapper holds ("create_stmt"), empty for none."""
    return node.WhichOneof("node") or ""


def inner(node: Node) -> Node:
    """Return the message in the wrapper."""
    return getattr(node, node.WhichOneof("node"))


def wrapped(name: str, message: Node) -> Node:
    """Return a copy of the message in a wrapper; `name` is its field there."""
    wrapper = pb.Node()
    getattr(wrapper, name).CopyFrom(message)
    return wrapper


def message_type(node: Node) -> str:
    """Return the name of a message's type ("SelectStmt")."""
    return type(node).__name__


def enum(message: Node, name: str) -> str:
    """Return the name of an enum field's value ("AT_AddColumn")."""
    return _enum_names(message.DESCRIPTOR, name)[getattr(message, name)]


@cache
def _enum_names(descriptor: Node, name: str) -> dict[int, str]:
    values = descriptor.fields_by_name[name].enum_type.values
    return {value.number: value.name for value in values}


def strings(nodes: Iterable[Node]) -> tuple[str, ...]:
    """Return the texts of String nodes, "*" for a star."""
    return tuple(node.string.sval or ("*" if kind(node) == "a_star" else "") for node in nodes)


def walk(root: Node, *, stop: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Yield the messages of a tree, parents first, in the order of their fields, without wrappers and constants.

    Type names and strings are left out as well. Messages whose type is in `stop` are given, what is in them is not;
    nor is what makes up the name of a column, a relation or a type.
    """
    closed = stop | _NAMES
    stack = [root]
    while stack:
        node = stack.pop()
        if type(node) is pb.Node:
            found = node.WhichOneof("node")
            if found is None or found in _LEAVES:
                continue
            node = getattr(node, found)
        yield node
        if message_type(node) not in closed:
            children: list[Node] = []
            for field, value in node.ListFields():
                if not isinstance(value, (int, str)):
                    children.extend(value if field.is_repeated else (value,))
            stack.extend(reversed(children))


def options(nodes: Iterable[Node]) -> Iterator[tuple[str, Node]]:
    """Yield (name, argument wrapper) of DefElem nodes; the argument may hold nothing."""
    for node in nodes:
        yield node.def_elem.defname, node.def_elem.arg


def is_null(node: Node) -> bool:
    """Return whether an expression is the bare constant NULL."""
    return kind(node) == "a_const" and bool(node.a_const.isnull)


def statement_sql(name: str, message: Node) -> str:
    """Return a statement's SQL; `name` is its field in the wrapper ("select_stmt")."""
    result = pb.ParseResult()
    getattr(result.stmts.add().stmt, name).CopyFrom(message)
    return _deparse(result)


def expression_sql(node: Node) -> str:
    """Return an expression's SQL from its wrapper."""
    quick = _constant_sql(node)
    if quick:
        return quick
    result = pb.ParseResult()
    result.stmts.add().stmt.select_stmt.target_list.add().res_target.val.CopyFrom(node)
    return _deparse(result).removeprefix("SELECT ")


def optional_sql(message: Node, name: str) -> str | None:
    """Return the SQL of an optional expression field, None where it is absent."""
    return expression_sql(getattr(message, name)) if message.HasField(name) else None


def _constant_sql(node: Node) -> str:
    if kind(node) != "a_const":
        return ""
    constant = node.a_const
    match constant.WhichOneof("val"):
        case "ival":
            return str(constant.ival.ival)
        case "boolval":
            return "true" if constant.boolval.boolval else "false"
        case "sval" if "\\" not in constant.sval.sval:
            return "'" + str(constant.sval.sval).replace("'", "''") + "'"
        case _:
            return ""


def _deparse(result: Node) -> str:
    try:
        return str(postgast.deparse(result))
    except postgast.PgQueryError as error:
        raise UnreadableError(error.message[:MAX_REASON]) from error


def parse_block(body: str) -> dict[str, Any]:
    """Return a PL/pgSQL block as the nested dictionaries of libpg_query; raises UnreadableError."""
    quoted = body.replace("'", "''")
    wrapper = f"CREATE FUNCTION block() RETURNS void LANGUAGE plpgsql AS '{quoted}'"
    if "\0" in body:
        raise UnreadableError("a NUL byte in the statement")
    try:
        found: dict[str, Any] = postgast.parse_plpgsql(wrapper)[0]["PLpgSQL_function"]["action"]
    except postgast.PgQueryError as error:
        raise UnreadableError(error.message[:MAX_REASON]) from error
    except (RecursionError, UnicodeEncodeError) as error:
        raise UnreadableError("nested too deeply or not valid UTF-8") from error
    except (ValueError, KeyError, IndexError) as error:
        raise UnreadableError("no block in it") from error
    return found
