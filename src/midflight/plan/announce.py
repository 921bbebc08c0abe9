"""The two announcements, before and after a deployment."""

from collections.abc import Sequence

from midflight.compatibility.lasting import for_how_long
from midflight.compatibility.model import Matrix, State
from midflight.inspection.finding import Finding, Level
from midflight.plan.builds import outlive
from midflight.plan.model import Announcement, Deployment, Order, Reversibility, RollbackPlan, Speed
from midflight.plan.options import PlanOptions
from midflight.plan.words import code, listed

_UNTIMED = "to be set (date and time)"
_FEATURE = "feature name"


def announce_before(
    order: Order, matrix: Matrix, rollback: RollbackPlan, findings: Sequence[Finding], options: PlanOptions
) -> Announcement:
    """Return the announcement before the deployment."""
    return Announcement(
        "Before deployment",
        (
            ("Subject", f"Database Migration - {options.title or _FEATURE}"),
            ("Timeline", options.when or _UNTIMED),
            ("Expected Downtime", _downtime(order, matrix)),
            ("Impact", _impact(order, matrix, findings)),
            ("Rollback Plan", _rollback(rollback)),
        ),
    )


def announce_after(deployments: Sequence[Deployment], options: PlanOptions) -> Announcement:
    """Return the announcement after the deployment, as it reads when all went well."""
    return Announcement(
        "After deployment",
        (
            ("Subject", f"✅ Deployment Complete - {options.title or _FEATURE}"),
            ("Status", "Successful"),
            ("Issues", "None"),
            ("Monitoring", f"Enabled for {options.monitoring.hours} hours"),
            ("Next Steps", _next(deployments)),
        ),
    )


def _downtime(order: Order, matrix: Matrix) -> str:
    if matrix.new_new.state is State.BREAKS:
        return "Not zero: new code fails on the new database as well"
    match order:
        case Order.SPLIT:
            return "None, if the pull request is split (it cannot go out at once without downtime)"
        case Order.DATABASE_FIRST:
            return "None (zero-downtime deployment), if the migration is applied before the code"
        case Order.CODE_FIRST if later := for_how_long(outlive(matrix)):
            return f"None (zero-downtime deployment), if the migration waits for what outlives the code ({later})"
        case Order.CODE_FIRST:
            return "None (zero-downtime deployment), if the code is deployed before the migration"
        case _:
            return "None (zero-downtime deployment)"


def _impact(order: Order, matrix: Matrix, findings: Sequence[Finding]) -> str:
    errors = [f for f in findings if f.level is Level.ERROR and f.suppressed is None]
    if errors:
        objects = listed(code(f.object) for f in errors if f.object)
        return f"Requests that need {objects} may fail" if objects else "Some requests may fail"
    if order is Order.ANY and State.UNDETERMINED in {matrix.old_new.state, matrix.new_old.state}:
        return "No user impact expected, as far as could be checked"
    return "No user impact expected"


def _rollback(rollback: RollbackPlan) -> str:
    speeds = [step.speed for step in rollback.steps]
    parts = [step.do.rstrip(".") + f" ({step.time})" for step in rollback.steps if step.speed is Speed.FLAG]
    code_step = next((step for step in rollback.steps if step.speed is Speed.CODE), None)
    if code_step is not None:
        parts.append(f"revert the code ({code_step.time})")
    if Speed.DATABASE in speeds:
        database = next(step for step in rollback.steps if step.speed is Speed.DATABASE)
        lost = {
            Reversibility.LOSSLESS: "",
            Reversibility.LOSSY: "; it loses what was written since",
            Reversibility.IRREVERSIBLE: "; not everything comes back",
        }[rollback.grade]
        parts.append(f"roll back the database ({database.time}{lost})")
    return ", then ".join(parts) or "Nothing to roll back"


def _next(deployments: Sequence[Deployment]) -> str:
    later = [d for d in deployments if d.separate]
    return f"Later pull request: {listed(item.summary for d in later for item in d.items)}" if later else "None"
