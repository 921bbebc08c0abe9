"""Enums, domains, composite and range types."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.operations import model as op
from midflight.operations.dialects.postgres.columns import default_sql, read_column
from midflight.operations.dialects.postgres.constraints import constraint_kind, table_constraint
from midflight.operations.dialects.postgres.names import after_name, list_name, relation_name
from midflight.operations.dialects.postgres.tree import Node, enum, strings
from midflight.operations.dialects.postgres.typenames import type_sql
from midflight.operations.shapes import Constraint, ConstraintKind, TypeKind, UserType


def create_enum(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE TYPE ... AS ENUM."""
    name = list_name(node.type_name)
    yield op.CreateType(at, type=UserType(name, TypeKind.ENUM, at.text, labels=strings(node.vals)))


def alter_enum(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER TYPE ... ADD VALUE and RENAME VALUE."""
    name = list_name(node.type_name)
    if node.old_val:
        yield op.RenameEnumValue(at, type=name, value=node.old_val, to=node.new_val)
        return
    yield op.AddEnumValue(
        at,
        type=name,
        value=node.new_val,
        before="" if node.new_val_is_after else node.new_val_neighbor,
        after=node.new_val_neighbor if node.new_val_is_after else "",
        if_not_exists=node.skip_if_new_val_exists,
    )


def create_composite(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE TYPE ... AS (attributes)."""
    attributes = tuple(read_column(wrapper.column_def)[0] for wrapper in node.coldeflist)
    name = relation_name(node.typevar)
    yield op.CreateType(at, type=UserType(name, TypeKind.COMPOSITE, at.text, attributes=attributes))


def create_range(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE TYPE ... AS RANGE."""
    yield op.CreateType(at, type=UserType(list_name(node.type_name), TypeKind.RANGE, at.text))


def create_domain(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE DOMAIN."""
    written = [wrapper.constraint for wrapper in node.constraints]
    defaults = [default_sql(c.raw_expr) for c in written if enum(c, "contype") == "CONSTR_DEFAULT"]
    domain = UserType(
        list_name(node.domainname),
        TypeKind.DOMAIN,
        at.text,
        base=type_sql(node.type_name),
        not_null=any(constraint_kind(c) is ConstraintKind.NOT_NULL for c in written),
        default=defaults[0] if defaults else None,
        constraints=tuple(_domain_constraint(c) for c in written if constraint_kind(c) is ConstraintKind.CHECK),
    )
    yield op.CreateType(at, type=domain)


def alter_domain(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER DOMAIN; `subtype` is a letter (AlterDomainStmt in nodes/parsenodes.h)."""
    name, action = list_name(node.type_name), after_name(at.text)
    definition = getattr(node, "def")
    match node.subtype:
        case "T" if node.HasField("def"):
            default = default_sql(definition)
            yield op.AlterDomain(at, name=name, action=action, default=default, drop_default=default is None)
        case "T":
            yield op.AlterDomain(at, name=name, action=action, drop_default=True)
        case "N" | "O":
            yield op.AlterDomain(at, name=name, action=action, not_null=node.subtype == "O")
        case "C":
            yield op.AlterDomain(at, name=name, action=action, add=_domain_constraint(definition.constraint))
        case "X":
            yield op.AlterDomain(at, name=name, action=action, drop=node.name)
        case _:
            yield op.AlterDomain(at, name=name, action=action, validate=node.name)


def _domain_constraint(node: Node) -> Constraint:
    return replace(table_constraint(node), columns=())  # VALUE is no column


def create_base_type(node: Node, at: op.Statement) -> op.Operation:
    """Return CREATE TYPE with input and output functions, or its shell."""
    return op.CreateType(at, type=UserType(list_name(node.defnames), TypeKind.OTHER, at.text))
