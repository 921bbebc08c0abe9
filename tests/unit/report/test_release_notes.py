"""Release notes of a range."""

from dataclasses import replace
from pathlib import Path

from midflight.changes.model import Status
from midflight.inspection.finding import Level
from midflight.plan.model import Announcement
from midflight.report.model import Verdict
from midflight.report.release_notes import BUDGET, Change, build_release_notes, render_release_notes
from support import reports
from support.snapshots import expected

HERE = Path(__file__).parent
BEFORE = """```text
Subject: Database Migration - Create projects atomically
Timeline: [Date & Time]
Expected Downtime: None (zero-downtime deployment)
Impact: No user impact expected
Rollback Plan: Revert the code (about 2 minutes), then drop create_project_atomic
```"""
AFTER = """```text
Subject: ✅ Deployment Complete - Create projects atomically
Status: Successful
Issues: None
Monitoring: Enabled for 24 hours
Next Steps: None
```"""


def test_notes_are_what_was_agreed():
    notes = render_release_notes(reports.notes())

    assert notes == expected(HERE / "expected" / "release-notes.md", notes)


def test_the_announcements_are_the_strategys_templates_filled_in():
    notes = render_release_notes(reports.notes())

    assert BEFORE in notes
    assert AFTER in notes


def test_a_line_that_nothing_is_known_for_keeps_the_templates_words():
    plan = replace(reports.OUTAGE_PLAN, before=Announcement("Before", (("Subject", "Ours"), ("Impact", ""))))
    notes = render_release_notes(build_release_notes(replace(reports.outage(), plan=plan), ()))

    assert (
        "Subject: Ours\nTimeline: [Date & Time]\nExpected Downtime: None (zero-downtime deployment)\n"
        "Impact: No user impact expected\nRollback Plan: [Brief description]\n"
    ) in notes


def test_changes_are_listed_with_author_link_and_labels():
    notes = render_release_notes(reports.notes())

    assert "2 pull requests and 1 commit, 1 migration." in notes
    assert (
        "- Create projects atomically ([`#42`](https://github.com/projectify/syllabus/pull/42), `ada`) `api`\n" in notes
    )
    assert "- Fix @&#8203;everyone's # of \\*forms\\* ([`#41`]" in notes
    assert "- Tidy (`0123456`)\n" in notes


def test_a_range_without_a_migration_says_so_and_has_no_order():
    notes = render_release_notes(build_release_notes(reports.quiet(), (Change("Fix a typo"),)))

    assert "## 4f1c2a9 to 9b8a7c6" in notes
    assert "1 commit, 0 migrations. ✅ No database change." in notes
    assert "Rollback plan" not in notes


def test_a_range_of_nothing_says_so():
    notes = render_release_notes(build_release_notes(reports.quiet(), ()))

    assert "No changes, 0 migrations." in notes
    assert "No pull request or commit was found in this range." in notes


def test_notes_of_ten_thousand_changes_fit_a_release():
    url = "https://github.com/o/r/pull/1"
    changes = tuple(Change("x" * 300, number=n, author="a" * 100, url=url) for n in range(10_000))

    notes = render_release_notes(build_release_notes(reports.outage(), changes))

    assert len(notes) <= BUDGET
    assert "9,999 pull requests and 1 commit" in notes
    assert AFTER in notes


def test_notes_tell_what_the_check_of_the_range_found():
    notes = reports.notes()

    assert notes.verdict is Verdict.ERROR
    assert notes.findings == {Level.ERROR: 1, Level.WARNING: 0, Level.NOTE: 0}
    assert notes.subject.number == 42


def test_edited_migrations_are_counted_apart_because_nothing_runs_them_again():
    [database] = reports.outage().databases
    edited = replace(database.migrations[0], path="db/0.sql", status=Status.EDITED)
    changed = replace(database, migrations=(edited, *database.migrations))
    notes = render_release_notes(build_release_notes(replace(reports.outage(), databases=(changed,)), ()))

    assert "No changes, 1 migration (1 edited)." in notes
    assert "Of those that were there before: 1 edited." in notes
    assert "db/0.sql" not in notes


def test_the_announcement_names_no_recipe_of_the_plan():
    said = Announcement("After", (("Next Steps", "Later pull request: instead of: ALTER TABLE a RENAME b TO c"),))
    plan = replace(reports.OUTAGE_PLAN, after=said)
    notes = render_release_notes(build_release_notes(replace(reports.outage(), plan=plan), ()))

    assert "Next Steps: Later release: ALTER TABLE a RENAME b TO c\n" in notes
