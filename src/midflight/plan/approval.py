"""The approval checklist: ten items before any production deployment, those that the bot can tell already answered."""

from dataclasses import dataclass
from types import MappingProxyType

from midflight.compatibility.model import Cell, Matrix, State
from midflight.inspection.finding import Phase
from midflight.inspection.model import Deploys
from midflight.plan.builds import outlive
from midflight.plan.model import Checklist, ChecklistItem, Deployment, ItemState, Order, Query, RollbackPlan
from midflight.plan.options import PlanOptions
from midflight.plan.traits import Traits
from midflight.plan.words import code, listed, places, plural
from midflight.references.model import Guard

REQUIRABLE = MappingProxyType(
    {
        "additive": "approval.additive",
        "old-code-tested": "approval.old-code",
        "new-code-tested": "approval.new-code",
        "flags-ready": "approval.flags",
        "rollback-documented": "approval.rollback",
        "monitoring-ready": "approval.monitoring",
        "team-notified": "approval.team",
        "staging-tested": "approval.staging",
        "order-confirmed": "approval.order",
        "verification-ready": "approval.verification",
    }
)
"""What the setting `require` calls the items of the list, and their ids."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the checklists are answered from; `references` counts those of old and of new code."""

    traits: Traits
    matrix: Matrix
    order: Order
    flags: tuple[Guard, ...]
    deployments: tuple[Deployment, ...]
    rollback: RollbackPlan
    monitoring: tuple[Query, ...]
    options: PlanOptions
    references: tuple[int, int] = (0, 0)


def approval(facts: Facts) -> Checklist:
    """Return the list "Before every deployment"."""
    old, new = facts.references
    items = (
        _additive(facts.traits),
        _cell("approval.old-code", "Old code tested with new database", facts.matrix.old_new, old),
        _cell("approval.new-code", "New code tested with old database", facts.matrix.new_old, new),
        _flags(facts),
        _rollback(facts.rollback, facts.traits),
        _monitoring(facts.monitoring),
        open_item("approval.team", "Team notified of deployment", "the announcement is ready to send"),
        open_item("approval.staging", "Tested in staging environment"),
        _order(facts),
        _verification(facts.deployments, facts.traits),
    )
    return Checklist("Before every deployment", items)


def verified(identity: str, text: str, evidence: str) -> ChecklistItem:
    """Return an item that the bot has verified."""
    return ChecklistItem(identity, text, ItemState.VERIFIED, evidence)


def failed(identity: str, text: str, evidence: str) -> ChecklistItem:
    """Return an item of which the bot knows the opposite."""
    return ChecklistItem(identity, text, ItemState.FAILED, evidence)


def open_item(identity: str, text: str, evidence: str = "") -> ChecklistItem:
    """Return an item that a person must tick."""
    return ChecklistItem(identity, text, ItemState.OPEN, evidence)


def _additive(traits: Traits) -> ChecklistItem:
    identity, text = "approval.additive", "Migration is additive (adds, doesn't remove)"
    if traits.contracting:
        return failed(identity, text, f"removes or tightens: {places(traits.contracting)}")
    if traits.opaque or traits.unread:
        return open_item(identity, text, _not_analysed(traits))
    return verified(identity, text, "no statement removes or tightens anything")


def _not_analysed(traits: Traits) -> str:
    shown = [places(traits.opaque)] if traits.opaque else []
    return f"not analysed: {', '.join((*shown, *([listed(map(code, traits.unread))] if traits.unread else [])))}"


def _cell(identity: str, text: str, cell: Cell, references: int) -> ChecklistItem:
    match cell.state:
        case State.HOLDS:
            checked = f"{plural(references, 'reference')} checked, all hold"
            return verified(identity, text, checked if references else "no code was found that names what changes")
        case State.DEGRADES:
            flags = listed(code(b.guard.flag) for b in cell.breaks if b.guard)
            return verified(identity, text, f"only what {flags} covers would fail")
        case State.BREAKS:
            broken = listed(code(b.object) for b in cell.breaks if b.guard is None)
            return failed(identity, text, f"breaks: {broken}" if broken else "breaks")
        case _:
            return open_item(identity, text, listed((d.reason for d in cell.doubts), limit=1))


def _flags(facts: Facts) -> ChecklistItem:
    identity, text = "approval.flags", "Feature flags implemented (if risky change)"
    if facts.flags:
        return verified(identity, text, f"found {listed(code(g.flag) for g in facts.flags)}")
    cells = (facts.matrix.old_new.state, facts.matrix.new_old.state)
    if facts.traits.additive and State.BREAKS not in cells and not facts.traits.functions_replaced:
        return verified(identity, text, "not needed: the change is additive")
    if facts.traits.unread and not facts.references[1]:
        return open_item(identity, text, _not_analysed(facts.traits))
    return open_item(identity, text, "no flag was found around the code that uses the new schema")


def _rollback(rollback: RollbackPlan, traits: Traits) -> ChecklistItem:
    if traits.unread:
        return open_item("approval.rollback", "Rollback plan documented", _not_analysed(traits))
    evidence = f"{plural(len(rollback.steps), 'step')}, database {rollback.grade.value}"
    return verified("approval.rollback", "Rollback plan documented", evidence)


def _monitoring(queries: tuple[Query, ...]) -> ChecklistItem:
    identity, text = "approval.monitoring", "Monitoring queries prepared"
    if not queries:
        return open_item(identity, text)
    return verified(identity, text, f"{len(queries)} {'query' if len(queries) == 1 else 'queries'} in the plan")


def _order(facts: Facts) -> ChecklistItem:
    identity, deploys = "approval.order", facts.options.deploys
    if not any(d.items for d in facts.deployments if d.phase is not Phase.ROLLOUT):
        text = "Database migration applied BEFORE code deployment"
        if facts.traits.unread:
            return open_item(identity, text, _not_analysed(facts.traits))
        return verified(identity, text, "no migration is applied")
    match facts.order:
        case Order.CODE_FIRST:
            text = "Code deployed BEFORE the database migration"
            kept, broken = Deploys.CODE_FIRST, Deploys.DATABASE_FIRST
        case Order.SPLIT:
            text = "Expansion applied BEFORE code deployment, clean-up after it in a later pull request"
            return open_item(identity, text, "split the pull request")
        case _:
            text = "Database migration applied BEFORE code deployment"
            kept, broken = Deploys.DATABASE_FIRST, Deploys.CODE_FIRST
    if facts.order is Order.CODE_FIRST and outlive(facts.matrix):
        return failed(identity, text, "not enough: what outlives the rollout is still in use")
    if deploys is kept:
        return verified(identity, text, "the pipeline guarantees it")
    if deploys is broken and facts.order is not Order.ANY:
        return failed(identity, text, "the pipeline does it the other way round")
    return open_item(identity, text, "either order holds" if facts.order is Order.ANY else "")


def _verification(deployments: tuple[Deployment, ...], traits: Traits) -> ChecklistItem:
    identity, text = "approval.verification", "Verification queries ready"
    count = sum(len(d.verify) for d in deployments)
    if not count and traits.unread:
        return open_item(identity, text, _not_analysed(traits))
    if not count:
        return verified(identity, text, "nothing to verify in the database")
    return verified(identity, text, f"{count} {'query' if count == 1 else 'queries'} in the plan")
