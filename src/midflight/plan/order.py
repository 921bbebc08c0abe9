"""Which goes out first, database or code, and which statements go where when one pull request needs both."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from midflight.compatibility.model import Break, Cell, Matrix, State
from midflight.inspection.finding import Phase
from midflight.inspection.model import Context, Deploys
from midflight.inspection.phases import phase_of
from midflight.operations.model import Statement
from midflight.plan.builds import holder, why_later
from midflight.plan.model import Order
from midflight.plan.words import code, listed

_CONTRARY = {
    (Order.DATABASE_FIRST, Deploys.CODE_FIRST): "Your pipeline deploys code first: hold the code back.",
    (Order.CODE_FIRST, Deploys.DATABASE_FIRST): "Your pipeline applies migrations first: "
    "put the migration into a later pull request.",
    (Order.CODE_FIRST, Deploys.TOGETHER): "Nothing holds the migration back when both are merged together: "
    "put it into a later pull request.",
}


@dataclass(frozen=True, slots=True)
class Placement:
    """Statements that must run before the new code, those that must run after it, and those that both sides need."""

    first: tuple[Statement, ...] = ()
    later: tuple[Statement, ...] = ()
    torn: tuple[Statement, ...] = ()


def decide_order(
    matrix: Matrix, contexts: Sequence[Context], deploys: Deploys, unread: Sequence[str] = ()
) -> tuple[Order, str]:
    """Return the order and the sentence that says why; `unread` are files of migrations that are programs.

    A break behind a flag or a fallback forces nothing, nor does one that remains when both are out. Where lines of
    code could not be resolved, the order is the one that is safe whatever they do.
    """
    needs, forbids = _needed_first(matrix), _unguarded(matrix.old_new)
    first = matrix.new_old.state is State.BREAKS and (bool(needs) or not matrix.new_old.breaks)
    later = matrix.old_new.state is State.BREAKS
    if not (first or later) and (in_doubt := _order_in_doubt(matrix, contexts, unread)):
        order, reason = in_doubt
    elif first and later:
        order, reason = Order.SPLIT, _split_reason(needs, forbids)
    elif first:
        order = Order.DATABASE_FIRST
        needed = f"New code needs {_objects(needs)}, which only the migration brings"
        reason = f"{needed}; {_other(matrix.old_new, 'old')}."
    elif later:
        order = Order.CODE_FIRST
        needed = f"{holder(forbids)} still needs {_objects(forbids)}, which the migration takes away or tightens"
        reason = f"{needed}; {_other(matrix.new_old, 'new')}."
    else:
        order, reason = Order.ANY, _any_reason(matrix, contexts) if any(c.steps for c in contexts) or not unread else ""
    if unread:
        reason = f"{reason} {_unread(unread)}".strip()
    waits = why_later(matrix) if order in {Order.CODE_FIRST, Order.SPLIT} else ""
    contrary = waits or _CONTRARY.get((order, deploys), "")
    return order, f"{reason} {contrary}".strip()


def _unread(paths: Sequence[str]) -> str:
    return f"What {listed(map(code, paths))} does to the database is not known: read it against the code of both sides."


def _order_in_doubt(matrix: Matrix, contexts: Sequence[Context], unread: Sequence[str]) -> tuple[Order, str] | None:
    """Return the order that is safe although some lines could not be resolved, None where there are none."""
    scripts = {*unread, *(step.operation.statement.path for context in contexts for step in context.steps)}
    first, later = _doubted(matrix.new_old, scripts), _doubted(matrix.old_new, scripts)
    if first and later:
        return Order.SPLIT, (
            f"Old code that could not be resolved still names what the migration takes away or tightens ({later}), "
            f"and new code names what it brings ({first}): split the pull request unless neither reaches the database."
        )
    if first:
        return Order.DATABASE_FIRST, (
            f"Whether new code needs what the migration brings could not be told ({first}): apply the migration first."
        )
    if later:
        return Order.CODE_FIRST, (
            "Whether old code needs what the migration takes away or tightens could not be told "
            f"({later}): deploy the code first."
        )
    return None


def _doubted(cell: Cell, scripts: Collection[str]) -> str:
    """Return the first doubt about a line of code; a statement that could not be read decides no order."""
    if cell.state is not State.UNDETERMINED:
        return ""
    return next((d.reason for d in cell.doubts if d.place is not None and d.place.path not in scripts), "")


def place_statements(matrix: Matrix) -> Placement:
    """Return the statements that the breaks name, by where they belong."""
    first = _statements(_needed_first(matrix))
    later = _statements(_unguarded(matrix.old_new))
    torn = tuple(s for s in first if s in later)
    return Placement(tuple(s for s in first if s not in torn), tuple(s for s in later if s not in torn), torn)


def _unguarded(cell: Cell) -> tuple[Break, ...]:
    return tuple(b for b in cell.breaks if b.guard is None)


def _needed_first(matrix: Matrix) -> tuple[Break, ...]:
    remain = {(b.kind, b.object, b.place) for b in matrix.new_new.breaks}
    return tuple(b for b in _unguarded(matrix.new_old) if (b.kind, b.object, b.place) not in remain)


def _statements(breaks: Sequence[Break]) -> tuple[Statement, ...]:
    return tuple(dict.fromkeys(b.statement for b in breaks if b.statement is not None))


def _objects(breaks: Sequence[Break]) -> str:
    return listed(code(b.object) for b in breaks) or "what the other schema has"


def _other(cell: Cell, side: str) -> str:
    schema = "new" if side == "old" else "old"
    match cell.state:
        case State.DEGRADES:
            return f"{side} code degrades on the {schema} schema, behind a flag or a fallback"
        case State.UNDETERMINED:
            return f"whether {side} code holds on the {schema} schema could not be told"
        case _:
            return f"{side} code holds on the {schema} schema"


def _split_reason(needs: Sequence[Break], forbids: Sequence[Break]) -> str:
    if {b.object for b in needs} == {b.object for b in forbids}:
        return (
            f"Old code needs {_objects(needs)} as it was, new code needs it as the migration leaves it: "
            "no single order works, so split the pull request."
        )
    return (
        f"New code needs {_objects(needs)} before it goes out, and old code still needs {_objects(forbids)}: "
        "no single order works, so split the pull request."
    )


def _only_contracts(contexts: Sequence[Context]) -> bool:
    phases = {phase_of(step, context) for context in contexts for step in context.steps} - {None}
    return phases == {Phase.CONTRACT}


def _any_reason(matrix: Matrix, contexts: Sequence[Context]) -> str:
    stuck = [b for b in _unguarded(matrix.new_old) if b.statement is None]
    if stuck and matrix.new_new.state is State.BREAKS:
        return f"No migration brings {_objects(stuck)}, so no order makes the new code work."
    if not any(context.steps for context in contexts):
        return "No migration is applied."
    cells = (matrix.old_new, matrix.new_old)
    if all(cell.state is State.HOLDS for cell in cells) and _only_contracts(contexts):
        return "Nothing was found that still needs what the migration takes away or tightens."
    if any(cell.state is State.UNDETERMINED for cell in cells):
        return "Nothing was found that needs an order, but not everything could be read: apply the migration first."
    if any(cell.state is State.DEGRADES for cell in cells):
        guards = listed(code(b.guard.flag) for cell in cells for b in cell.breaks if b.guard)
        return f"Either order holds as long as {guards} is off in between; apply the migration first."
    return "Old code holds on the new schema and new code on the old one: either may go first, the database by habit."
