"""A report's sections, one for each of several databases."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from midflight.inspection.assess import Assessment
from midflight.plan.model import Plan
from midflight.proof.model import Proof
from midflight.report.build import build_report, with_proofs
from midflight.report.coverage import coverage
from midflight.report.model import Report


def sections(
    report: Report, found: Assessment, proofs: Sequence[Proof], plan_of: Callable[..., Plan]
) -> tuple[Report, ...]:
    """Return a report for each database where there are several."""
    if len(found.contexts) < 2:
        return ()
    return tuple(_section(report, found.only(context), proofs, plan_of) for context in found.contexts)


def _section(report: Report, one: Assessment, proofs: Sequence[Proof], plan_of: Callable[..., Plan]) -> Report:
    name = one.contexts[0].database.database
    findings = [finding for finding in report.findings if finding.database == name]
    own = [proof for proof in proofs if proof.database == name]
    plan = plan_of(one.contexts, one.matrix, findings)
    made = build_report(
        report.subject, one.contexts, findings=findings, matrix=one.matrix, plan=plan, coverage=coverage(one, own)
    )
    made = with_proofs(made, own)
    return replace(made, required=report.required, elsewhere=report.elsewhere, versions=one.versions, later=one.later)
