"""CREATE TABLE in all its forms, and DROP of everything."""

from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.alter_options import storage_parameters
from midflight.operations.dialects.postgres.columns import read_column, with_primary_key
from midflight.operations.dialects.postgres.constraints import table_constraint
from midflight.operations.dialects.postgres.keys import qualified
from midflight.operations.dialects.postgres.names import relation_name
from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, inner, kind
from midflight.operations.dialects.postgres.typenames import type_sql
from midflight.operations.shapes import Column, Constraint, Name, quote

_LIKE = {  # TableLikeOption in nodes/parsenodes.h
    1: "COMMENTS",
    2: "COMPRESSION",
    4: "CONSTRAINTS",
    8: "DEFAULTS",
    16: "GENERATED",
    32: "IDENTITY",
    64: "INDEXES",
    128: "STATISTICS",
    256: "STORAGE",
}
_LIKE_ALL = 0x7FFFFFFF


def create_table(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE TABLE."""
    yield _table(node, at, foreign=False)


def create_foreign_table(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE FOREIGN TABLE."""
    yield _table(node.base_stmt, at, foreign=True)


def _table(node: Node, at: op.Statement, *, foreign: bool) -> op.CreateTable:
    columns, constraints, like = _elements(node)
    parents = tuple(relation_name(inner(wrapper)) for wrapper in node.inh_relations)
    partition = node.HasField("partbound")
    return op.CreateTable(
        at,
        name=relation_name(node.relation),
        columns=with_primary_key(columns, constraints),
        constraints=constraints,
        if_not_exists=node.if_not_exists,
        temporary=node.relation.relpersistence == "t",
        unlogged=node.relation.relpersistence == "u",
        foreign=foreign,
        like=like,
        inherits=() if partition else parents,
        partition_of=parents[0] if partition and parents else None,
        bound=bound_sql(node.partbound) if partition else "",
        partition_by=_partition_by(node.partspec) if node.HasField("partspec") else "",
        depends=_typed(node),
        options=storage_parameters(node.options),
    )


def _typed(node: Node) -> tuple[Name, ...]:
    """The composite type of `CREATE TABLE t OF type`, whose columns the table has."""
    return (Name(type_sql(node.of_typename)),) if node.HasField("of_typename") else ()


def _elements(node: Node) -> tuple[list[Column], tuple[Constraint, ...], tuple[op.LikeClause, ...]]:
    columns: list[Column] = []
    constraints: list[Constraint] = []
    like: list[op.LikeClause] = []
    for wrapper in node.table_elts:
        match kind(wrapper):
            case "column_def":
                column, own = read_column(wrapper.column_def)
                columns.append(column)
                constraints.extend(own)
            case "constraint":
                constraints.append(table_constraint(wrapper.constraint))
            case "table_like_clause":
                like.append(_like(wrapper.table_like_clause))
    constraints.extend(table_constraint(wrapper.constraint) for wrapper in node.constraints)
    return columns, tuple(constraints), tuple(like)


def _like(clause: Node) -> op.LikeClause:
    if clause.options == _LIKE_ALL:
        return op.LikeClause(relation_name(clause.relation), frozenset({"ALL"}))
    including = frozenset(word for bit, word in _LIKE.items() if clause.options & bit)
    return op.LikeClause(relation_name(clause.relation), including)


def _partition_by(spec: Node) -> str:
    strategy = enum(spec, "strategy").removeprefix("PARTITION_STRATEGY_")
    keys = (_partition_key(wrapper.partition_elem) for wrapper in spec.part_params)
    return f"{strategy} ({', '.join(keys)})"


def _partition_key(element: Node) -> str:
    key = quote(element.name) if element.name else f"({expression_sql(element.expr)})"
    collation = f" COLLATE {qualified(element.collation)}" if element.collation else ""
    return key + collation + (f" {qualified(element.opclass)}" if element.opclass else "")


def bound_sql(bound: Node) -> str:
    """Return a partition's bound: "FOR VALUES FROM (1) TO (10)", "FOR VALUES IN ('a')", ... or "DEFAULT"."""
    if bound.is_default:
        return "DEFAULT"
    match bound.strategy:
        case "h":
            return f"FOR VALUES WITH (modulus {bound.modulus}, remainder {bound.remainder})"
        case "l":
            return f"FOR VALUES IN ({_datums(bound.listdatums)})"
        case _:
            return f"FOR VALUES FROM ({_datums(bound.lowerdatums)}) TO ({_datums(bound.upperdatums)})"


def _datums(nodes: Node) -> str:
    return ", ".join(expression_sql(node) for node in nodes)
