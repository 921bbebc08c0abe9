"""The parse tree: all that the other files know of postgast, whose messages have no usable types."""

import ctypes
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

import postgast
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships without types
from postgast import pg_query_pb2 as pb
from postgast.errors import check_error
from postgast.native import PgQueryProtobuf, lib

Node = Any


MAX_REASON = 200
"""The scanner quotes all of an unterminated string in its message."""
_LEAVES = frozenset({"a_const", "string", "integer", "boolean", "a_star", "type_name"})
_LEAVES_AND_COLUMNS = _LEAVES | {"column_ref"}
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


def walk(root: Node, *, stop: frozenset[str] = frozenset(), columns: bool = True) -> Iterator[Node]:
    """Yield the messages of a tree, parents first, in the order of their fields, without wrappers and constants.

    Type names and strings are left out as well. Messages whose type is in `stop` are given, what is in them is not;
    nor is what makes up the name of a column, a relation or a type. Without `columns`, column references are left out.
    """
    leaves = _LEAVES if columns else _LEAVES_AND_COLUMNS
    closed = stop | _NAMES
    stack = [root]
    while stack:
        node = stack.pop()
        if type(node) is pb.Node:
            found = node.WhichOneof("node")
            if found is None or found in leaves:
                continue
            node = getattr(node, found)
        yield node
        if type(node).__name__ in closed:
            continue
        for field, value in reversed(node.ListFields()):
            if not isinstance(value, (int, str)):
                if field.is_repeated:
                    stack.extend(reversed(value))
                else:
                    stack.append(value)


def options(nodes: Iterable[Node]) -> Iterator[tuple[str, Node]]:
    """Yield (name, argument wrapper) of DefElem nodes; the argument may hold nothing."""
    for node in nodes:
        yield node.def_elem.defname, node.def_elem.arg


def is_null(node: Node) -> bool:
    """Return whether an expression is the bare constant NULL."""
    return kind(node) == "a_const" and bool(node.a_const.isnull)


def statement_sql(name: str, message: Node) -> str:
    """Return a statement's SQL; `name` is its field in the wrapper ("select_stmt")."""
    return _deparse(_around(message, (*_STATEMENT, (pb.Node, name))))


def expression_sql(node: Node) -> str:
    """Return an expression's SQL from its wrapper."""
    quick = _constant_sql(node)
    if quick:
        return quick
    return _deparse(_around(node, _TARGET)).removeprefix("SELECT ")


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


_STATEMENT = ((pb.ParseResult, "stmts"), (pb.RawStmt, "stmt"))
_TARGET = (
    *_STATEMENT,
    (pb.Node, "select_stmt"),
    (pb.SelectStmt, "target_list"),
    (pb.Node, "res_target"),
    (pb.ResTarget, "val"),
)


def _around(message: Node, path: tuple[tuple[Node, str], ...]) -> bytes:
    """Return a ParseResult's bytes that holds the message at a path: as bytes, a message needs no copy."""
    content: bytes = message.SerializeToString()
    for outer, name in reversed(path):
        content = _tag(outer, name) + _varint(len(content)) + content
    return content


@cache
def _tag(outer: Node, name: str) -> bytes:
    # wire type 2: a message with its length in front (protobuf documentation, "Encoding")
    return _varint(outer.DESCRIPTOR.fields_by_name[name].number << 3 | 2)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


@lru_cache(maxsize=512)  # the same few expressions are written over and over
def _deparse(tree: bytes) -> str:
    # as postgast.deparse() does, which makes a new type of array for each length that it meets
    buffer = ctypes.cast(ctypes.c_char_p(tree), ctypes.c_void_p)
    result = lib.pg_query_deparse_protobuf(PgQueryProtobuf(len=len(tree), data=buffer.value))
    try:
        check_error(result)
        query: bytes = result.query
        return query.decode("utf-8")
    except postgast.PgQueryError as error:
        raise UnreadableError(error.message[:MAX_REASON]) from error
    finally:
        lib.pg_query_free_deparse_result(result)


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
