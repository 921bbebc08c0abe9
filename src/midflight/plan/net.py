"""Which steps leave something to undo once everything that the change set made is dropped as a whole."""

import re
from collections.abc import Sequence
from dataclasses import replace

from midflight.catalog.model import Step
from midflight.inspection.model import Context
from midflight.inspection.phases import table_of
from midflight.operations import model as op
from midflight.operations.shapes import ConstraintKind, Name
from midflight.plan.inverse.rights import exists

_HANGS_ON_ITS_TABLE = (
    op.AddColumn,
    op.DropColumn,
    op.AlterColumnType,
    op.SetDefault,
    op.SetNotNull,
    op.DropNotNull,
    op.SetIdentity,
    op.SetExpression,
    op.SetColumnOption,
    op.SetTableOption,
    op.AddConstraint,
    op.DropConstraint,
    op.AlterConstraint,
    op.CreateIndex,
    op.CreateTrigger,
    op.DropTrigger,
    op.SetTrigger,
    op.CreatePolicy,
    op.AlterPolicy,
    op.DropPolicy,
    op.SetRowSecurity,
    op.Insert,
    op.Update,
    op.Delete,
)
_RENAMES = (op.RenameTable, op.SetSchema, op.RenameColumn, op.RenameSchema)


def lasting(steps: Sequence[Step], context: Context) -> tuple[Step, ...]:
    """Return the steps to invert: not those that a DROP of a table or column made in the same change set covers.

    A change set that renames is left alone: a name would then stand for two things. So is a statement that names
    another new object, or a foreign key that rests on a key of this change set: those could not be dropped before
    its table.
    """
    if any(isinstance(step.operation, _RENAMES) for step in context.steps):
        return tuple(steps)
    made, names = _made(context), _new_names(context)
    return tuple(
        s for s in steps if not _covered(s, context, made) or _names_another(s, names) or _rests_on_new_key(s, context)
    )


def _new_names(context: Context) -> frozenset[str]:
    before, after = context.before, context.after
    relations = (n.name for n in after.relations if n not in before.relations)
    routines = (k.name.name for k in after.routines if k not in before.routines)
    types = (n.name for n in after.types if n not in before.types)
    return frozenset((*relations, *routines, *types))


def _names_another(step: Step, names: frozenset[str]) -> bool:
    if isinstance(step.operation, op.Comment | op.Grant | op.Insert | op.Update | op.Delete):
        return False
    table = table_of(step)
    own = {table.name} if table else set()
    return bool((names - own).intersection(re.findall(r"[^\W\d][\w$]*", step.operation.statement.text)))


def _rests_on_new_key(step: Step, context: Context) -> bool:
    """Whether a foreign key points at a table from before, by a key that this change set makes there."""
    operation = step.operation
    if not isinstance(operation, op.AddConstraint) or operation.constraint.references is None:
        return False
    table = step.after.resolve(operation.constraint.references)
    if table not in context.before.relations:
        return False
    columns = operation.constraint.referenced_columns
    return any(table_of(other) == table and _makes_key(other.operation, columns) for other in context.steps)


def _makes_key(operation: op.Operation, columns: tuple[str, ...]) -> bool:
    match operation:
        case op.CreateIndex():
            return operation.index.unique
        case op.AddConstraint():
            return operation.constraint.kind in {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE}
        case op.AddColumn():
            return operation.column.name in columns
        case _:
            return False


def _made(context: Context) -> frozenset[Name]:
    """The tables that a CREATE TABLE of this change set made."""
    return frozenset(
        name
        for step in context.steps
        if isinstance(step.operation, op.CreateTable)
        for name in (step.after.resolve(step.operation.name),)
        if name not in context.before.relations and name not in step.before.relations
    )


def _covered(step: Step, context: Context, made: frozenset[Name]) -> bool:
    operation = step.operation
    if isinstance(operation, op.Comment | op.Grant):
        return _only_on_new(operation, step, context)
    table = table_of(step)
    if table is None:
        return False
    if table in made:
        passing = table not in context.after.relations  # made and dropped again
        return isinstance(operation, _HANGS_ON_ITS_TABLE) or (
            passing and isinstance(operation, op.CreateTable | op.DropTable)
        )
    if _of_passing_column(operation, table, context):
        return True
    return isinstance(operation, op.Update) and _fills_new_columns(operation, table, context)


def _of_passing_column(operation: op.Operation, table: Name, context: Context) -> bool:
    """Whether it is about a column that the change set adds and drops again: there is nothing to put back."""
    match operation:
        case op.AddColumn():
            column = operation.column.name
        case op.DropColumn() | op.AlterColumnType() | op.SetDefault() | op.SetNotNull() | op.DropNotNull():
            column = operation.column
        case _:
            return False
    before, after = context.before.relations.get(table), context.after.relations.get(table)
    if before is None or after is None or not (before.complete and after.complete):
        return False
    return before.column(column) is None and after.column(column) is None


def _only_on_new(operation: op.Comment | op.Grant, step: Step, context: Context) -> bool:
    """Whether all that it is about was made in this change set: rights and comments go with their object."""
    targets = operation.targets if isinstance(operation, op.Grant) else (operation.target,)
    resolved = [replace(t, name=step.after.resolve(t.name)) for t in targets]
    return bool(resolved) and all(not exists(t, context.before) and exists(t, context.after) for t in resolved)


def _fills_new_columns(operation: op.Update, table: Name, context: Context) -> bool:
    """Whether only columns are written that go away with the rollback."""
    relation = context.before.relations.get(table)
    if relation is None or not operation.columns:
        return False
    return relation.complete and all(relation.column(name) is None for name in operation.columns)
