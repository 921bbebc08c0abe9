"""Constraints, of columns, tables and domains, as table constraints."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from midflight.operations.dialects.postgres.keys import key_sql
from midflight.operations.dialects.postgres.names import relation_name
from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, kind, message_type, strings, walk
from midflight.operations.shapes import Constraint, ConstraintKind, quote

_KINDS = {
    "CONSTR_PRIMARY": ConstraintKind.PRIMARY_KEY,
    "CONSTR_UNIQUE": ConstraintKind.UNIQUE,
    "CONSTR_FOREIGN": ConstraintKind.FOREIGN_KEY,
    "CONSTR_CHECK": ConstraintKind.CHECK,
    "CONSTR_EXCLUSION": ConstraintKind.EXCLUDE,
    "CONSTR_NOTNULL": ConstraintKind.NOT_NULL,
}
_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MATCHES = {"f": " MATCH FULL", "p": " MATCH PARTIAL"}
_COMPOUND = frozenset({"a_expr", "bool_expr", "null_test", "boolean_test"})


def constraint_kind(node: Node) -> ConstraintKind | None:
    """Return the kind, None for what is a property of a column (DEFAULT, IDENTITY, ...)."""
    return _KINDS.get(enum(node, "contype"))


def table_constraint(node: Node, column: str = "") -> Constraint:
    """Return a Constraint node as a table constraint; `column` is the one it is written at, if any."""
    own = (column,) if column else ()
    match constraint_kind(node):
        case ConstraintKind.FOREIGN_KEY:
            return _foreign_key(node, strings(node.fk_attrs) or own)
        case ConstraintKind.CHECK:
            return _check(node, column)
        case ConstraintKind.EXCLUDE:
            return _exclusion(node)
        case ConstraintKind.NOT_NULL:
            columns = strings(node.keys) or own
            return _flagged(node, ConstraintKind.NOT_NULL, f"NOT NULL {_list(columns)}".rstrip(), columns)
        case found:
            return _key(node, found or ConstraintKind.UNIQUE, strings(node.keys) or own)


def column_constraints(nodes: Iterable[Node], column: str) -> tuple[Constraint, ...]:
    """Return a column's constraints other than NOT NULL and the column's properties.

    DEFERRABLE and NOT ENFORCED are nodes of their own behind the constraint that they qualify.
    """
    found: list[Constraint] = []
    for wrapper in nodes:
        node = wrapper.constraint
        what = constraint_kind(node)
        if what is ConstraintKind.NOT_NULL and not node.conname:
            continue
        if what is not None:
            found.append(table_constraint(node, column))
        elif found:
            found[-1] = _qualified(found[-1], enum(node, "contype"))
    return tuple(found)


def _qualified(constraint: Constraint, attribute: str) -> Constraint:
    match attribute:
        case "CONSTR_ATTR_DEFERRABLE" if not constraint.deferrable:
            return replace(constraint, deferrable=True, definition=f"{constraint.definition} DEFERRABLE")
        case "CONSTR_ATTR_DEFERRED":
            words = " INITIALLY DEFERRED" if constraint.deferrable else " DEFERRABLE INITIALLY DEFERRED"
            return replace(constraint, deferrable=True, definition=constraint.definition + words)
        case "CONSTR_ATTR_NOT_ENFORCED":
            return replace(constraint, not_enforced=True)
        case _:
            return constraint


def _flagged(node: Node, what: ConstraintKind, definition: str, columns: tuple[str, ...]) -> Constraint:
    """The constraint with what all kinds share; NOT VALID and NOT ENFORCED are flags, never part of the text."""
    enforced = node.is_enforced or what not in {ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY}
    return Constraint(
        node.conname,
        what,
        definition + _timing(node) + (" NO INHERIT" if node.is_no_inherit else ""),
        columns,
        not_valid=node.skip_validation and enforced,
        not_enforced=not enforced,
        deferrable=node.deferrable,
        no_inherit=node.is_no_inherit,
    )


def _timing(node: Node) -> str:
    return (" DEFERRABLE" if node.deferrable else "") + (" INITIALLY DEFERRED" if node.initdeferred else "")


def _key(node: Node, what: ConstraintKind, columns: tuple[str, ...]) -> Constraint:
    if node.indexname:
        definition = f"{what} USING INDEX {quote(node.indexname)}"
        return replace(_flagged(node, what, definition, columns), using_index=node.indexname)
    distinct = " NULLS NOT DISTINCT" if node.nulls_not_distinct else ""
    overlaps = " WITHOUT OVERLAPS" if node.without_overlaps else ""
    include = f" INCLUDE ({_list(strings(node.including))})" if node.including else ""
    return _flagged(node, what, f"{what}{distinct} ({_list(columns)}{overlaps}){include}", columns)


def _foreign_key(node: Node, columns: tuple[str, ...]) -> Constraint:
    target = relation_name(node.pktable)
    referenced = strings(node.pk_attrs)
    updated = _ACTIONS.get(node.fk_upd_action, "")
    deleted = _ACTIONS.get(node.fk_del_action, "")
    parts = [
        f"FOREIGN KEY ({_period(columns, period=node.fk_with_period)}) REFERENCES {target}",
        f"({_period(referenced, period=node.pk_with_period)})" if referenced else "",
        _MATCHES.get(node.fk_matchtype, ""),
        f" ON UPDATE {updated}" if updated else "",
        f" ON DELETE {deleted}" if deleted else "",
        f" ({_list(strings(node.fk_del_set_cols))})" if node.fk_del_set_cols else "",
    ]
    constraint = _flagged(node, ConstraintKind.FOREIGN_KEY, "".join(parts), columns)
    return replace(constraint, references=target, referenced_columns=referenced, on_delete=deleted)


def _check(node: Node, column: str) -> Constraint:
    expression = expression_sql(node.raw_expr)
    # pg_get_constraintdef() writes operators in parentheses of their own
    shown = f"({expression})" if kind(node.raw_expr) in _COMPOUND else expression
    columns = _named_columns(node.raw_expr) or ((column,) if column else ())
    return replace(_flagged(node, ConstraintKind.CHECK, f"CHECK ({shown})", columns), expression=expression)


def _exclusion(node: Node) -> Constraint:
    pairs = [wrapper.list.items for wrapper in node.exclusions]
    elements = [f"{key_sql(pair[0].index_elem)} WITH {strings(pair[1].list.items)[-1]}" for pair in pairs]
    include = f" INCLUDE ({_list(strings(node.including))})" if node.including else ""
    where = f" WHERE ({expression_sql(node.where_clause)})" if node.HasField("where_clause") else ""
    definition = f"EXCLUDE USING {node.access_method} ({', '.join(elements)}){include}{where}"
    columns = tuple(pair[0].index_elem.name for pair in pairs if pair[0].index_elem.name)
    return _flagged(node, ConstraintKind.EXCLUDE, definition, columns)


def _named_columns(expression: Node) -> tuple[str, ...]:
    found = (strings(node.fields)[-1] for node in walk(expression) if message_type(node) == "ColumnRef")
    return tuple(dict.fromkeys(found))


def _list(columns: Sequence[str]) -> str:
    return ", ".join(map(quote, columns))


def _period(columns: Sequence[str], *, period: bool) -> str:
    if not period:
        return _list(columns)
    return f"{_list(columns[:-1])}, PERIOD {quote(columns[-1])}"
