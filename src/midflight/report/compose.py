"""Cuts a report to a size: the view that the templates see."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from midflight.compatibility.judge import join
from midflight.compatibility.lasting import consumers_in, lasting, versions_in
from midflight.compatibility.model import CellName, Side, State
from midflight.inspection.finding import Level
from midflight.plan.model import ItemState
from midflight.proof.wording import half_way_line, rollback_line, rollback_proof
from midflight.report.announcements import AFTER, BEFORE, announced
from midflight.report.approvals import required_items
from midflight.report.flag_parts import flags_of
from midflight.report.later import later_of
from midflight.report.limits import Limits
from midflight.report.links import known_places, links_for, web
from midflight.report.model import DatabaseReport, Report, Verdict
from midflight.report.parts import (
    deployment_of,
    emergency_of,
    evidence_of,
    migrations_of,
    queries_of,
    query_of,
    rows_of,
    tasks_of,
    tried_of,
    undo_of,
    unread_item,
    unread_of,
)
from midflight.report.problems import problems_of
from midflight.report.view import Cut, View, cut
from midflight.report.wording import SEEN_CELLS
from midflight.text import shorten

S = TypeVar("S")
T = TypeVar("T")
_SHORT_COMMIT = 7
_WORST = (Verdict.ERROR, Verdict.WARNING, Verdict.UNDETERMINED, Verdict.SUCCESS)


def view_of(report: Report, limits: Limits, *, shortened: bool = False) -> View:
    """Return the view of a report within the limits; `shortened` says that a fuller one did not fit."""
    links = links_for(report)
    plan = report.plan
    concerned = sorted((section for section in report.sections if not section.quiet), key=_worst_first)
    several = len(concerned) > 1
    problems = problems_of(_common(report) if several else report, links, limits)
    tasks = list(tasks_of(report, limits))
    evidence = [e for name in SEEN_CELLS for e in evidence_of(report, name, links, limits)] if limits.evidence else []
    standing = list(evidence_of(report, CellName.OLD_OLD, links, limits)) if limits.evidence else []

    def some(values: Sequence[S], show: Callable[[S], T]) -> Cut[T]:
        first = cut(values, limits.items)
        return Cut(tuple(show(value) for value in first.shown), first.more)

    return View(
        name=shorten(report.name, 80),
        part=shorten(report.name, 80) if report.is_part else "",
        olds=tuple(each.name or each.revision[:_SHORT_COMMIT] for each in report.versions)
        or (report.subject.base[:_SHORT_COMMIT],),
        sections=some(concerned if several else [], lambda s: view_of(s, limits, shortened=shortened)),
        untouched=tuple(section.name for section in report.sections if section.quiet) if several else (),
        verdict=report.verdict.value,
        headline=_marked(report),
        quiet=report.quiet,
        order=plan.order.value,
        reason=shorten(plan.reason, limits.text),
        errors=report.count(Level.ERROR),
        warnings=report.count(Level.WARNING),
        rows=tuple(rows_of(report, links, limits)),
        breaks=problems.breaks,
        findings=problems.findings,
        suppressed=problems.suppressed,
        deployments=some(plan.deployments, lambda d: deployment_of(d, links, limits)),
        queries=some(
            [q for number, d in enumerate(plan.deployments, 1) for q in queries_of(d, number, limits)], lambda q: q
        ),
        failed=some([t for t in tasks if t.state == ItemState.FAILED and not t.required], lambda t: t),
        open=some([t for t in tasks if t.state == ItemState.OPEN and not t.required], lambda t: t),
        verified=some([t for t in tasks if t.state == ItemState.VERIFIED], lambda t: t),
        required=tuple(t for t in tasks if t.required and t.state != ItemState.VERIFIED),
        approvals=len(required_items(report)),
        grade=plan.rollback.grade.value,
        undo=some(plan.rollback.steps, lambda s: undo_of(s, limits)),
        emergency=some(plan.emergency, lambda e: emergency_of(e, limits)),
        monitoring=some(plan.monitoring, lambda q: query_of("", q, limits)),
        thresholds=some(plan.thresholds, lambda t: (t.metric, t.limit, t.then)),
        migrations=some(list(migrations_of(report, links)), lambda m: m),
        evidence=some(evidence, lambda e: e),
        standing=some(standing, lambda e: e),
        searched=some(plan.search, lambda p: links.spot(p.path, p.line, Side.BASE)),
        unread=some(unread_of(report.coverage), lambda p: unread_item(p, links, limits)),
        not_proven=some(report.coverage.not_proven, lambda reason: shorten(reason, limits.text)),
        statements=report.coverage.statements,
        references=report.coverage.references,
        before=announced(plan.before, BEFORE),
        after=announced(plan.after, AFTER),
        base=report.subject.base[:_SHORT_COMMIT],
        head=report.subject.head[:_SHORT_COMMIT],
        run=web(report.subject.run),
        places=known_places(report, links),
        ran=rollback_proof([database.proof for database in report.databases if database.proof]),
        proven=tuple(line for line in map(_proven, report.databases) if line),
        tried=tuple(tried_of(report, links, limits)),
        flags=flags_of(plan.flag_page, links, limits),
        later=later_of(report, limits),
        stuck=_is_stuck(report),
        folds=limits.folds,
        shortened=shortened,
    )


def _worst_first(section: Report) -> int:
    return _WORST.index(section.verdict)


def _common(report: Report) -> Report:
    """The report without what its sections tell."""
    told = {section.name for section in report.sections}
    findings = tuple(finding for finding in report.findings if finding.database not in told)
    return replace(report, findings=findings, matrix=join([]))


def _is_stuck(report: Report) -> bool:
    """Whether no order works: code fails that no deployment of this change replaces, or new code does at the end."""
    runs = lasting(report.matrix.old_new.breaks)
    return report.matrix.new_new.state is State.BREAKS or bool(consumers_in(runs) or versions_in(runs))


def _proven(database: DatabaseReport) -> str:
    if database.proof is None:
        return ""
    return " ".join(line for line in (rollback_line(database.proof), half_way_line(database.proof)) if line)


def _marked(report: Report) -> str:
    """The headline with the object it names in backticks."""
    objects = {f.object for f in report.findings} | {b.object for _, cell in report.matrix.cells for b in cell.breaks}
    words = report.headline.split(" ")
    return " ".join(_mark(word, objects) for word in words)


def _mark(word: str, objects: set[str]) -> str:
    bare = word.rstrip(",.:;")
    return f"`{bare}`{word[len(bare) :]}" if bare in objects and "`" not in bare else word
