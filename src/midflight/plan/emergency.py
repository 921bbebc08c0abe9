"""What to do if production breaks: look, go back, tell."""

from collections.abc import Iterator, Sequence

from midflight.compatibility.model import Matrix, State
from midflight.inspection.model import Context
from midflight.plan.model import Emergency, EmergencyStep, Order, RollbackPlan, Speed
from midflight.plan.options import PlanOptions
from midflight.plan.words import code, listed


def plan_emergency(
    contexts: Sequence[Context], matrix: Matrix, order: Order, rollback: RollbackPlan, options: PlanOptions
) -> tuple[Emergency, ...]:
    """Return the parts of "if production breaks"."""
    forward = tuple(_forward(matrix, order))
    return (
        *((Emergency("If the code is already out and the migration is not", forward),) if forward else ()),
        Emergency("Check the logs", tuple(_logs(contexts))),
        Emergency("Quick rollback options", tuple(_options(rollback, options))),
        Emergency(
            "Communication",
            (
                EmergencyStep("Notify team immediately."),
                EmergencyStep("Post status update."),
                EmergencyStep("Document incident for retrospective."),
            ),
        ),
    )


def _forward(matrix: Matrix, order: Order) -> Iterator[EmergencyStep]:
    """The migration is what is missing: bringing it is faster than taking the code back."""
    broken = [b for b in matrix.new_old.breaks if b.guard is None]
    if order not in {Order.DATABASE_FIRST, Order.SPLIT} or matrix.new_old.state is not State.BREAKS:
        return
    objects = listed(code(b.object) for b in broken) or "what the migration brings"
    yield EmergencyStep("URGENT: apply the migration immediately.")
    yield EmergencyStep(f"Test that {objects} works.")
    yield EmergencyStep("Look for what was left half done in the meantime, and clean it up.")
    yield EmergencyStep("Document this lesson learned.")


def _logs(contexts: Sequence[Context]) -> Iterator[EmergencyStep]:
    if any(context.database.head.format == "supabase" for context in contexts):
        yield EmergencyStep('Supabase: Dashboard, Logs, filter by "error".')
    else:
        yield EmergencyStep('The logs of the application and of the database: filter by "error".')
    yield EmergencyStep("Look for function errors.")


def _options(rollback: RollbackPlan, options: PlanOptions) -> Iterator[EmergencyStep]:
    for step in rollback.steps:
        if step.speed is Speed.FLAG:
            yield EmergencyStep(f"Feature flag toggle: {step.do}", step.command, "instant")
    for step in rollback.steps:
        if step.speed is Speed.CODE:
            yield EmergencyStep("Code rollback via git revert.", step.command, f"{options.code_minutes} minutes")
    if any(step.speed is Speed.DATABASE for step in rollback.steps):
        time = f"{options.database_minutes} minutes, last resort"
        yield EmergencyStep("Database rollback: after the code, with the SQL of the rollback plan.", time=time)
