"""Column definitions."""

from collections.abc import Sequence
from dataclasses import replace

from midflight.operations.dialects.postgres.constraints import column_constraints
from midflight.operations.dialects.postgres.keys import qualified
from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, is_null
from midflight.operations.dialects.postgres.typenames import serial_type, type_sql
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Generated, Identity

_IDENTITIES = {"a": Identity.ALWAYS, "d": Identity.BY_DEFAULT}


def read_column(definition: Node) -> tuple[Column, tuple[Constraint, ...]]:
    """Return a ColumnDef's column and its constraints as table constraints."""
    serial = serial_type(definition.type_name)
    written = type_sql(definition.type_name) if definition.HasField("type_name") else ""
    column = Column(
        definition.colname,
        serial or written,
        not_null=bool(serial),
        serial=bool(serial),
        collation=collation_of(definition),
    )
    for wrapper in definition.constraints:
        column = _with_property(column, wrapper.constraint)
    constraints = column_constraints(definition.constraints, definition.colname)
    return column, constraints


def default_sql(expression: Node) -> str | None:
    """Return a default's SQL; DEFAULT NULL is no default (AddRelationNewConstraints in catalog/heap.c)."""
    return None if is_null(expression) else expression_sql(expression)


def collation_of(definition: Node) -> str | None:
    """Return the COLLATE clause's collation as SQL, None without one."""
    return qualified(definition.coll_clause.collname) if definition.HasField("coll_clause") else None


def identity_of(code: str) -> Identity:
    """Return the identity behind "a" or "d"."""
    return _IDENTITIES.get(code, Identity.ALWAYS)


def with_primary_key(columns: Sequence[Column], constraints: Sequence[Constraint]) -> tuple[Column, ...]:
    """Return the columns with NOT NULL where a primary key or a NOT NULL constraint names them."""
    kinds = {ConstraintKind.PRIMARY_KEY, ConstraintKind.NOT_NULL}
    keyed = {name for c in constraints if c.kind in kinds for name in c.columns}
    return tuple(replace(c, not_null=True) if c.name in keyed else c for c in columns)


def _with_property(column: Column, node: Node) -> Column:
    match enum(node, "contype"):
        case "CONSTR_NOTNULL" | "CONSTR_PRIMARY":
            return replace(column, not_null=True)
        case "CONSTR_DEFAULT":
            return replace(column, default=default_sql(node.raw_expr))
        case "CONSTR_IDENTITY":
            return replace(column, not_null=True, identity=identity_of(node.generated_when))
        case "CONSTR_GENERATED":
            generated = Generated.VIRTUAL if node.generated_kind == "v" else Generated.STORED
            return replace(column, generated=generated, expression=expression_sql(node.raw_expr))
        case _:
            return column
