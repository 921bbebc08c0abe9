"""Which steps leave something to undo once everything that the change set made is dropped as a whole."""

from collections.abc import Sequence

from midflight.catalog.model import Step
from midflight.inspection.model import Context
from midflight.inspection.phases import table_of
from midflight.operations import model as op
from midflight.operations.shapes import Name, ObjectKind

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

    A change set that renames is left alone: a name would then stand for two things.
    """
    if any(isinstance(step.operation, _RENAMES) for step in context.steps):
        return tuple(steps)
    made = _made(context)
    return tuple(step for step in steps if not _covered(step, context, made))


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
        return _only_on(operation, step, made)
    table = table_of(step)
    if table is None:
        return False
    if table in made:
        passing = table not in context.after.relations  # made and dropped again
        return isinstance(operation, _HANGS_ON_ITS_TABLE) or (
            passing and isinstance(operation, op.CreateTable | op.DropTable)
        )
    return isinstance(operation, op.Update) and _fills_new_columns(operation, table, context)


def _only_on(operation: op.Comment | op.Grant, step: Step, made: frozenset[Name]) -> bool:
    targets = operation.targets if isinstance(operation, op.Grant) else (operation.target,)
    on_tables = {ObjectKind.TABLE, ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.POLICY, ObjectKind.TRIGGER}
    return bool(targets) and all(t.kind in on_tables and step.after.resolve(t.name) in made for t in targets)


def _fills_new_columns(operation: op.Update, table: Name, context: Context) -> bool:
    """Whether only columns are written that go away with the rollback."""
    relation = context.before.relations.get(table)
    if relation is None or not operation.columns:
        return False
    return relation.complete and all(relation.column(name) is None for name in operation.columns)
