"""What stands in the plan in place of an author's down script that does not give the schema back."""

from collections.abc import Sequence
from dataclasses import replace

from midflight.inspection.model import Context
from midflight.inspection.shown import WayBack
from midflight.plan.model import RollbackPlan
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.model import Grade, Judged


def repaired(context: Context, downs: Sequence[Judged]) -> tuple[RollbackPlan, tuple[Judged, ...]] | None:
    """Return the plan with what was computed instead of each down script that was shown wrong, and these scripts.

    None where there is none, or where nothing can be computed that a server runs.
    """
    faulty = {judged.path for judged in downs if judged.restored.grade is Grade.NOT_RESTORED}
    if not faulty:
        return None
    ways = tuple(WayBack(path, instead="computed") for path in faulty)
    plan = plan_rollback([replace(context, shown=replace(context.shown, ways_back=ways))], (), PlanOptions())
    ups = {m.down.path: m.up.path for m in context.database.pending if m.down is not None}
    computed = {path: _script(plan, ups.get(path, "")) for path in faulty}
    if not all(computed.values()):
        return None
    return plan, tuple(replace(judged, instead=computed.get(judged.path, "")) for judged in downs)


def _script(plan: RollbackPlan, path: str) -> str:
    """The statements that take one migration back."""
    parts = [step.sql for step in plan.steps if step.statement is not None and step.statement.path == path]
    return "\n".join(part for part in parts if part)
