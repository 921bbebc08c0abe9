"""What the condition around a statement in a DO block says about the object that the statement makes or drops."""

from dataclasses import replace
from enum import StrEnum

from midflight.operations import model as op
from midflight.operations.dialects.postgres.queries import calls, relations
from midflight.operations.dialects.postgres.tree import Node, enum, kind

_CATALOG_SCHEMAS = frozenset({"pg_catalog", "information_schema"})
_LOOKUPS = frozenset({"to_regclass", "to_regtype", "to_regproc", "to_regprocedure", "to_regnamespace", "to_regrole"})
_ABSENT = frozenset(
    "duplicate_object duplicate_table duplicate_column duplicate_schema duplicate_function duplicate_alias"
    " invalid_table_definition unique_violation 42710 42P07 42701 42P06 42723 42P16 23505".split()
)
_PRESENT = frozenset(
    "undefined_object undefined_table undefined_column undefined_function invalid_schema_name"
    " 42704 42P01 42703 42883 3F000".split()
)
DATA = (op.Insert, op.Update, op.Delete, op.Query, op.SetSetting, op.LockTable, op.Maintenance, op.Truncate, op.Copy)
"""What changes no definition: it may stand under any condition and in loops."""


class Guard(StrEnum):
    """When a statement runs."""

    NONE = "always"
    ABSENT = "when something is not there"
    PRESENT = "when something is there"
    UNKNOWN = "under a condition"

    @property
    def inverse(self) -> "Guard":
        """The guard of the other branch."""
        return {Guard.ABSENT: Guard.PRESENT, Guard.PRESENT: Guard.ABSENT}.get(self, self)


def guard_of_condition(condition: Node) -> Guard:
    """Return what an IF condition asks: only questions to the system catalogs are understood."""
    match kind(condition):
        case "bool_expr" if enum(condition.bool_expr, "boolop") == "NOT_EXPR":
            return guard_of_condition(condition.bool_expr.args[0]).inverse
        case "bool_expr" if enum(condition.bool_expr, "boolop") == "AND_EXPR":
            found = {guard_of_condition(part) for part in condition.bool_expr.args}
            return found.pop() if len(found) == 1 else Guard.UNKNOWN
        case "sub_link" if enum(condition.sub_link, "sub_link_type") == "EXISTS_SUBLINK":
            read = relations([condition])
            asked = read and all(name.schema in _CATALOG_SCHEMAS or name.name.startswith("pg_") for name in read)
            return Guard.PRESENT if asked else Guard.UNKNOWN
        case "null_test":
            asked = any(name.name in _LOOKUPS for name in calls(condition.null_test.arg))
            absent = enum(condition.null_test, "nulltesttype") == "IS_NULL"
            return (Guard.ABSENT if absent else Guard.PRESENT) if asked else Guard.UNKNOWN
        case _:
            return Guard.UNKNOWN


def guard_of_exceptions(names: set[str]) -> Guard:
    """Return what the caught conditions say: a block that survives `duplicate_object` makes what is not there."""
    if names and names <= _ABSENT:
        return Guard.ABSENT
    return Guard.PRESENT if names and names <= _PRESENT else Guard.UNKNOWN


def tolerant(operation: op.Operation, guard: Guard) -> op.Operation:
    """Return the operation with the IF [NOT] EXISTS that its guard amounts to, where it has such a flag."""
    match guard:
        case Guard.ABSENT:
            return _if_not_exists(operation)
        case Guard.PRESENT:
            return _if_exists(operation)
        case _:
            return operation


def _if_not_exists(operation: op.Operation) -> op.Operation:
    match operation:
        case op.CreateTable() | op.AddColumn() | op.CreateIndex() | op.CreateView() | op.CreateSequence():
            return replace(operation, if_not_exists=True)
        case op.CreateSchema() | op.CreateExtension() | op.AddEnumValue():
            return replace(operation, if_not_exists=True)
        case op.CreateTrigger():
            return replace(operation, or_replace=True)
        case _:
            return operation


def _if_exists(operation: op.Operation) -> op.Operation:
    match operation:
        case op.DropTable() | op.DropView() | op.DropIndex() | op.DropSequence() | op.DropColumn():
            return replace(operation, if_exists=True)
        case op.DropConstraint() | op.DropTrigger() | op.DropPolicy() | op.DropRule() | op.DropRoutine():
            return replace(operation, if_exists=True)
        case op.DropType() | op.DropSchema() | op.DropExtension() | op.DropPublication():
            return replace(operation, if_exists=True)
        case op.RenameTable() | op.RenameIndex():
            return replace(operation, if_exists=True)
        case _:
            return operation
