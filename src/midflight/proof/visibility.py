"""Which generated rows a role sees before a change and no longer after it, in tables, views and what routines give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from midflight.catalog.model import RelationKind
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


@dataclass(frozen=True, slots=True)
class Called:
    """A routine that needs no argument, as a query names it."""

    name: Name

    def __str__(self) -> str:
        """As it stands after FROM."""
        return f"{self.name}()"


Source = Name | Called
Visible = Mapping[tuple[Source, str], int]
"""How many rows of a table, a view or a routine a role sees; a role that may not read it is left out."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Rows of a table that a role no longer sees, and the statement that is why."""

    table: Name
    role: str
    before: int
    after: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class Fewer:
    """A view or routine that gives a role fewer rows, and the statement that is why; no role is the owner."""

    name: Name
    role: str
    before: int
    after: int
    statement: Statement


def looked_at(context: Context, seeded: Seeded | None) -> tuple[Source, ...]:
    """Return what is counted as the roles see it: guarded tables where rights change, changed views and routines."""
    if seeded is None:
        return ()
    found: list[Source] = [*_views(context), *_routines(context)]
    if any(isinstance(step.operation, _RIGHTS) for step in context.steps):
        found += [name for name in sorted(seeded.filled) if _is_guarded(name, context)]
    return tuple(found[:_MOST_TABLES])


def _views(context: Context) -> Iterator[Name]:
    for name, before in context.before.relations.items():
        after = context.after.relations.get(name)
        if before.kind is RelationKind.VIEW and after is not None and after.definition != before.definition:
            yield name


def _routines(context: Context) -> Iterator[Called]:
    """The changed functions that give rows, can be called without arguments, and write nothing."""
    for key, before in context.before.routines.items():
        after = context.after.routines.get(key)
        if after is None or after.body == before.body or any(p.default is None for p in before.inputs):
            continue
        if all(each.volatility in {"STABLE", "IMMUTABLE"} and _gives_rows(each.returns) for each in (before, after)):
            yield Called(key.name)


def _gives_rows(returns: str) -> bool:
    return returns.upper().startswith(("SETOF ", "TABLE"))


def _is_guarded(name: Name, context: Context) -> bool:
    before, after = context.before.relations.get(name), context.after.relations.get(name)
    return before is not None and after is not None and (before.row_security or after.row_security)


def hidden(context: Context, old: Visible, new: Visible, owner: str) -> Iterator[Hidden]:
    """Yield what is hidden after the change; a table that itself has lost rows says nothing of rights.

    `owner` is the role that sees all rows.
    """
    for (table, role), before in old.items():
        after = new.get((table, role))
        if role == owner or after is None or after >= before or isinstance(table, Called) or _is_view(table, context):
            continue
        statement = _cause(table, context)
        if statement is not None and new.get((table, owner)) == old.get((table, owner)):
            yield Hidden(table, role, before, after, statement)


def _is_view(name: Name, context: Context) -> bool:
    relation = context.before.relations.get(name)
    return relation is not None and relation.kind is RelationKind.VIEW


def fewer(context: Context, old: Visible, new: Visible, owner: str) -> Iterator[Fewer]:
    """Yield each changed view and routine that gives fewer rows, to the owner or else to the first role."""
    told: set[Name] = set()
    for (source, role), before in old.items():
        after = new.get((source, role))
        name = source.name if isinstance(source, Called) else source
        if after is None or after >= before or name in told:
            continue
        if isinstance(source, Called) or _is_view(source, context):
            statement = _maker(name, context)
            if statement is not None:
                told.add(name)
                yield Fewer(name, "" if role == owner else role, before, after, statement)


def _maker(name: Name, context: Context) -> Statement | None:
    """The last statement that made a view or a routine."""
    found = None
    for step in context.steps:
        match step.operation:
            case op.CreateView(name=made) if context.after.resolve(made) == name:
                found = step.operation.statement
            case op.CreateRoutine(routine=made) if made.name.may_mean(name):
                found = step.operation.statement
            case _:
                pass
    return found


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
