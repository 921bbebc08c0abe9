"""What the statement behind a finding costs: the model's answer for the relations that were there before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from midflight.catalog.cost import cost_of
from midflight.catalog.cost_model import Cost
from midflight.catalog.model import Step
from midflight.inspection.finding import Finding
from midflight.inspection.model import Context
from midflight.inspection.phases import existed
from midflight.operations.model import Opaque, Statement
from midflight.operations.shapes import Name

Costed = tuple[Step, Cost]


def costed(context: Context, statements: Collection[Statement]) -> dict[Statement, list[Costed]]:
    """Return the cost of each step of these statements that could be read; new relations are left out."""
    found: dict[Statement, list[Costed]] = {}
    for step in context.steps:
        if step.operation.statement in statements and not isinstance(step.operation, Opaque):
            cost = cost_of(step, version=context.postgres_version)
            held = tuple(each for each in cost.held if _was_there(each.relation, context))
            found.setdefault(step.operation.statement, []).append((step, replace(cost, held=held)))
    return found


def _was_there(name: Name, context: Context) -> bool:
    return name in context.before.indexes or existed(name, context)


def with_cost(finding: Finding, costs: dict[Statement, list[Costed]]) -> Finding:
    """Return the finding with the worst cost of the steps that concern its object, else of its statement."""
    steps = costs.get(finding.statement, []) if finding.statement else []
    if finding.cost is not None or not steps:
        return finding
    concerned = [cost for _, cost in steps if _concerns(cost, finding.object)]
    return replace(finding, cost=_worst(concerned or [cost for _, cost in steps]))


def _concerns(cost: Cost, written: str) -> bool:
    """Whether an object as findings name it (`table`, `table.column`) is, or is a part of, a relation that is held."""
    return any(written == h.relation.short or written.startswith(f"{h.relation.short}.") for h in cost.held)


def _worst(costs: Sequence[Cost]) -> Cost:
    return max(costs, key=lambda cost: (cost.work.rank, max((h.lock.rank for h in cost.held), default=-1)))
