"""The parts of a view: rows, evidence, deployments, rollback, checklist."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.changes.model import NotAnalysed
from midflight.compatibility.judge import with_tried
from midflight.compatibility.lasting import for_how_long, lasting
from midflight.compatibility.model import Break, Cell, CellName, Doubt, Side, State
from midflight.plan.model import ChecklistItem, Deployment, Emergency, ItemState, Planned, Query, RollbackStep, Speed
from midflight.proof.trying import tried_line
from midflight.proof.wording import bodies_line
from midflight.report.approvals import fingerprint
from midflight.report.limits import Limits
from midflight.report.links import Links, Spot
from midflight.report.model import Coverage, Report
from midflight.report.problems import sql_of
from midflight.report.view import (
    DeploymentView,
    EmergencyStepView,
    EmergencyView,
    Evidence,
    Item,
    MigrationView,
    QueryView,
    Row,
    Task,
    TriedView,
    UndoStep,
    cut,
)
from midflight.report.wording import cell_of, verb_of
from midflight.text import shorten

_ROWS = {
    CellName.OLD_NEW: ("database", "old", "new"),
    CellName.NEW_OLD: ("code", "new", "old"),
    CellName.NEW_NEW: ("both", "new", "new"),
}
_OBJECTS = 3


def rows_of(report: Report, links: Links, limits: Limits) -> Iterator[Row]:
    """Yield the cells of the rollout, old code once for each version that runs; the end state only where it breaks."""
    for name in _ROWS:
        cell = cell_of(report.matrix, name)
        if name is CellName.OLD_NEW and report.versions:
            yield from _rows_of_versions(report, links, limits)
        elif name is not CellName.NEW_NEW or cell.state is not State.HOLDS:
            yield _row(name, cell, links, limits)


def _rows_of_versions(report: Report, links: Links, limits: Limits) -> Iterator[Row]:
    for version in report.versions:
        yield replace(_row(CellName.OLD_NEW, version.old_new, links, limits), version=shorten(version.name, 80))
    theirs = tuple(found for found in report.matrix.old_new.breaks if found.runs_on.consumer)
    if theirs:
        consumers = with_tried(theirs, (), None)
        yield replace(_row(CellName.OLD_NEW, consumers, links, limits), version="consumers")


def _row(name: CellName, cell: Cell, links: Links, limits: Limits) -> Row:
    first, code, schema = _ROWS[name]
    objects = list(dict.fromkeys(shorten(found.object, 80) for found in cell.breaks))
    doubt = shorten(cell.doubts[0].reason, min(limits.text, 300)) if cell.doubts else ""
    spot = _doubt_spot(cell.doubts[0], name, links) if cell.doubts else None
    lasts = for_how_long(lasting(cell.breaks)) if name is CellName.OLD_NEW else ""
    shown = cut(objects, _OBJECTS)
    return Row(first, code, schema, cell.state.value, shown, doubt, len(cell.doubts), spot, shorten(lasts, 120))


def _doubt_spot(doubt: Doubt, name: CellName, links: Links) -> Spot | None:
    side = Side.BASE if name in {CellName.OLD_NEW, CellName.OLD_OLD} else Side.HEAD
    sql = doubt.place is not None and doubt.place.path.endswith(".sql")  # migrations are those of head
    return links.spot(doubt.place.path, doubt.place.line, Side.HEAD if sql else side) if doubt.place else None


def evidence_of(report: Report, name: CellName, links: Links, limits: Limits) -> Iterator[Evidence]:
    """Yield what fails in a cell, then why it cannot be told."""
    cell = cell_of(report.matrix, name)
    for found in cell.breaks:
        yield _failing(found, name, links, limits)
    for doubt in cell.doubts:
        yield Evidence(name.value, shorten(doubt.reason, limits.text), _doubt_spot(doubt, name, links))


def tried_of(report: Report, links: Links, limits: Limits) -> Iterator[TriedView]:
    """Yield what running the statements of each cell showed; the end state only where something fails in it."""
    for name, (_, code, schema) in _ROWS.items():
        cell = cell_of(report.matrix, name)
        if cell.tried is None or not (cell.tried.hold or cell.tried.fail):
            continue
        if name is CellName.NEW_NEW and not cell.tried.fail:
            continue
        refused = [_failing(found, name, links, limits) for found in cell.breaks if found.proven]
        unconfirmed = [_failing(found, name, links, limits) for found in cell.breaks if found.proven is False]
        guarded = cell.state is State.DEGRADES
        line = tried_line(cell.tried, f"{code} code on the {schema} database", guarded=guarded)
        yield TriedView(line, cut(refused, limits.items), cut(unconfirmed, limits.items))
    for database in report.databases:
        if database.proof and database.proof.bodies and (line := bodies_line(database.proof.bodies)):
            yield TriedView(line, cut([], limits.items), cut([], limits.items))


def _failing(found: Break, name: CellName, links: Links, limits: Limits) -> Evidence:
    return Evidence(
        cell=name.value,
        text=shorten(f"{verb_of(found)} `{found.object}`", limits.text),
        spot=links.spot(found.place.path, found.place.line, found.side, found.runs_on),
        sqlstate=found.sqlstate,
        guard=shorten(found.guard.flag, 200) if found.guard else "",
    )


def deployment_of(deployment: Deployment, links: Links, limits: Limits) -> DeploymentView:
    """Return one step of going out; its SQL is told with the queries."""
    items = [
        Item(shorten(_summary(planned), limits.text), links.spot(planned.path, planned.line) if planned.path else None)
        for planned in deployment.items
    ]
    items += [Item(shorten(step.do, limits.text)) for step in deployment.steps]
    return DeploymentView(
        phase=deployment.phase.value,
        title=shorten(deployment.title, limits.text),
        separate=deployment.separate,
        items=cut(items, limits.steps),
    )


def _summary(planned: Planned) -> str:
    """The summary, as code where it is the beginning of the statement itself."""
    start = planned.summary.rstrip("…").strip()
    quoted = bool(start) and "`" not in start and " ".join(planned.sql.split()).startswith(start)
    return f"`{planned.summary}`" if quoted else planned.summary


def queries_of(deployment: Deployment, number: int, limits: Limits) -> Iterator[QueryView]:
    """Yield what to run before, in and after one step of going out."""
    for query in deployment.pre_checks:
        yield query_of(f"Before step {number}", query, limits)
    for step in deployment.steps:
        if step.sql:
            yield query_of(f"In step {number}", Query(step.do, step.sql), limits)
    for query in deployment.verify:
        yield query_of(f"After step {number}", query, limits)


def query_of(when: str, query: Query, limits: Limits) -> QueryView:
    """Return one query."""
    return QueryView(
        when, shorten(query.purpose, limits.text), sql_of(query.sql, limits), shorten(query.expect, limits.text)
    )


def undo_of(step: RollbackStep, limits: Limits) -> UndoStep:
    """Return one step of the rollback."""
    return UndoStep(
        speed=step.speed.value,
        do=shorten(step.do, limits.text),
        time=shorten(step.time, limits.text),
        grade=step.grade.value if step.speed is Speed.DATABASE else "",
        note=shorten(step.note, limits.text),
        paste=sql_of(step.sql or step.command, limits),
        language="sql" if step.sql else "sh",
        source="" if step.source == "computed" else shorten(step.source, 200),
    )


def emergency_of(part: Emergency, limits: Limits) -> EmergencyView:
    """Return one part of what to do when production breaks."""
    steps = tuple(
        EmergencyStepView(shorten(step.do, limits.text), shorten(step.time, 80), sql_of(step.command, limits))
        for step in part.steps
    )
    return EmergencyView(shorten(part.title, limits.text), cut(steps, limits.items))


def tasks_of(report: Report, limits: Limits) -> Iterator[Task]:
    """Yield the items of all checklists, each id once, failed ones first."""
    items: dict[str, ChecklistItem] = {}
    for checklist in report.plan.checklists:
        for item in checklist.items:
            items.setdefault(item.id, item)
    for item in sorted(items.values(), key=lambda each: each.state is not ItemState.FAILED):
        yield Task(
            id=item.id,
            text=shorten(item.text, limits.text),
            state=item.state.value,
            evidence=shorten(item.evidence, limits.text),
            approves=fingerprint(report, item),
            required=item.id in report.required,
        )


def migrations_of(report: Report, links: Links) -> Iterator[MigrationView]:
    """Yield the changed migrations of all databases."""
    for database in report.databases:
        for line in database.migrations:
            yield MigrationView(
                spot=links.spot(line.path),
                database=shorten(database.name, 80),
                status=line.status.value,
                phase=line.phase.value if line.phase else "",
                transactions=line.transactions,
                pending=line.pending,
            )


def unread_item(place: NotAnalysed, links: Links, limits: Limits) -> Item:
    """Return one place that could not be read, with its reason."""
    return Item(shorten(place.reason, limits.text), links.spot(place.path, place.line))


def unread_of(coverage: Coverage) -> tuple[NotAnalysed, ...]:
    """Return everything that could not be read."""
    return (*coverage.opaque, *coverage.unresolved, *coverage.not_analysed)
