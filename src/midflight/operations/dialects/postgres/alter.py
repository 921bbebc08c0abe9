"""ALTER TABLE: one operation for each action."""

from collections.abc import Callable, Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.alter_options import option_of
from midflight.operations.dialects.postgres.columns import collation_of, default_sql, identity_of, read_column
from midflight.operations.dialects.postgres.constraints import table_constraint
from midflight.operations.dialects.postgres.names import object_kind, relation_name, role_name
from midflight.operations.dialects.postgres.tables import bound_sql
from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, kind, options
from midflight.operations.dialects.postgres.typenames import type_sql
from midflight.operations.shapes import Identity, Name, ObjectKind, Target, quote

Action = Callable[[op.Statement, Name, Node], op.Operation]


def alter_table(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER TABLE, VIEW, MATERIALIZED VIEW, INDEX, SEQUENCE, FOREIGN TABLE, and of a composite type's attributes."""
    table = relation_name(node.relation)
    what = object_kind(node, "objtype")
    for wrapper in node.cmds:
        command = wrapper.alter_table_cmd
        if what is ObjectKind.TYPE:
            yield op.AlterCompositeType(at, name=table, action=_attribute_action(command))
        elif command.HasField("newowner"):
            yield op.SetOwner(at, target=Target(what, table), owner=role_name(command.newowner))
        elif what is ObjectKind.INDEX and enum(command, "subtype") == "AT_AttachPartition":
            yield op.AttachIndex(at, name=table, partition=relation_name(getattr(command, "def").partition_cmd.name))
        else:
            yield _action(at, table, command)


def _action(at: op.Statement, table: Name, command: Node) -> op.Operation:
    name = enum(command, "subtype")
    for actions in (_COLUMNS, _CONSTRAINTS, _TRIGGERS, _PARTITIONS):
        if name in actions:
            return actions[name](at, table, command)
    return option_of(at, table, command)


def _argument(command: Node) -> Node:
    return getattr(command, "def")


def _add_column(at: op.Statement, table: Name, command: Node) -> op.Operation:
    column, constraints = read_column(_argument(command).column_def)
    return op.AddColumn(at, table=table, column=column, constraints=constraints, if_not_exists=command.missing_ok)


def _drop_column(at: op.Statement, table: Name, command: Node) -> op.Operation:
    return op.DropColumn(at, table=table, column=command.name, if_exists=command.missing_ok, cascade=cascades(command))


def cascades(node: Node) -> bool:
    """Return whether CASCADE is written."""
    return enum(node, "behavior") == "DROP_CASCADE"


def _type(at: op.Statement, table: Name, command: Node) -> op.Operation:
    definition = _argument(command).column_def
    return op.AlterColumnType(
        at,
        table=table,
        column=command.name,
        type=type_sql(definition.type_name),
        using=expression_sql(definition.raw_default) if definition.HasField("raw_default") else None,
        collation=collation_of(definition),
    )


def _default(at: op.Statement, table: Name, command: Node) -> op.Operation:
    default = default_sql(_argument(command)) if command.HasField("def") else None
    return op.SetDefault(at, table=table, column=command.name, default=default)


def _expression(at: op.Statement, table: Name, command: Node) -> op.Operation:
    expression = expression_sql(_argument(command)) if command.HasField("def") else None
    return op.SetExpression(at, table=table, column=command.name, expression=expression)


def _add_identity(at: op.Statement, table: Name, command: Node) -> op.Operation:
    identity = identity_of(_argument(command).constraint.generated_when)
    return op.SetIdentity(at, table=table, column=command.name, identity=identity)


def _set_identity(at: op.Statement, table: Name, command: Node) -> op.Operation:
    given = dict(options(_argument(command).list.items))
    if "generated" in given:
        identity: Identity = identity_of(chr(given["generated"].integer.ival))
        return op.SetIdentity(at, table=table, column=command.name, identity=identity)
    return op.SetColumnOption(at, table=table, column=command.name, option=f"SET {' '.join(given).upper()}")


def _drop_identity(at: op.Statement, table: Name, command: Node) -> op.Operation:
    return op.SetIdentity(at, table=table, column=command.name, identity=None)


_COLUMNS: dict[str, Action] = {
    "AT_AddColumn": _add_column,
    "AT_DropColumn": _drop_column,
    "AT_AlterColumnType": _type,
    "AT_ColumnDefault": _default,
    "AT_SetNotNull": lambda at, table, cmd: op.SetNotNull(at, table=table, column=cmd.name),
    "AT_DropNotNull": lambda at, table, cmd: op.DropNotNull(at, table=table, column=cmd.name),
    "AT_SetExpression": _expression,
    "AT_DropExpression": _expression,
    "AT_AddIdentity": _add_identity,
    "AT_SetIdentity": _set_identity,
    "AT_DropIdentity": _drop_identity,
}


def _add_constraint(at: op.Statement, table: Name, command: Node) -> op.Operation:
    return op.AddConstraint(at, table=table, constraint=table_constraint(_argument(command).constraint))


def _drop_constraint(at: op.Statement, table: Name, command: Node) -> op.Operation:
    return op.DropConstraint(
        at, table=table, constraint=command.name, if_exists=command.missing_ok, cascade=cascades(command)
    )


def _validate(at: op.Statement, table: Name, command: Node) -> op.Operation:
    return op.ValidateConstraint(at, table=table, constraint=command.name)


def _alter_constraint(at: op.Statement, table: Name, command: Node) -> op.Operation:
    change = _argument(command).atalter_constraint
    words = []
    if change.alter_enforceability:
        words.append("ENFORCED" if change.is_enforced else "NOT ENFORCED")
    if change.alter_deferrability:
        words.append("DEFERRABLE" if change.deferrable else "NOT DEFERRABLE")
        words += ["INITIALLY DEFERRED"] if change.initdeferred else []
    if change.alter_inheritability:
        words.append("NO INHERIT" if change.noinherit else "INHERIT")
    return op.AlterConstraint(at, table=table, constraint=change.conname, definition=" ".join(words))


_CONSTRAINTS: dict[str, Action] = {
    "AT_AddConstraint": _add_constraint,
    "AT_DropConstraint": _drop_constraint,
    "AT_ValidateConstraint": _validate,
    "AT_AlterConstraint": _alter_constraint,
}


def _trigger(*, enabled: bool, every: str = "") -> Action:
    return lambda at, table, cmd: op.SetTrigger(at, table=table, name=every or cmd.name, enabled=enabled)


def _security(*, enabled: bool | None = None, forced: bool | None = None) -> Action:
    return lambda at, table, _: op.SetRowSecurity(at, table=table, enabled=enabled, forced=forced)


_TRIGGERS: dict[str, Action] = {
    "AT_EnableTrig": _trigger(enabled=True),
    "AT_EnableAlwaysTrig": _trigger(enabled=True),
    "AT_EnableReplicaTrig": _trigger(enabled=False),  # it no longer fires for ordinary sessions
    "AT_DisableTrig": _trigger(enabled=False),
    "AT_EnableTrigAll": _trigger(enabled=True, every="ALL"),
    "AT_DisableTrigAll": _trigger(enabled=False, every="ALL"),
    "AT_EnableTrigUser": _trigger(enabled=True, every="USER"),
    "AT_DisableTrigUser": _trigger(enabled=False, every="USER"),
    "AT_EnableRowSecurity": _security(enabled=True),
    "AT_DisableRowSecurity": _security(enabled=False),
    "AT_ForceRowSecurity": _security(forced=True),
    "AT_NoForceRowSecurity": _security(forced=False),
}


def _attach(at: op.Statement, table: Name, command: Node) -> op.Operation:
    change = _argument(command).partition_cmd
    return op.AttachPartition(at, table=table, partition=relation_name(change.name), bound=bound_sql(change.bound))


def _detach(at: op.Statement, table: Name, command: Node) -> op.Operation:
    change = _argument(command).partition_cmd
    finalize = enum(command, "subtype") == "AT_DetachPartitionFinalize"
    return op.DetachPartition(
        at, table=table, partition=relation_name(change.name), concurrently=change.concurrent or finalize
    )


def _inherit(*, inherit: bool) -> Action:
    return lambda at, table, cmd: op.SetInheritance(
        at, table=table, parent=relation_name(_argument(cmd).range_var), inherit=inherit
    )


_PARTITIONS: dict[str, Action] = {
    "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach,
    "AT_DetachPartitionFinalize": _detach,
    "AT_AddInherit": _inherit(inherit=True),
    "AT_DropInherit": _inherit(inherit=False),
}


def _attribute_action(command: Node) -> str:
    end = " CASCADE" if cascades(command) else ""
    match enum(command, "subtype"):
        case "AT_AddColumn":
            definition = _argument(command).column_def
            return f"ADD ATTRIBUTE {quote(definition.colname)} {type_sql(definition.type_name)}{end}"
        case "AT_DropColumn":
            exists = "IF EXISTS " if command.missing_ok else ""
            return f"DROP ATTRIBUTE {exists}{quote(command.name)}{end}"
        case "AT_AlterColumnType" if kind(_argument(command)) == "column_def":
            written = type_sql(_argument(command).column_def.type_name)
            return f"ALTER ATTRIBUTE {quote(command.name)} TYPE {written}{end}"
        case other:
            return other
