"""Joins order, deployments, rollback, checklists, monitoring and announcements into one `Plan`."""

from collections.abc import Sequence
from dataclasses import replace

from midflight.compatibility.model import Matrix
from midflight.inspection.finding import Finding
from midflight.inspection.model import Context
from midflight.plan.announce import announce_after, announce_before
from midflight.plan.approval import Facts
from midflight.plan.checklists import build_checklists
from midflight.plan.deployments import plan_deployments
from midflight.plan.emergency import plan_emergency
from midflight.plan.flag_page import build_flag_page
from midflight.plan.flags import find_flags
from midflight.plan.functions import with_functions
from midflight.plan.leftovers import fillings
from midflight.plan.model import Plan
from midflight.plan.monitoring import build_monitoring, thresholds
from midflight.plan.options import PlanOptions
from midflight.plan.order import decide_order
from midflight.plan.passing import passing_objects
from midflight.plan.rollback import plan_rollback
from midflight.plan.traits import traits_of


def build_plan(contexts: Sequence[Context], matrix: Matrix, findings: Sequence[Finding], options: PlanOptions) -> Plan:
    """Return the plan of one change set, or of a range of them: every database's pending migrations in order.

    `matrix` is that of all databases together.
    """
    order, reason = decide_order(matrix, contexts, options.deploys, options.unread)
    flags = find_flags(contexts, matrix)
    traits = replace(traits_of(contexts, flags), unread=options.unread)
    rollback = plan_rollback(contexts, flags, options)
    deployments = plan_deployments(
        contexts, matrix, order, findings=findings, flags=flags, traits=traits, options=options
    )
    deployments = with_functions(deployments, contexts)
    monitoring = build_monitoring(contexts, traits, flags, options.monitoring)
    facts = Facts(
        traits=traits,
        matrix=matrix,
        order=order,
        flags=flags,
        deployments=deployments,
        rollback=rollback,
        monitoring=monitoring,
        options=options,
        references=_references(contexts),
    )
    return Plan(
        order=order,
        reason=reason,
        deployments=deployments,
        rollback=rollback,
        checklists=build_checklists(facts, contexts),
        monitoring=monitoring,
        thresholds=thresholds(options.monitoring, traits, flags),
        before=announce_before(order, matrix, rollback, findings, options),
        after=announce_after(deployments, options),
        flags=flags,
        emergency=plan_emergency(contexts, matrix, order, rollback, options),
        passing=passing_objects(contexts),
        fillings=fillings(contexts),
        flag_page=build_flag_page(contexts, flags, findings, monitoring, options),
    )


def _references(contexts: Sequence[Context]) -> tuple[int, int]:
    """How many references of old and of new code; several databases look at the same code."""
    old = max((len(c.old_code.references) for c in contexts), default=0)
    new = max((len(c.new_code.references) for c in contexts), default=0)
    return old, new
