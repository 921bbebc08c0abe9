"""Several databases in one report, and versions in its matrix, as people read them."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from midflight.compatibility.model import OldVersion
from midflight.report.comment import BUDGET, render_comment
from midflight.report.model import Report
from midflight.report.release_notes import build_release_notes, render_release_notes
from midflight.report.summary import render_summary
from midflight.report.terminal import render_terminal
from support.reports import HOLDS, outage, quiet, warning


def named(report: Report, name: str) -> Report:
    findings = tuple(replace(finding, database=name) for finding in report.findings)
    return replace(report, databases=(replace(outage().databases[0], name=name),), findings=findings)


def both() -> Report:
    """One that breaks, one with a warning, one that did not change."""
    parts = (named(outage(), "app"), named(warning(), "metrics"), named(quiet(), "audit"))
    findings = tuple(finding for part in parts for finding in part.findings)
    return replace(outage(), findings=findings, sections=parts)


def terminal(report: Report) -> str:
    console = Console(file=io.StringIO(), width=200)
    render_terminal(report, console)
    return console.file.getvalue()


@pytest.mark.parametrize("render", [render_comment, render_summary], ids=["comment", "summary"])
def test_each_database_that_changes_has_a_section_with_its_own_headline(render):
    body = render(both())

    assert "#### `app`: ❌ Unsafe\n" in body
    assert f"#### `metrics`: ⚠️ {warning().headline[:20]}" in body
    assert "Without a change: `audit`." in body
    assert body.count("| Goes first | Meanwhile | |") == 2


def test_a_finding_is_told_in_its_section_and_not_again():
    body = render_comment(both())

    assert body.count("\n##### What breaks\n") == 1
    assert "\n#### What breaks\n" not in body


def test_a_finding_of_no_database_stands_beside_the_sections():
    report = both()
    stray = replace(warning().findings[0], database="", rule="unused-suppression")

    body = render_comment(replace(report, findings=(*report.findings, stray)))

    assert "unused-suppression" in body.partition("Without a change")[2]


def test_one_database_that_changes_among_several_is_told_as_ever():
    alone = replace(both(), sections=(named(outage(), "app"), named(quiet(), "audit")))

    assert render_comment(alone) == render_comment(replace(alone, sections=()))


def test_many_databases_fit_into_a_comment():
    many = replace(both(), sections=tuple(named(outage(), f"database-{number}") for number in range(60)))

    body = render_comment(many)

    assert len(body) <= BUDGET
    assert "#### `database-0`: ❌" in body
    assert re.search(r"… and \d+ more", body)


def test_the_terminal_shows_each_database():
    said = terminal(both())

    assert "app" in said
    assert "metrics" in said
    assert said.count("Goes first") == 2


def test_release_notes_tell_all_databases_together():
    notes = render_release_notes(build_release_notes(both(), ()))

    assert "`app`: " not in notes
    assert "### Findings: 1 error, 1 warning" in notes


def test_a_row_of_the_matrix_names_the_version_and_base_is_old_code():
    versions = (OldVersion("", "0" * 40, HOLDS, HOLDS), OldVersion("v1<b>|2", "1" * 40, HOLDS, HOLDS))
    report = replace(outage(), versions=versions)

    body = render_comment(report)

    assert "| database | old code on the new database | ✅ **works** |" in body
    assert "v1<b>" not in body
    assert body.count("on the new database |") == 2
    assert "v1<b>|2 on the new database" in terminal(report)


def test_the_last_line_says_which_versions_are_old_code():
    versions = (OldVersion("", "0" * 40, HOLDS, HOLDS), OldVersion("v1.2", "1" * 40, HOLDS, HOLDS))

    assert "Old code is `0000000`, `v1.2`, new code is" in render_comment(replace(outage(), versions=versions))
