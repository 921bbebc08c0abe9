"""What the pending steps cost: the model's answer for the relations that were there before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache

from midflight.catalog.cost import cost_of
from midflight.catalog.cost_model import Cost
from midflight.catalog.model import Step
from midflight.inspection.finding import Finding
from midflight.inspection.model import Context
from midflight.inspection.phases import existed, made_by
from midflight.operations.model import Opaque, Statement
from midflight.operations.shapes import Name


@lru_cache(maxsize=4)
def step_costs(context: Context) -> tuple[Cost, ...]:
    """Return the cost of each pending step in order; new relations are left out, what could not be read has none."""
    found: list[Cost] = []
    anew: set[Name] = set()
    for step in context.steps:
        found.append(_cost(step, context, anew))
        made = made_by([step], step.before)
        anew |= {name for name in made if name not in step.before.relations}
    return tuple(found)


def _cost(step: Step, context: Context, anew: Collection[Name]) -> Cost:
    """The cost without what holds relations `anew`: those that have the name of one that is gone by then."""
    if isinstance(step.operation, Opaque):
        return Cost()
    cost = cost_of(step, version=context.postgres_version)
    held = tuple(each for each in cost.held if each.relation not in anew and _was_there(each.relation, context))
    return cost if len(held) == len(cost.held) else replace(cost, held=held)


def _was_there(name: Name, context: Context) -> bool:
    return name in context.before.indexes or existed(name, context)


def by_statement(context: Context, costs: Sequence[Cost]) -> dict[Statement, list[Cost]]:
    """Return the costs of the steps of each statement that could be read."""
    found: dict[Statement, list[Cost]] = {}
    for step, cost in zip(context.steps, costs, strict=True):
        if not isinstance(step.operation, Opaque):
            found.setdefault(step.operation.statement, []).append(cost)
    return found


def with_cost(finding: Finding, costs: dict[Statement, list[Cost]]) -> Finding:
    """Return the finding with the worst cost of the steps that concern its object, else of its statement."""
    steps = costs.get(finding.statement, []) if finding.statement else []
    if finding.cost is not None or not steps:
        return finding
    concerned = [cost for cost in steps if _concerns(cost, finding.object)]
    return replace(finding, cost=_worst(concerned or steps))


def _concerns(cost: Cost, written: str) -> bool:
    """Whether an object as findings name it (`table`, `table.column`) is, or is a part of, a relation that is held."""
    return any(written == h.relation.short or written.startswith(f"{h.relation.short}.") for h in cost.held)


def _worst(costs: Sequence[Cost]) -> Cost:
    return max(costs, key=lambda cost: (cost.work.rank, max((h.lock.rank for h in cost.held), default=-1)))
