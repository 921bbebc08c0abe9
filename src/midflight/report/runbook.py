"""The runbook of a range: everything that somebody does on the day of the deployment, as boxes to tick."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from midflight.inspection.finding import Phase
from midflight.plan.model import Deployment, ItemState, Plan, Planned, Query
from midflight.report.limits import Limits
from midflight.report.problems import sql_of
from midflight.report.release_stages import Stage
from midflight.report.view import Cut, Sql, cut
from midflight.text import plural, shorten

_LENGTH = 10
_REPLACED = "instead of: "  # how the plan marks a statement whose work a recipe does


@dataclass(frozen=True, slots=True)
class Tick:
    """One box; `id` is that of its words and its SQL, so that a box whose work changes is another one."""

    id: str
    text: str
    sql: Sql


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the runbook: its boxes, the labels of the changes that brought it, and a warning or ""."""

    title: str
    ticks: Cut[Tick]
    changes: tuple[str, ...] = ()
    warning: str = ""
    torn: str = ""


@dataclass(frozen=True, slots=True)
class _Do:
    text: str
    sql: str = ""


def chapters_of(plan: Plan, stages: Sequence[Stage], limits: Limits, head: str) -> tuple[Chapter, ...]:
    """Return the chapters in the order of the day; `stages` has one for each deployment, `head` is what goes out."""
    told: list[Chapter] = [_chapter("Before", list(_before(plan)), limits)]
    for number, (deployment, stage) in enumerate(zip(plan.deployments, stages, strict=True), 1):
        later = " (in a later release)" if deployment.separate else ""
        title = f"Deployment {number}: {deployment.title}{later}"
        told.append(_chapter(title, list(_going_out(deployment, head)), limits, stage))
    told.append(_chapter("Afterwards", list(_after(plan)), limits))
    return tuple(each for each in told if each.ticks.shown)


def _chapter(title: str, dos: Sequence[_Do], limits: Limits, stage: Stage | None = None) -> Chapter:
    first = cut(dos, limits.items)
    ticks = tuple(
        Tick(_identity(title, do), shorten(do.text, limits.text), sql_of(do.sql, limits))
        for do in dict.fromkeys(first.shown)
    )
    known = stage or Stage(())
    return Chapter(shorten(title, 200), Cut(ticks, first.more), known.changes, known.warning, known.torn)


def _identity(title: str, do: _Do) -> str:
    kind = title.partition(":")[0]
    said = f"{kind}\0{do.text}\0{' '.join(do.sql.split())}"
    return f"runbook.{sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:_LENGTH]}"


def _before(plan: Plan) -> Iterator[_Do]:
    for checklist in plan.checklists:
        for item in checklist.items:
            if item.id.startswith("approval.") and item.state is not ItemState.VERIFIED:
                yield _Do(f"{item.text}: {item.evidence}" if item.evidence else item.text)
    if plan.before.lines:
        yield _Do("The announcement before the deployment is sent")


def _going_out(deployment: Deployment, head: str) -> Iterator[_Do]:
    for query in deployment.pre_checks:
        yield _asked("Check first", query)
    if deployment.phase is Phase.ROLLOUT:
        yield _Do(f"Deploy the code at `{head}`" if head else "Deploy the code")
    else:
        yield from _applied(deployment.items)
    for step in deployment.steps:
        yield _Do(step.do, step.sql)
    for query in deployment.verify:
        yield _asked("Verify", query)


def _applied(items: Iterable[Planned]) -> Iterator[_Do]:
    """One box for each migration, with the statements that belong to this deployment."""
    by_path: dict[str, list[Planned]] = {}
    for item in items:
        by_path.setdefault(item.path, []).append(item)
    for path, whole in by_path.items():
        what = f"`{path}`: " if path else ""
        found = [item for item in whole if not item.summary.startswith(_REPLACED)]
        replaced = [str(item.line) for item in whole if item.summary.startswith(_REPLACED)]
        sql = "\n\n".join(item.sql.strip().rstrip(";") + ";" for item in found if item.sql.strip())
        if found:
            yield _Do(f"{what}{plural(len(found), 'statement')}", sql)
        if replaced:
            lines = f"line{'s' if len(replaced) > 1 else ''} {', '.join(replaced)}"
            yield _Do(f"{what}leave out {lines}: the steps below do that work without breaking code that runs")


def _after(plan: Plan) -> Iterator[_Do]:
    for threshold in plan.thresholds:
        yield _Do(f"{threshold.metric}: no alert ({threshold.limit} → {threshold.then})")
    for query in plan.monitoring:
        yield _asked("Watch", query)
    if plan.after.lines:
        yield _Do("The announcement after the deployment is sent")


def _asked(how: str, query: Query) -> _Do:
    expected = f" → {query.expect}" if query.expect else ""
    return _Do(f"{how}: {query.purpose}{expected}", query.sql)
