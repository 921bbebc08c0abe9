"""Indexes."""

from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.keys import key_of
from midflight.operations.dialects.postgres.names import relation_name
from midflight.operations.dialects.postgres.tree import Node, enum, optional_sql, statement_sql
from midflight.operations.shapes import Index, Name


def create_index(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE INDEX; its definition is without CONCURRENTLY and IF NOT EXISTS."""
    table = relation_name(node.relation)
    plain = type(node)()
    plain.CopyFrom(node)
    plain.concurrent = plain.if_not_exists = False
    index = Index(
        name=Name(node.idxname, table.schema),
        table=table,
        keys=tuple(key_of(wrapper.index_elem) for wrapper in node.index_params),
        definition=statement_sql("index_stmt", plain),
        unique=node.unique,
        method=node.access_method or "btree",
        include=tuple(wrapper.index_elem.name for wrapper in node.index_including_params),
        predicate=optional_sql(node, "where_clause"),
    )
    yield op.CreateIndex(
        at,
        index=index,
        concurrently=node.concurrent,
        if_not_exists=node.if_not_exists,
        only=not node.relation.inh,
    )


def reindex(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """REINDEX."""
    what = enum(node, "kind").removeprefix("REINDEX_OBJECT_")
    name = relation_name(node.relation) if node.HasField("relation") else Name(node.name)
    concurrently = any(wrapper.def_elem.defname == "concurrently" for wrapper in node.params)
    yield op.Reindex(at, kind=what, name=name, concurrently=concurrently)
