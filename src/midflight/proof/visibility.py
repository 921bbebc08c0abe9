"""Which generated rows a role sees before a change and no longer after it, without any error."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.operations.shapes import Name
from midflight.proof.seeded import Seeded

_MOST_TABLES = 100
_RIGHTS = (
    op.CreatePolicy,
    op.AlterPolicy,
    op.DropPolicy,
    op.SetRowSecurity,
    op.Grant,
    op.CreateRoutine,
    op.DropRoutine,
)
"""What decides which rows a role sees: policies, and the routines that their conditions call."""

Visible = Mapping[tuple[Name, str], int]
"""How many rows of a table a role sees; a role that may not read it is left out."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Rows of a table that a role no longer sees, and the statement that is why."""

    table: Name
    role: str
    before: int
    after: int
    statement: Statement


def looked_at(context: Context, seeded: Seeded | None) -> tuple[Name, ...]:
    """Return the tables whose rows are counted as the roles see them: none where the change says nothing of rights."""
    if seeded is None or not any(isinstance(step.operation, _RIGHTS) for step in context.steps):
        return ()
    return tuple(name for name in sorted(seeded.filled) if _is_guarded(name, context))[:_MOST_TABLES]


def _is_guarded(name: Name, context: Context) -> bool:
    before, after = context.before.relations.get(name), context.after.relations.get(name)
    return before is not None and after is not None and (before.row_security or after.row_security)


def hidden(context: Context, old: Visible, new: Visible, owner: str) -> Iterator[Hidden]:
    """Yield what is hidden after the change; a table that itself has lost rows says nothing of rights.

    `owner` is the role that sees all rows.
    """
    for (table, role), before in old.items():
        after = new.get((table, role))
        if role == owner or after is None or after >= before:
            continue
        statement = _cause(table, context)
        if statement is not None and new.get((table, owner)) == old.get((table, owner)):
            yield Hidden(table, role, before, after, statement)


def _cause(table: Name, context: Context) -> Statement | None:
    """The last statement about the rights on the table, else the last one about rights at all."""
    steps = [step for step in context.steps if isinstance(step.operation, _RIGHTS)]
    own = [step for step in steps if table in _tables(step.operation, context)]
    return (own or steps)[-1].operation.statement if steps else None


def _tables(operation: op.Operation, context: Context) -> tuple[Name, ...]:
    match operation:
        case op.CreatePolicy(policy=policy):
            return (context.after.resolve(policy.table),)
        case op.AlterPolicy(table=table) | op.DropPolicy(table=table) | op.SetRowSecurity(table=table):
            return (context.after.resolve(table),)
        case op.Grant(targets=targets):
            return tuple(context.after.resolve(target.name) for target in targets)
        case _:
            return ()
