"""The runbook of a range: boxes for the day of the deployment."""

import json
from dataclasses import replace

from midflight.inspection.finding import Phase
from midflight.plan.model import Deployment, Planned
from midflight.publish.approvals import boxes, joined
from midflight.report.release_json import render_release_json
from midflight.report.release_notes import (
    ISSUE_BUDGET,
    Approval,
    build_release_notes,
    render_announcement,
    render_release_notes,
    render_runbook,
)
from midflight.text import utf16_length
from support import reports


def torn_notes():
    """A migration whose second statement waits for the code."""
    first = Planned("db/1.sql", 1, "ALTER TABLE a ADD b int", sql="ALTER TABLE a ADD b int;")
    last = Planned("db/1.sql", 2, "ALTER TABLE a DROP c", sql="ALTER TABLE a DROP c;")
    deployments = (
        Deployment(Phase.EXPAND, "Apply the migration (1 statement)", (first,)),
        Deployment(Phase.ROLLOUT, "Deploy the code", (Planned("src/a.ts", 3, "reads a"),)),
        Deployment(Phase.CONTRACT, "Clean up (1 statement)", (last,), separate=True),
    )
    plan = replace(reports.OUTAGE_PLAN, deployments=deployments)
    return build_release_notes(replace(reports.outage(), plan=plan), (), title="v1 to v2")


def test_each_deployment_is_a_chapter_with_a_box_for_each_migration_and_its_sql():
    runbook = render_runbook(torn_notes())

    assert "### Deployment 1: Apply the migration (1 statement)" in runbook
    assert "- [ ] `db/1.sql`: 1 statement <!-- midflight:item runbook." in runbook
    assert "  ```sql\n  ALTER TABLE a ADD b int;\n  ```" in runbook
    assert "### Deployment 2: Deploy the code" in runbook
    assert "- [ ] Deploy the code at `9b8a7c6` <!--" in runbook
    assert "### Deployment 3: Clean up (1 statement) (in a later release)" in runbook


def test_a_migration_of_two_deployments_is_told_because_tools_apply_files_as_a_whole():
    told = "`db/1.sql` has statements of an earlier deployment too, and migration tools apply a file as a whole"

    assert told in render_runbook(torn_notes())
    assert told in render_release_notes(torn_notes())
    assert "as a whole" not in render_runbook(reports.notes())


def test_a_statement_that_a_recipe_replaces_is_left_out_and_not_pasted():
    kept = Planned("db/1.sql", 1, "ALTER TABLE a ADD b int", sql="ALTER TABLE a ADD b int;")
    replaced = Planned("db/1.sql", 2, "instead of: ALTER TABLE a RENAME c TO d", sql="ALTER TABLE a RENAME c TO d;")
    plan = replace(reports.OUTAGE_PLAN, deployments=(Deployment(Phase.CONTRACT, "Clean up", (kept, replaced)),))
    runbook = render_runbook(build_release_notes(replace(reports.outage(), plan=plan), ()))

    assert "- [ ] `db/1.sql`: 1 statement <!--" in runbook
    assert "- [ ] `db/1.sql`: leave out line 2: the steps below do that work without breaking code that runs" in runbook
    assert "RENAME" not in runbook


def test_ticks_outlive_an_update_and_those_of_changed_work_do_not():
    before = render_runbook(torn_notes())
    ticked = before.replace("- [ ]", "- [x]")
    notes = torn_notes()
    later = replace(notes, report=replace(notes.report, subject=replace(notes.subject, head="1234567" + "0" * 33)))

    after = boxes(joined(ticked, render_runbook(later)))

    assert len(boxes(before)) == len(after) > 4
    assert [box.text for box in after.values() if not box.ticked] == ["Deploy the code at `1234567`"]


def test_the_announcements_are_plain_text_to_send():
    said = render_announcement(reports.notes(), "before")

    assert said.startswith("Subject: Database Migration - Create projects atomically\nTimeline: [Date & Time]\n")
    assert render_announcement(reports.notes(), "after").endswith(
        "Monitoring: Enabled for 24 hours\nNext Steps: None\n"
    )


def test_nothing_to_announce_is_an_empty_text():
    assert render_announcement(build_release_notes(reports.quiet(), ()), "before") == ""


def test_a_range_without_a_migration_says_to_deploy_as_always():
    runbook = render_runbook(build_release_notes(reports.quiet(), ()))

    assert "Nothing of this range changes the database: deploy the code as always." in runbook
    assert "- [ ]" not in runbook


def test_a_runbook_of_many_migrations_fits_an_issue():
    items = tuple(
        Planned(f"db/{n}.sql", 1, "x", sql=f"ALTER TABLE t ADD c{n} text; -- {'x' * 900}") for n in range(800)
    )
    plan = replace(reports.OUTAGE_PLAN, deployments=(Deployment(Phase.EXPAND, "Apply", items),))
    notes = build_release_notes(replace(reports.outage(), plan=plan), ())
    issue = render_runbook(notes, ISSUE_BUDGET)

    assert utf16_length(issue) <= ISSUE_BUDGET
    assert "… and " in issue
    assert "Not everything fits in here" in issue
    assert render_runbook(notes).count("ALTER TABLE t ADD c") == 800


def test_in_an_issue_sql_goes_before_any_box_does():
    items = tuple(Planned(f"db/{n}.sql", 1, "x", sql=f"ALTER TABLE t ADD c{n} text; -- {'x' * 900}") for n in range(90))
    plan = replace(reports.OUTAGE_PLAN, deployments=(Deployment(Phase.EXPAND, "Apply", items),))
    issue = render_runbook(build_release_notes(replace(reports.outage(), plan=plan), ()), ISSUE_BUDGET)

    assert issue.count("- [ ] `db/") == 90
    assert "ALTER TABLE" not in issue


def test_a_range_is_no_pull_request_to_split():
    plan = replace(reports.OUTAGE_PLAN, reason="Old code needs a: no single order works, so split the pull request.")
    notes = render_release_notes(build_release_notes(replace(reports.outage(), plan=plan), ()))

    assert "no single order works, so deploy it in the numbered steps." in notes


def test_approvals_are_told_with_who_ticked_what_and_who_reviewed():
    approvals = (
        Approval(42, f"{reports.PULLS}/42", (("Team notified", "ada"), ("Tested in staging", "")), ("root", "lin")),
        Approval(41, "", (), ()),
    )
    notes = render_release_notes(build_release_notes(reports.outage(), (), approvals=approvals))

    assert (
        "### Approvals\n\n- [`#42`](https://github.com/projectify/syllabus/pull/42): Team notified (✓ `ada`); Tested in"
        " staging; approved in a review by `root`, `lin`\n"
    ) in notes
    assert "- `#41`: no box of the checklist is ticked\n" in notes


def test_the_data_hold_changes_with_their_kind_deployments_and_the_report():
    found = json.loads(render_release_json(reports.notes()))

    assert (found["version"], found["title"]) == (1, "v1.2.0 to v1.3.0")
    assert found["changes"][0] == {
        "title": "Create projects atomically",
        "number": 42,
        "commit": reports.HEAD,
        "author": "ada",
        "url": f"{reports.PULLS}/42",
        "labels": ["api"],
        "kind": "unknown",
    }
    assert found["report"]["order"] == "database-first"
    assert len(found["deployments"]) == len(found["report"]["plan"]["deployments"])
