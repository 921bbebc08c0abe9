"""The numbered steps of going out: expand, rollout, contract."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from midflight.catalog.model import Step
from midflight.compatibility.model import Matrix
from midflight.inspection.finding import Finding, Phase
from midflight.inspection.finding import Step as Advice
from midflight.inspection.model import Context, Deploys
from midflight.inspection.phases import is_new, phase_of
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.plan.advice import contract_advice, expand_advice, rollout_advice
from midflight.plan.model import Deployment, Order, Planned, Query
from midflight.plan.options import PlanOptions
from midflight.plan.order import Placement, place_statements
from midflight.plan.prechecks import precheck
from midflight.plan.rollout import rollout_items
from midflight.plan.traits import Traits
from midflight.plan.verify import verify_step
from midflight.plan.words import plural, summary
from midflight.references.model import Guard

_LOOSENING = (op.DropIndex, op.DropConstraint, op.DropPolicy, op.DropRule)
_SILENT = (op.SetSetting, op.TransactionControl, op.LockTable, op.Maintenance, op.Query, op.RoleStatement)


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement with its steps in the phase where it belongs."""

    phase: Phase
    steps: tuple[tuple[Step, Context], ...]

    @property
    def statement(self) -> Statement:
        """The statement."""
        return self.steps[0][0].operation.statement


def plan_deployments(  # noqa: PLR0913 - what a plan is made of
    contexts: Sequence[Context],
    matrix: Matrix,
    order: Order,
    *,
    findings: Sequence[Finding] = (),
    flags: Sequence[Guard] = (),
    traits: Traits | None = None,
    options: PlanOptions | None = None,
) -> tuple[Deployment, ...]:
    """Return what goes out in which step; `verify` of one must hold before the next begins."""
    known, told = traits or Traits(), options or PlanOptions()
    placement = place_statements(matrix)
    placed = place(contexts, placement, order)
    expand = [p for p in placed if p.phase is Phase.EXPAND]
    contract = [p for p in placed if p.phase is Phase.CONTRACT]
    recipes = tuple(f for f in findings if f.suppressed is None and f.statement in placement.torn)
    code_items = rollout_items(contexts, matrix, told)
    found = (
        _database(Phase.EXPAND, expand, expand_advice(expand_steps(expand), known, recipes))
        if expand or recipes
        else None,
        _rollout(code_items, rollout_advice(flags, known, told, matrix)) if code_items or told.code else None,
        _contract(expand, contract, order, known, told) if contract else None,
    )
    return tuple(d for d in found if d is not None)


def expand_steps(placed: Sequence[Placed]) -> tuple[Step, ...]:
    """Return the steps of statements."""
    return tuple(step for p in placed for step, _ in p.steps)


def place(contexts: Sequence[Context], placement: Placement, order: Order) -> tuple[Placed, ...]:
    """Return the statements that do something, in order, each in its phase."""
    grouped: dict[Statement, list[tuple[Step, Context]]] = {}
    for context in contexts:
        for step in context.steps:
            if not isinstance(step.operation, _SILENT):
                grouped.setdefault(step.operation.statement, []).append((step, context))
    found = [Placed(_phase(steps, placement, order), tuple(steps)) for steps in grouped.values()]
    expands = any(p.phase is Phase.EXPAND for p in found)
    return tuple(
        Placed(Phase.EXPAND, p.steps) if expands and _loosens(p) and p.statement not in placement.later else p
        for p in found
    )


def _phase(steps: Sequence[tuple[Step, Context]], placement: Placement, order: Order) -> Phase:
    statement = steps[0][0].operation.statement
    if order is Order.CODE_FIRST or statement in (*placement.later, *placement.torn):
        return Phase.CONTRACT
    if statement in placement.first:
        return Phase.EXPAND
    phases = {phase_of(step, context) for step, context in steps}
    return Phase.CONTRACT if Phase.CONTRACT in phases else Phase.EXPAND


def _loosens(placed: Placed) -> bool:
    """Whether nobody who writes or reads rows notices it: it may go with the expansion."""
    return all(isinstance(step.operation, _LOOSENING) for step, _ in placed.steps)


def _database(
    phase: Phase, placed: Sequence[Placed], advice: Sequence[Advice], *, separate: bool = False
) -> Deployment:
    title = f"Apply the migration ({plural(len(placed), 'statement')})" if placed else "Prepare the database"
    if phase is Phase.CONTRACT:
        title = f"Clean up ({plural(len(placed), 'statement')})"
    return Deployment(
        phase,
        title,
        items=tuple(_planned(p) for p in placed),
        steps=tuple(advice),
        pre_checks=tuple(dict.fromkeys(_prechecks(placed))),
        verify=tuple(dict.fromkeys(_verify(placed))),
        separate=separate,
    )


def _planned(placed: Placed) -> Planned:
    statement = placed.statement
    opaque = next((s.operation.reason for s, _ in placed.steps if isinstance(s.operation, op.Opaque)), "")
    text = f"not analysed ({opaque}): {summary(statement)}" if opaque else summary(statement)
    return Planned(statement.path, statement.line, text, sql=statement.text)


def _prechecks(placed: Sequence[Placed]) -> Iterator[Query]:
    for p in placed:
        for step, context in p.steps:
            if not is_new(step, context):
                yield from precheck(step)


def _verify(placed: Sequence[Placed]) -> Iterator[Query]:
    for p in placed:
        for step, context in p.steps:
            if isinstance(step.operation, op.CreateTable | op.CreateView) or not is_new(step, context):
                yield from verify_step(step, context.after)


def _rollout(items: Sequence[Planned], advice: Sequence[Advice]) -> Deployment:
    return Deployment(Phase.ROLLOUT, "Deploy the code", items=tuple(items), steps=tuple(advice))


def _contract(
    expand: Sequence[Placed], contract: Sequence[Placed], order: Order, traits: Traits, options: PlanOptions
) -> Deployment:
    separate = bool(expand) or order is Order.SPLIT
    if order is Order.CODE_FIRST:
        separate = options.deploys is not Deploys.CODE_FIRST
    advice = contract_advice(expand_steps(contract), traits, options, separate=separate)
    found = _database(Phase.CONTRACT, contract, advice, separate=separate)
    if order is Order.CODE_FIRST:
        title = f"Apply the migration after the code ({plural(len(contract), 'statement')})"
        return Deployment(Phase.CONTRACT, title, found.items, found.steps, found.pre_checks, found.verify, separate)
    return found
