"""Says of a range what a report says of one pull request: its steps are releases, and nobody splits it any more."""

from dataclasses import replace

from midflight.plan.model import Announcement, Checklist, Deployment, Plan
from midflight.report.model import Report

_WORDS = (
    ("(split this pull request)", "(deploy it in steps)"),
    ("split the pull request", "deploy it in the numbered steps"),
    ("if the pull request is split (it cannot", "if it goes out in the numbered steps (it cannot"),
    ("a later pull request", "a later release"),
    ("Later pull request:", "Later release:"),
)


def of_range(report: Report) -> Report:
    """Return the report with headline, order, steps, checklists and announcements worded for a range."""
    return replace(report, headline=_worded(report.headline), plan=_plan(report.plan))


def _plan(plan: Plan) -> Plan:
    return replace(
        plan,
        reason=_worded(plan.reason),
        deployments=tuple(_deployment(each) for each in plan.deployments),
        checklists=tuple(_checklist(each) for each in plan.checklists),
        before=_announcement(plan.before),
        after=_announcement(plan.after),
    )


def _deployment(each: Deployment) -> Deployment:
    steps = tuple(replace(step, do=_worded(step.do)) for step in each.steps)
    return replace(each, title=_worded(each.title), steps=steps)


def _checklist(each: Checklist) -> Checklist:
    items = tuple(replace(item, text=_worded(item.text), evidence=_worded(item.evidence)) for item in each.items)
    return replace(each, items=items)


def _announcement(each: Announcement) -> Announcement:
    return replace(each, lines=tuple((label, _worded(text).replace("instead of: ", "")) for label, text in each.lines))


def _worded(text: str) -> str:
    for said, meant in _WORDS:
        text = text.replace(said, meant)
    return text
