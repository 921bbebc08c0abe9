"""Joins what the earlier stages found into one `Report`."""

from collections.abc import Sequence
from dataclasses import replace

from midflight.changes.model import NotAnalysed
from midflight.compatibility.model import Matrix, State
from midflight.inspection.finding import Finding, Level, Phase
from midflight.inspection.model import Context
from midflight.inspection.phases import phase_of
from midflight.migrations.model import MigrationChange
from midflight.plan.model import Plan, Reversibility, RollbackPlan, RollbackStep, Speed
from midflight.proof.model import Proof
from midflight.report.approvals import digest_of
from midflight.report.model import Coverage, DatabaseReport, MigrationLine, Report, Subject, Verdict
from midflight.report.wording import SEEN_CELLS, cell_of, headline

_GRADES = (Reversibility.LOSSLESS, Reversibility.LOSSY, Reversibility.IRREVERSIBLE)


def build_report(
    subject: Subject,
    contexts: Sequence[Context],
    *,
    findings: Sequence[Finding],
    matrix: Matrix,
    plan: Plan,
    coverage: Coverage,
) -> Report:
    """Return the report on one change set; findings come worst first, suppressed ones last."""
    ordered = tuple(sorted(findings, key=_importance))
    verdict = verdict_of(ordered, matrix)
    migrations = sum(len(context.database.changes) for context in contexts)
    quiet = not migrations and not ordered and _all_hold(matrix)
    said = headline(verdict, ordered, matrix=matrix, plan=plan, coverage=coverage, migrations=migrations)
    return Report(
        subject=subject,
        verdict=verdict,
        headline="No database change" if quiet else said,
        quiet=quiet,
        findings=ordered,
        matrix=matrix,
        plan=plan,
        databases=tuple(database_report(context, plan.rollback, alone=len(contexts) == 1) for context in contexts),
        coverage=replace(coverage, unresolved=_unique(coverage.unresolved), opaque=_unique(coverage.opaque)),
        digest=digest_of(contexts),
    )


def with_proofs(report: Report, proofs: Sequence[Proof]) -> Report:
    """Return the report with what running each database's change showed."""
    known = {proof.database: proof for proof in proofs}
    return replace(report, databases=tuple(replace(d, proof=known.get(d.name)) for d in report.databases))


def verdict_of(findings: Sequence[Finding], matrix: Matrix) -> Verdict:
    """Return the verdict: the worst finding that counts, else whether a cell could not be told."""
    levels = {f.level for f in findings if f.suppressed is None}
    if Level.ERROR in levels:
        return Verdict.ERROR
    if Level.WARNING in levels:
        return Verdict.WARNING
    unknown = any(cell_of(matrix, name).state is State.UNDETERMINED for name in SEEN_CELLS)
    return Verdict.UNDETERMINED if unknown else Verdict.SUCCESS


def database_report(context: Context, rollback: RollbackPlan, *, alone: bool) -> DatabaseReport:
    """Return what changed in one database; with several, its rollback holds its own database steps only."""
    history = context.database.head
    return DatabaseReport(
        name=context.database.database,
        format=history.format,
        dialect=history.dialect,
        migrations=tuple(_migration_line(change, context) for change in context.database.changes),
        rollback=rollback if alone else _own_rollback(rollback, context),
    )


def _importance(finding: Finding) -> tuple[bool, int, bool, str, int]:
    place = finding.place
    return (finding.suppressed is not None, -finding.level.rank, not finding.code, place.path, place.line)


def _all_hold(matrix: Matrix) -> bool:
    return all(cell_of(matrix, name).state is State.HOLDS for name in SEEN_CELLS)


def _unique(places: tuple[NotAnalysed, ...]) -> tuple[NotAnalysed, ...]:
    return tuple(dict.fromkeys(places))


def _migration_line(change: MigrationChange, context: Context) -> MigrationLine:
    migration = change.migration
    phases = {phase_of(step, context) for step in context.steps if step.migration == migration.version}
    return MigrationLine(
        path=migration.path,
        status=change.status,
        phase=Phase.CONTRACT if Phase.CONTRACT in phases else Phase.EXPAND if Phase.EXPAND in phases else None,
        transactions=migration.up.transactions.value,
        pending=migration in context.database.pending,
    )


def _own_rollback(rollback: RollbackPlan, context: Context) -> RollbackPlan:
    paths = {change.migration.up.path for change in context.database.changes}
    steps = tuple(s for s in rollback.steps if s.speed is not Speed.DATABASE or _concerns(s, paths))
    grades = [s.grade for s in steps if s.speed is Speed.DATABASE]
    return RollbackPlan(max(grades, key=_GRADES.index, default=Reversibility.LOSSLESS), steps)


def _concerns(step: RollbackStep, paths: set[str]) -> bool:
    return step.statement is not None and step.statement.path in paths
