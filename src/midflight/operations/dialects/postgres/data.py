"""Statements that read and write rows."""

from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.alter import cascades
from midflight.operations.dialects.postgres.names import list_name, relation_name
from midflight.operations.dialects.postgres.queries import calls, relations
from midflight.operations.dialects.postgres.settings import config_calls
from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, inner, kind
from midflight.operations.dialects.postgres.views import select_into
from midflight.operations.shapes import Name


def select(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """SELECT and VALUES; `set_config` calls with literals are settings, INTO makes a table."""
    yield from _writing_ctes(node, at)
    if node.HasField("into_clause"):
        yield from select_into(node, at)
        return
    settings = config_calls(node, at)
    yield from settings or (op.Query(at, reads=relations([node]), calls=calls(node)),)


def query(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """Statements around a query: PREPARE, DECLARE, EXPLAIN without ANALYZE."""
    yield op.Query(at, reads=relations([node]), calls=calls(node))


def explain(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """EXPLAIN; with ANALYZE the statement in it runs."""
    runs = any(wrapper.def_elem.defname == "analyze" for wrapper in node.options)
    if runs and kind(node.query) in WRITERS:
        yield from WRITERS[kind(node.query)](inner(node.query), at)
    else:
        yield op.Query(at, reads=relations([node]), calls=calls(node))


def call(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CALL."""
    yield op.Query(at, reads=relations([node.funccall]), calls=(list_name(node.funccall.funcname),))


def insert(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """INSERT."""
    yield from _writing_ctes(node, at)
    inferred = node.on_conflict_clause.infer.index_elems
    yield op.Insert(
        at,
        table=relation_name(node.relation),
        columns=tuple(wrapper.res_target.name for wrapper in node.cols),
        on_conflict=tuple(wrapper.index_elem.name for wrapper in inferred if wrapper.index_elem.name),
        reads=_reads(node),
        buckets=_buckets(node),
    )


def _buckets(node: Node) -> tuple[str, ...]:
    """The ids that an INSERT INTO storage.buckets spells out; their column comes first where it is not named."""
    if node.relation.schemaname != "storage" or node.relation.relname != "buckets":
        return ()
    names = [wrapper.res_target.name for wrapper in node.cols]
    at = names.index("id") if "id" in names else 0
    query = node.select_stmt.select_stmt
    rows = [list(row.list.items) for row in query.values_lists]
    rows = rows or [[target.res_target.val for target in query.target_list]]
    found = (row[at].a_const.sval.sval for row in rows if at < len(row) and kind(row[at]) == "a_const")
    return tuple(bucket for bucket in found if bucket)


def update(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """UPDATE."""
    yield from _writing_ctes(node, at)
    yield op.Update(
        at,
        table=relation_name(node.relation),
        columns=tuple(wrapper.res_target.name for wrapper in node.target_list),
        bounded=_bounded(node),
        where=_where(node),
        reads=_reads(node),
    )


def delete(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """DELETE."""
    yield from _writing_ctes(node, at)
    table = relation_name(node.relation)
    yield op.Delete(at, table=table, bounded=_bounded(node), where=_where(node), reads=_reads(node))


def merge(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """MERGE: one write for each WHEN clause, bounded by the join."""
    yield from _writing_ctes(node, at)
    table, reads = relation_name(node.relation), _reads(node)
    where = expression_sql(node.join_condition)
    for wrapper in node.merge_when_clauses:
        clause = wrapper.merge_when_clause
        columns = tuple(target.res_target.name for target in clause.target_list)
        match enum(clause, "command_type"):
            case "CMD_INSERT":
                yield op.Insert(at, table=table, columns=columns, reads=reads)
            case "CMD_UPDATE":
                yield op.Update(at, table=table, columns=columns, bounded=True, where=where, reads=reads)
            case "CMD_DELETE":
                yield op.Delete(at, table=table, bounded=True, where=where, reads=reads)


def truncate(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """TRUNCATE."""
    tables = tuple(relation_name(wrapper.range_var) for wrapper in node.relations)
    yield op.Truncate(at, tables=tables, cascade=cascades(node))


def copy(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """COPY."""
    table = relation_name(node.relation) if node.HasField("relation") else None
    yield op.Copy(at, table=table, from_=node.is_from, program=node.is_program)


WRITERS = {"insert_stmt": insert, "update_stmt": update, "delete_stmt": delete, "merge_stmt": merge}


def _writing_ctes(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    for wrapper in node.with_clause.ctes:
        written = wrapper.common_table_expr.ctequery
        if kind(written) in WRITERS:
            yield from WRITERS[kind(written)](inner(written), at)


def _reads(node: Node) -> tuple[Name, ...]:
    # the statement itself is the root, so that its own target is left out
    return relations([node])


def _where(node: Node) -> str:
    return expression_sql(node.where_clause) if node.HasField("where_clause") else ""


def _bounded(node: Node) -> bool:
    return node.HasField("where_clause") and not _always(node.where_clause)


def _always(condition: Node) -> bool:
    match kind(condition):
        case "a_const":
            return bool(condition.a_const.boolval.boolval)
        case "a_expr":
            sides = condition.a_expr
            constant = kind(sides.lexpr) == kind(sides.rexpr) == "a_const"
            return constant and expression_sql(sides.lexpr) == expression_sql(sides.rexpr)
        case "bool_expr":
            parts = [_always(part) for part in condition.bool_expr.args]
            return any(parts) if enum(condition.bool_expr, "boolop") == "OR_EXPR" else all(parts)
        case "type_cast":
            return expression_sql(condition).lower() in {"'t'::bool", "'true'::bool", "true::bool"}
        case _:
            return False
