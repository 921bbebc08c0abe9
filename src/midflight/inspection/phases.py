"""Which phase of a deployment an operation belongs to, judged by its net effect."""

from collections.abc import Iterable

from midflight.catalog.model import Catalog, Step
from midflight.catalog.types import widens
from midflight.inspection.finding import Phase
from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.operations.shapes import Index, Name, RoutineKey

NEUTRAL = (
    op.SetSetting,
    op.TransactionControl,
    op.LockTable,
    op.Maintenance,
    op.Query,
    op.RoleStatement,
    op.Comment,
    op.Opaque,
)
CONTRACTING = (
    op.RenameTable,
    op.RenameColumn,
    op.RenameRoutine,
    op.RenameType,
    op.RenameSchema,
    op.RenameEnumValue,
    op.RenameConstraint,
    op.SetSchema,
    op.SetNotNull,
    op.AddConstraint,
    op.DropConstraint,
    op.DetachPartition,
    op.SetExpression,
    op.Delete,
    op.Truncate,
    op.DropExtension,
    op.DropSequence,
    op.DropSchema,
    op.DropPublication,
)


def phase_of(step: Step, context: Context) -> Phase | None:
    """Return the phase of one step, None for what changes nothing that code can see.

    Whatever happens to an object made in the same change set is part of the expansion: nobody uses it yet.
    """
    operation = step.operation
    if isinstance(operation, NEUTRAL):
        return None
    if is_new(step, context):
        return Phase.EXPAND
    return Phase.CONTRACT if _contracts(step, context) else Phase.EXPAND


def is_new(step: Step, context: Context) -> bool:
    """Return whether the table that the operation changes did not exist before the change set."""
    table = table_of(step)
    return table is not None and not existed(table, context)


def existed(name: Name, context: Context) -> bool:
    """Return whether the relation was there before the change set, or may have been.

    Where the history has gaps, a relation that the change set itself creates counts as new.
    """
    if name in context.before.relations:
        return True
    return name not in context.made and bool(context.before.why_unknown(name))


def made_by(steps: Iterable[Step], before: Catalog) -> frozenset[Name]:
    """Return the relations that the change set itself creates."""
    created = (s.operation.name for s in steps if isinstance(s.operation, op.CreateTable | op.CreateView))
    return frozenset(before.resolve(written) for written in created)


def table_of(step: Step) -> Name | None:
    """Return the resolved name of the relation that the operation changes, None where it changes none."""
    named = _written_table(step.operation)
    if named is None:
        return None
    before = step.before.resolve(named)
    return before if before in step.before.relations else step.after.resolve(named)


def _written_table(operation: op.Operation) -> Name | None:
    match operation:
        case op.CreateIndex(index=Index(table=table)):
            return table
        case op.CreateTrigger(trigger=trigger):
            return trigger.table
        case op.CreatePolicy(policy=policy):
            return policy.table
        case op.DropTable(name=name) | op.RenameTable(name=name) | op.DropView(name=name) | op.CreateView(name=name):
            return name
        case _:
            written: object = getattr(operation, "table", None)
            return written if isinstance(written, Name) else None


def _contracts(step: Step, context: Context) -> bool:
    operation = step.operation
    match operation:
        case op.AddColumn(column=column):
            return column.required
        case op.SetDefault(default=default):
            return default is None
        case op.AlterColumnType(table=table, column=name, type=new_type):
            relation = step.before.relation(table)
            known = relation.column(name) if relation else None
            return known is None or not widens(known.type, new_type)
        case op.CreateIndex(index=index):
            return index.unique
        case op.SetRowSecurity(enabled=enabled, forced=forced):
            return bool(enabled or forced)
        case op.Grant(revoke=revoke) | op.AlterDefaultPrivileges(revoke=revoke):
            return revoke
        case op.AlterDomain(add=add, not_null=not_null):
            return add is not None or not_null is True
        case _:
            return isinstance(operation, CONTRACTING) or _drops(step, context.after)


def _drops(step: Step, after: Catalog) -> bool:
    """Whether the operation drops something that the change set does not make again."""
    match step.operation:
        case op.DropTable(name=name) | op.DropView(name=name):
            return step.before.resolve(name) not in after.relations
        case op.DropColumn(table=table, column=column):
            relation = after.relations.get(step.before.resolve(table))
            return relation is None or relation.column(column) is None
        case op.DropRoutine(name=name):
            return bool(removed_routines(step) - set(after.routines))
        case op.DropType(name=name):
            return step.before.resolve(name) not in after.types
        case op.DropTrigger(table=table, name=trigger):
            return (step.before.resolve(table), trigger) not in after.triggers
        case op.DropPolicy(table=table, name=policy):
            return (step.before.resolve(table), policy) not in after.policies
        case op.DropIndex(name=name):
            return step.before.resolve(name) not in after.indexes
        case _:
            return False


def removed_routines(step: Step) -> set[RoutineKey]:
    """Return the keys of the routines that the operation removed."""
    return {key for key in step.before.routines if key not in step.after.routines}


def dropped_words(context: Context) -> frozenset[str]:
    """Return the names of the tables, columns and routines that the change set drops and that were there before."""
    found: set[str] = set()
    for step in context.steps:
        match step.operation:
            case op.DropTable(name=name) if existed(step.before.resolve(name), context):
                found.add(name.name)
            case op.DropColumn(table=table, column=column) if existed(step.before.resolve(table), context):
                found.add(column)
            case op.DropRoutine():
                found |= {key.name.name for key in removed_routines(step) if key in context.before.routines}
    return frozenset(found)
