"""From what was found to a verdict and its sentence."""

from dataclasses import replace

import pytest

from midflight.catalog.model import Catalog
from midflight.changes.model import NotAnalysed, Status
from midflight.compatibility.model import BreakKind, Cell, Doubt, State
from midflight.inspection.finding import Level, Suppressed
from midflight.inspection.model import Context
from midflight.migrations.model import DatabaseChange, History, Migration, MigrationChange, Script, Transactions
from midflight.plan.model import Order, Reversibility, RollbackPlan, RollbackStep, Speed
from midflight.references.model import CodeReferences, Guard, Place
from midflight.report.build import build_report
from midflight.report.model import Coverage, Verdict
from support import reports

ERROR = reports.OUTAGE_FINDING
WARNING = replace(ERROR, level=Level.WARNING, rule="blocking-index", code=(), object="projects")
NOTE = replace(WARNING, level=Level.NOTE)
CONTEXT_PATH = reports.CREATE.path


def context(database="supabase", path=CONTEXT_PATH, status=Status.ADDED):
    script = Script(path, "SELECT 1;", Transactions.PER_FILE)
    migration = Migration("20251110120000", "create", path, script)
    before, after = (None, migration) if status is Status.ADDED else (migration, migration)
    history = History(database, "supabase", "postgres", "supabase/migrations", (migration,))
    pending = (migration,) if status is Status.ADDED else ()
    change = DatabaseChange(history, history, (MigrationChange(status, before, after),), pending)
    code = CodeReferences(reports.BASE)
    return Context(change, (), Catalog(), Catalog(), reports.ALL_HOLD, code, code)


def build(findings=(), matrix=reports.ALL_HOLD, *, contexts=(), coverage=reports.COVERAGE, **plan):
    plan = replace(reports.OUTAGE_PLAN, **{"order": Order.ANY, **plan})
    return build_report(reports.SUBJECT, contexts, findings=findings, matrix=matrix, plan=plan, coverage=coverage)


def matrix(**cells):
    return replace(reports.ALL_HOLD, **cells)


UNKNOWN = Cell(State.UNDETERMINED, doubts=(Doubt("the table's name is in a variable"),))
ALLOWED = replace(ERROR, suppressed=Suppressed("known", "settings"))


@pytest.mark.parametrize(
    ("findings", "cells", "verdict"),
    [
        ((ERROR,), {}, Verdict.ERROR),
        ((WARNING, ERROR), {}, Verdict.ERROR),
        ((WARNING,), {"old_new": UNKNOWN}, Verdict.WARNING),
        ((NOTE,), {}, Verdict.SUCCESS),
        ((ALLOWED,), {}, Verdict.SUCCESS),
        ((), {"old_new": UNKNOWN}, Verdict.UNDETERMINED),
        ((NOTE, ALLOWED), {"new_old": UNKNOWN}, Verdict.UNDETERMINED),
        ((), {"new_new": UNKNOWN}, Verdict.UNDETERMINED),
        ((), {"old_old": UNKNOWN}, Verdict.SUCCESS),
        ((), {"new_old": Cell(State.DEGRADES, (reports.NEW_READ,))}, Verdict.SUCCESS),
    ],
)
def test_the_verdict_is_the_worst_finding_that_counts_else_whether_it_could_be_told(findings, cells, verdict):
    assert build(findings, matrix(**cells), contexts=(context(),)).verdict is verdict


def test_the_outage_is_said_in_one_sentence():
    cells = matrix(new_old=Cell(State.BREAKS, (reports.CALL_BREAKS,)))

    report = build((ERROR,), cells, contexts=(context(),), order=Order.DATABASE_FIRST)

    assert report.headline == (
        "Unsafe: new code calls create_project_atomic before its migration is applied (database first)"
    )


def broken(kind, name="projects.region"):
    return replace(reports.OLD_INSERT, kind=kind, object=name)


@pytest.mark.parametrize(
    ("cell", "found", "said"),
    [
        (
            "old_new",
            replace(reports.OLD_READS[0], object="projects.title"),
            "old code still reads projects.title, which the new database no longer has",
        ),
        (
            "old_new",
            broken(BreakKind.REQUIRED_COLUMN),
            "old code inserts without projects.region, which the new database requires",
        ),
        ("old_new", broken(BreakKind.CONSTRAINT), "old code writes projects.region, which a new constraint refuses"),
        ("old_new", broken(BreakKind.TYPE), "old code writes projects.region, whose type changes"),
        ("new_new", reports.CALL_BREAKS, "new code calls create_project_atomic, which no migration creates"),
        (
            "new_new",
            replace(reports.CALL_BREAKS, kind=BreakKind.SIGNATURE),
            "new code calls create_project_atomic, which fails after the rollout",
        ),
    ],
)
def test_a_break_is_said_by_who_breaks_and_when(cell, found, said):
    finding = replace(ERROR, object=found.object, code=(found.place,))

    report = build((finding,), matrix(**{cell: Cell(State.BREAKS, (found,))}), contexts=(context(),))

    assert report.headline == f"Unsafe: {said}"


def test_a_finding_without_a_break_is_said_in_its_own_words():
    report = build((WARNING,), contexts=(context(),))

    assert report.headline.startswith("Caution: create_project_atomic is called by new code and does not exist")
    assert "`" not in report.headline
    assert "Instead" not in report.headline


def test_the_finding_that_names_code_is_the_headline():
    bare = replace(ERROR, code=(), message="Something about locks. Instead, do not.", object="x")

    assert "create_project_atomic" in build((bare, ERROR), contexts=(context(),)).headline


def test_a_long_sentence_ends_at_a_clause():
    message = f"Removing `a.b` cannot be undone; {'no reference was found ' * 8}. Instead of trusting that, ask."

    report = build((replace(WARNING, message=message),), contexts=(context(),))

    assert report.headline == "Caution: Removing a.b cannot be undone"


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order.ANY, "Safe in any order: 1 migration, 15 references checked"),
        (Order.DATABASE_FIRST, "Safe, database first: 1 migration, 15 references checked"),
        (Order.CODE_FIRST, "Safe, code first: 1 migration, 15 references checked"),
    ],
)
def test_success_says_the_order_and_what_was_checked(order, said):
    assert build(contexts=(context(),), order=order).headline == said


def test_success_behind_a_flag_names_the_flag_that_must_stay_off():
    flag = Guard("USE_ATOMIC_CREATION", "environment", Place("index.ts", 3))
    found = replace(reports.CALL_BREAKS, reference=replace(reports.CALL, guard=flag))
    report = build(matrix=matrix(new_old=Cell(State.DEGRADES, (found,))), contexts=(context(),))
    assert report.headline.startswith("Safe while USE_ATOMIC_CREATION is off: 1 migration, ")


def test_success_without_references_does_not_count_none():
    report = build(contexts=(context(),), coverage=Coverage(statements=1))

    assert report.headline == "Safe in any order: 1 migration, no reference to check"


def test_doubt_is_said_with_its_first_reason_and_their_number():
    cell = Cell(State.UNDETERMINED, doubts=(Doubt("the name in `x` is dynamic"), Doubt("two"), Doubt("three")))

    assert build((), matrix(new_old=cell)).headline == "Undetermined: the name in x is dynamic (2 more)"


@pytest.mark.parametrize("order", list(Order))
def test_a_headline_fits_a_status_and_keeps_the_order(order):
    name = "schema_" + "x" * 10_000
    found = replace(reports.CALL_BREAKS, object=name)
    finding = replace(ERROR, object=name, message=f"`{name}` breaks. Instead, wait.")

    for cells in (matrix(new_old=Cell(State.BREAKS, (found,))), reports.ALL_HOLD):
        report = build((finding,), cells, contexts=(context(),), order=order)
        assert len(report.headline) <= 140
        assert report.headline.endswith(
            {
                Order.ANY: "",
                Order.DATABASE_FIRST: "(database first)",
                Order.CODE_FIRST: "(code first)",
                Order.SPLIT: "(split this pull request)",
            }[order]
        )


@pytest.mark.parametrize(
    ("given", "quiet"),
    [
        ({}, True),
        ({"contexts": (context(),)}, False),
        ({"findings": (NOTE,)}, False),
        ({"findings": (ALLOWED,)}, False),
        ({"matrix": matrix(old_new=UNKNOWN)}, False),
        ({"matrix": matrix(new_new=Cell(State.BREAKS, (reports.CALL_BREAKS,)))}, False),
        ({"matrix": matrix(old_old=Cell(State.BREAKS, (reports.CALL_BREAKS,)))}, True),
    ],
)
def test_a_report_is_quiet_when_nothing_of_the_change_concerns_a_database(given, quiet):
    report = build(**given)

    assert report.quiet is quiet
    assert (report.headline == "No database change") is quiet


def test_findings_come_worst_first_and_suppressed_ones_last():
    later = replace(WARNING, rule="b", place=replace(WARNING.place, line=99))
    report = build((ALLOWED, NOTE, later, WARNING, ERROR), contexts=(context(),))

    assert report.findings == (ERROR, WARNING, later, NOTE, ALLOWED)


def test_a_changed_migration_is_told_with_its_transaction_and_whether_it_runs():
    added, edited = build(contexts=(context(), context("other", "b.sql", Status.EDITED))).databases

    assert (added.name, added.format, added.dialect) == ("supabase", "supabase", "postgres")
    assert [(m.path, m.status, m.transactions, m.pending) for m in added.migrations] == [
        (CONTEXT_PATH, Status.ADDED, "per-file", True)
    ]
    assert [m.pending for m in edited.migrations] == [False]
    assert added.migrations[0].phase is None


def test_each_of_several_databases_has_its_own_rollback():
    flag = RollbackStep(Speed.FLAG, "off")
    ours = RollbackStep(Speed.DATABASE, "ours", statement=reports.CREATE)
    other = replace(reports.CREATE, path="b.sql")
    theirs = RollbackStep(Speed.DATABASE, "theirs", statement=other, grade=Reversibility.IRREVERSIBLE)
    whole = RollbackPlan(Reversibility.IRREVERSIBLE, (flag, ours, theirs))

    first, second = build(contexts=(context(), context("other", "b.sql")), rollback=whole).databases
    (alone,) = build(contexts=(context(),), rollback=whole).databases

    assert first.rollback == RollbackPlan(Reversibility.LOSSLESS, (flag, ours))
    assert second.rollback == RollbackPlan(Reversibility.IRREVERSIBLE, (flag, theirs))
    assert alone.rollback == whole


def test_a_place_that_was_not_read_twice_is_told_once():
    place = NotAnalysed("a.ts", 1, "dynamic")

    assert build(coverage=Coverage(unresolved=(place, place))).coverage.unresolved == (place,)
