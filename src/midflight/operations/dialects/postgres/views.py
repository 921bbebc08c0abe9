"""Views, and tables made from a query."""

from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.alter_options import storage_parameters, value_sql
from midflight.operations.dialects.postgres.names import or_replace, relation_name
from midflight.operations.dialects.postgres.queries import column_reads, output_names, relations
from midflight.operations.dialects.postgres.tree import (
    Node,
    enum,
    inner,
    kind,
    options,
    statement_sql,
    strings,
    wrapped,
)
from midflight.operations.shapes import Name

_CHECKS = {"LOCAL_CHECK_OPTION": ("check_option=local",), "CASCADED_CHECK_OPTION": ("check_option=cascaded",)}


def create_view(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE VIEW; its definition is the statement with OR REPLACE."""
    given = tuple(f"{name}={value_sql(value) or 'true'}" for name, value in options(node.options))
    yield op.CreateView(
        at,
        name=relation_name(node.view),
        columns=_columns(strings(node.aliases), node.query),
        query=_sql(node.query),
        definition=or_replace(at.text, present=node.replace),
        depends=relations([node.query]),
        reads=_reads(node.query),
        or_replace=node.replace,
        temporary=node.view.relpersistence == "t",
        options=given + _CHECKS.get(enum(node, "with_check_option"), ()),
    )


def create_table_as(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    columns = _columns(strings(node.into.col_names), node.query)
    if enum(node, "objtype") == "OBJECT_MATVIEW":
        yield op.CreateView(
            at,
            name=relation_name(node.into.rel),
            columns=columns,
            query=_sql(node.query),
            definition=at.text,
            depends=relations([node.query]),
            reads=_reads(node.query),
            materialized=True,
            if_not_exists=node.if_not_exists,
            with_data=not node.into.skip_data,
        )
    else:
        yield _table(node.into, node.query, columns, at, if_not_exists=node.if_not_exists)


def select_into(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """SELECT ... INTO table."""
    plain = type(node)()
    plain.CopyFrom(node)
    plain.ClearField("into_clause")
    wrapper = wrapped("select_stmt", plain)
    yield _table(node.into_clause, wrapper, output_names(plain), at)


def _table(
    into: Node, query: Node, columns: tuple[str, ...], at: op.Statement, *, if_not_exists: bool = False
) -> op.CreateTable:
    return op.CreateTable(
        at,
        name=relation_name(into.rel),
        if_not_exists=if_not_exists,
        temporary=into.rel.relpersistence == "t",
        unlogged=into.rel.relpersistence == "u",
        query=_sql(query),
        query_columns=columns,
        depends=relations([query]),
        options=storage_parameters(into.options),
    )


def refresh_view(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """REFRESH MATERIALIZED VIEW."""
    name = relation_name(node.relation)
    yield op.RefreshView(at, name=name, concurrently=node.concurrent, with_data=not node.skip_data)


def _columns(aliases: tuple[str, ...], query: Node) -> tuple[str, ...]:
    names = output_names(query.select_stmt) if kind(query) == "select_stmt" else ("*",)
    if "*" in names[: len(aliases)]:
        return (*aliases, "*")
    return aliases + names[len(aliases) :]


def _reads(query: Node) -> tuple[tuple[Name, str], ...]:
    return column_reads(query.select_stmt) if kind(query) == "select_stmt" else ()


def _sql(query: Node) -> str:
    return statement_sql(kind(query), inner(query))
