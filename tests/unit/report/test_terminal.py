"""The report on a terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from midflight.report.terminal import render_terminal
from support import reports


def printed(report, width=100, **options):
    console = Console(file=io.StringIO(), width=width, **options)
    render_terminal(report, console)
    return console.file.getvalue()


@pytest.mark.parametrize("name", sorted(reports.SAMPLES))
@pytest.mark.parametrize("width", [40, 100, 200])
def test_every_report_fits_the_width(name, width):
    assert all(len(line) <= width for line in printed(reports.SAMPLES[name](), width).split("\n"))


def test_a_quiet_report_is_one_line():
    assert printed(reports.quiet()) == "✓ No database change\n"


def test_the_outage_names_the_routine_the_line_and_the_order():
    text = printed(reports.outage())

    assert "✗ Unsafe: new code calls create_project_atomic before its migration is applied" in text
    assert "✗ breaks: create_project_atomic" in text
    assert "code supabase/functions/generate-project/index.ts:27" in text
    assert "Deploy the database first, then the code" in text
    assert "git push origin main" in text
    assert "4 statements and 15 references read." in text


def test_what_is_not_read_and_suppressed_is_told():
    text = printed(reports.split())

    assert "not read: src/lib/query.ts:14: the table's name is in a variable" in text
    assert "no-lock-timeout" in text
    assert "behind flag USE_STRUCTURED_LOCATION" in text
    assert "(in a later pull request)" in text


def test_nothing_of_a_pull_request_controls_the_terminal():
    strange = "\x1b[31m[bold]red[/bold]\x1b]8;;https://evil.example\x07\u202e\r\n"
    finding = replace(reports.OUTAGE_FINDING, message=strange, object=strange)
    query = replace(reports.OUTAGE_PLAN.monitoring[0], sql=strange)
    plan = replace(reports.OUTAGE_PLAN, reason=strange, monitoring=(query,))

    text = printed(replace(reports.outage(), findings=(finding,), plan=plan, headline=strange), force_terminal=False)

    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[bold]red[/bold]" in text


def test_colour_is_only_used_where_the_terminal_has_some():
    assert "\x1b[" in printed(reports.outage(), force_terminal=True, color_system="standard")
    assert "\x1b[" not in printed(reports.outage())
