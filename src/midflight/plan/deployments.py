"""The numbered steps of going out: expand, rollout, contract."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.model import Step
from midflight.compatibility.model import Matrix
from midflight.inspection.finding import Finding, Phase
from midflight.inspection.finding import Step as Advice
from midflight.inspection.model import Context, Deploys
from midflight.inspection.phases import is_new, phase_of
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.plan.advice import contract_advice, expand_advice, recipe_of, rollout_advice
from midflight.plan.builds import outlive, waiting
from midflight.plan.model import Deployment, Order, Planned, Query
from midflight.plan.options import PlanOptions
from midflight.plan.order import Placement, place_statements
from midflight.plan.passing import cancelled
from midflight.plan.prechecks import precheck
from midflight.plan.rollout import code_differs, rollout_items
from midflight.plan.traits import Traits
from midflight.plan.verify import verify_step
from midflight.plan.words import plural, summary
from midflight.references.model import Guard

_WORD = re.compile(r"[^\W\d][\w$]*")
_LOOSENING = (op.DropIndex, op.DropConstraint, op.DropPolicy, op.DropRule)
_DROPS = (op.DropColumn, op.DropTable)
_SILENT = (op.SetSetting, op.TransactionControl, op.LockTable, op.Maintenance, op.Query, op.RoleStatement)


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement with its steps in the phase where it belongs; `replaced` when a recipe does its work instead."""

    phase: Phase
    steps: tuple[tuple[Step, Context], ...]
    replaced: bool = False

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
    recipes = {torn: recipe_of(torn, findings) for torn in placement.torn}
    advice = tuple(dict.fromkeys(step for recipe in recipes.values() for step in recipe))
    expand = [p for p in placed if p.phase is Phase.EXPAND]
    contract = [replace(p, replaced=bool(recipes.get(p.statement))) for p in placed if p.phase is Phase.CONTRACT]
    postgrest = any(context.database.head.format == "supabase" for context in contexts)
    before = expand_advice(steps_of(expand), known, advice, postgrest=postgrest)
    code_items = rollout_items(contexts, matrix)
    goes_out = bool(code_items) or told.code or code_differs(contexts)
    separate = _separate(expand, order, told) or bool(outlive(matrix))
    after = contract_advice(steps_of(contract), known, told, advice, separate=separate, waits=tuple(waiting(matrix)))
    found = (
        _database(Phase.EXPAND, expand, before) if expand or before else None,
        _rollout(code_items, rollout_advice(flags, known, told, matrix, advice)) if goes_out else None,
        _contract(contract, order, after, separate=separate) if contract else None,
    )
    return tuple(d for d in found if d is not None)


def _separate(expand: Sequence[Placed], order: Order, options: PlanOptions) -> bool:
    """Whether the clean-up must wait for a later pull request."""
    if order is Order.CODE_FIRST:
        return options.deploys is not Deploys.CODE_FIRST
    return bool(expand) or order is Order.SPLIT


def steps_of(placed: Sequence[Placed]) -> tuple[Step, ...]:
    """Return the steps of statements, those that a recipe replaces left out."""
    return tuple(step for p in placed if not p.replaced for step, _ in p.steps)


def place(contexts: Sequence[Context], placement: Placement, order: Order) -> tuple[Placed, ...]:
    """Return the statements that do something, in order, each in its phase."""
    grouped: dict[Statement, list[tuple[Step, Context]]] = {}
    for context in contexts:
        for step in context.steps:
            if not isinstance(step.operation, _SILENT):
                grouped.setdefault(step.operation.statement, []).append((step, context))
    found = _cancelling(
        [Placed(_phase(steps, placement, order), tuple(steps)) for steps in grouped.values()],
        cancelled(contexts) - {*placement.later, *placement.torn},
    )
    expands = any(p.phase is Phase.EXPAND for p in found)
    return tuple(
        Placed(Phase.EXPAND, p.steps) if expands and _loosens(p) and p.statement not in placement.later else p
        for p in found
    )


def _cancelling(placed: Sequence[Placed], gone: frozenset[Statement]) -> list[Placed]:
    """Drop what the change set made where it is made, unless something that comes later still names it."""
    if not any(p.phase is Phase.EXPAND for p in placed):
        return list(placed)
    rest = (p.statement.text for p in placed if p.phase is Phase.CONTRACT and p.statement not in gone)
    words = {word for text in rest for word in _WORD.findall(text)}
    return [replace(p, phase=Phase.EXPAND) if p.statement in gone and not _dropped(p) & words else p for p in placed]


def _dropped(placed: Placed) -> set[str]:
    """The bare names of what a statement drops."""
    operations = (step.operation for step, _ in placed.steps)
    return {o.column if isinstance(o, op.DropColumn) else o.name.name for o in operations if isinstance(o, _DROPS)}


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
    text = f"instead of: {text}" if placed.replaced else text
    return Planned(statement.path, statement.line, text, sql=statement.text)


def _prechecks(placed: Sequence[Placed]) -> Iterator[Query]:
    """What to run before the deployment; a column that it adds itself cannot be looked into yet."""
    steps = [(step, context) for p in placed if not p.replaced for step, context in p.steps]
    added = {step.operation.column.name for step, _ in steps if isinstance(step.operation, op.AddColumn)}
    for step, context in steps:
        if not is_new(step, context):
            own = {step.operation.column.name} if isinstance(step.operation, op.AddColumn) else set()
            yield from (q for q in precheck(step) if not (added - own).intersection(_WORD.findall(q.sql)))


def _verify(placed: Sequence[Placed]) -> Iterator[Query]:
    for p in placed:
        for step, context in p.steps:
            makes = isinstance(step.operation, op.CreateTable | op.CreateView)
            if not p.replaced and (makes or not is_new(step, context)):
                yield from verify_step(step, context.after)


def _rollout(items: Sequence[Planned], advice: Sequence[Advice]) -> Deployment:
    return Deployment(Phase.ROLLOUT, "Deploy the code", items=tuple(items), steps=tuple(advice))


def _contract(contract: Sequence[Placed], order: Order, advice: Sequence[Advice], *, separate: bool) -> Deployment:
    found = _database(Phase.CONTRACT, contract, advice, separate=separate)
    if order is Order.CODE_FIRST:
        return replace(found, title=f"Apply the migration after the code ({plural(len(contract), 'statement')})")
    return found
