"""Where code runs, and how long old builds keep failing, in every rendering."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from midflight.compatibility.model import BreakKind, CellName
from midflight.plan.model import Order
from midflight.references.model import Verb
from midflight.references.surfaces import RunsOn, Surface
from midflight.report.as_json import to_json
from midflight.report.comment import render_comment
from midflight.report.model import Report, Verdict
from midflight.report.terminal import render_terminal
from midflight.report.wording import clause, headline
from support import reports

MOBILE = RunsOn(Surface.MOBILE, 180)
EDGE = RunsOn(Surface.EDGE_FUNCTION)
BILLING = RunsOn(Surface.CONSUMER, consumer="billing in acme/billing")
READ = reports.OLD_READS[0]


def with_first_break_on(runs: RunsOn) -> Report:
    report = reports.split()
    cell = report.matrix.old_new
    first, *others = cell.breaks
    return replace(
        report, matrix=replace(report.matrix, old_new=replace(cell, breaks=(replace(first, runs_on=runs), *others)))
    )


def on_terminal(report: Report) -> str:
    console = Console(file=io.StringIO(), width=200)
    render_terminal(report, console)
    return console.file.getvalue()


def test_the_matrix_says_who_keeps_breaking():
    report = with_first_break_on(MOBILE)

    assert "(old mobile builds, for 180 days) |" in render_comment(report)
    assert "(old mobile builds, for 180 days)" in on_terminal(report)


def test_the_matrix_says_nothing_of_what_is_gone_with_the_rollout():
    assert "edge functions" not in render_comment(with_first_break_on(EDGE))
    assert "for 0 days" not in render_comment(with_first_break_on(EDGE))


@pytest.mark.parametrize(
    ("runs", "words"), [(MOBILE, "(mobile)"), (EDGE, "(edge function)"), (BILLING, "(billing in acme/billing)")]
)
def test_the_line_of_code_says_where_it_runs(runs, words):
    report = with_first_break_on(runs)
    place = report.matrix.old_new.breaks[0].place

    line = next(line for line in on_terminal(report).splitlines() if f"code {place.path}:{place.line}" in line)
    assert line.rstrip().endswith(words)
    assert words in render_comment(report)


def test_server_code_is_not_marked():
    assert "(server)" not in render_comment(reports.split())


def test_the_data_has_surface_lifetime_and_consumer():
    def reference(runs: RunsOn) -> tuple[object, object, object]:
        found = to_json(with_first_break_on(runs))["matrix"]["old_code_new_schema"]["breaks"][0]["reference"]
        return (found["runs_on"], found["lifetime_days"], found["consumer"])

    assert reference(MOBILE) == ("mobile", 180, None)
    assert reference(EDGE) == ("edge-function", 0, None)
    assert reference(BILLING) == ("consumer", None, "billing in acme/billing")


@pytest.mark.parametrize(
    ("verb", "kind", "said"),
    [
        (Verb.SELECT, BreakKind.MISSING_COLUMN, "still read a.b, which the new database no longer has"),
        (Verb.WATCH, BreakKind.MISSING_COLUMN, "still watch a.b, which the new database no longer has"),
        (Verb.DELETE, BreakKind.MISSING_TABLE, "still delete from a.b, which the new database no longer has"),
        (Verb.INSERT, BreakKind.REQUIRED_COLUMN, "insert without a.b, which the new database requires"),
        (Verb.UPDATE, BreakKind.TYPE, "write a.b, whose type changes"),
    ],
)
def test_several_builds_take_the_plural(verb, kind, said):
    reference = replace(READ.reference, verb=verb)
    found = replace(READ, reference=reference, kind=kind, object="a.b", runs_on=MOBILE)

    assert clause(CellName.OLD_NEW, found) == f"for 180 days, old mobile builds {said}"


def test_another_teams_code_takes_the_singular():
    found = replace(READ, object="a.b", runs_on=BILLING)

    assert clause(CellName.OLD_NEW, found) == (
        "billing in acme/billing still reads a.b, which the new database no longer has"
    )


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (MOBILE, "Unsafe: for 180 days, old mobile builds still read company_profiles.location"),
        (EDGE, "Unsafe: old code still reads company_profiles.location"),
        (BILLING, "Unsafe: billing in acme/billing still reads company_profiles.location"),
    ],
)
def test_the_verdict_names_what_keeps_failing_longest(runs, said):
    report = with_first_break_on(runs)
    cell = report.matrix.old_new
    last_first = replace(report.matrix, old_new=replace(cell, breaks=tuple(reversed(cell.breaks))))
    finding = report.findings[0]

    def verdict(order: Order) -> str:
        plan = replace(report.plan, order=order)
        return headline(Verdict.ERROR, (finding,), matrix=last_first, plan=plan, coverage=report.coverage, migrations=1)

    assert verdict(Order.SPLIT).startswith(said)
    assert len(verdict(Order.CODE_FIRST)) <= 140
    ends = {MOBILE: " (code first, then 180 days)", EDGE: " (code first)", BILLING: " (consumers first)"}
    assert verdict(Order.CODE_FIRST).endswith(ends[runs])
