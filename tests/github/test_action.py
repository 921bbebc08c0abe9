"""The action from its environment to what GitHub holds afterwards, as the runner starts it."""

import json

from support.action_runs import EDGE, FUNCTION
from support.fake_github.events import dispatch_event
from support.repositories import add_commit, merge_branch, run_git


def test_the_outage_is_stopped_with_one_comment_a_status_and_everything_else(platform):
    ran = platform.pull("outage")
    number = platform.numbers["outage"]
    [comment] = platform.gh.comments(number)
    [status] = platform.gh.statuses(platform.head("outage"))

    assert ran.code == 10
    assert "create_project_atomic" in comment.body
    assert f"{EDGE}#L1" in comment.body
    assert f"{FUNCTION}#L1" in comment.body
    assert (status["state"], status["context"]) == ("failure", "midflight")
    assert "create_project_atomic" in status["description"]
    assert f"::error file={EDGE},line=1" in ran.log
    assert "create_project_atomic" in ran.summary
    assert "verdict<<" in ran.outputs
    assert json.loads((ran.folder / "midflight-report.json").read_text())["order"] == "database-first"


def test_ten_pushes_leave_exactly_one_comment(platform):
    for number in range(10):
        add_commit(platform.gh.state.path, "outage", {"notes.md": f"{number}\n"}, f"Push {number}")
        assert platform.pull("outage").code == 10

    [comment] = platform.gh.comments(platform.numbers["outage"])
    assert platform.head("outage") in comment.body


def test_without_a_checkout_both_revisions_are_read_over_the_api(platform):
    ran = platform.pull("outage", checkout=False)

    assert ran.code == 10
    assert "create_project_atomic" in platform.gh.comments(platform.numbers["outage"])[0].body


def test_a_fork_s_token_costs_the_comment_and_one_warning(platform):
    ran = platform.pull("outage", token=platform.gh.read_only_token())

    assert ran.code == 10
    assert platform.gh.comments(platform.numbers["outage"]) == []
    assert ran.log.count("::warning") == 1
    assert "create_project_atomic" in ran.summary


def test_a_pull_request_without_database_changes_gets_a_status_and_no_comment(platform):
    ran = platform.pull("quiet")

    assert ran.code == 0
    assert platform.gh.comments(platform.numbers["quiet"]) == []
    assert [s["state"] for s in platform.gh.statuses(platform.head("quiet"))] == ["success"]


def test_wrong_inputs_are_told_all_at_once_and_the_status_is_error(platform):
    ran = platform.pull("quiet", fail_on="sometimes", deploys="never")

    assert ran.code == 2
    assert "fail_on" in ran.log
    assert "deploys" in ran.log
    assert [s["state"] for s in platform.gh.statuses(platform.head("quiet"))] == ["error"]


def test_a_failure_of_the_tool_is_exit_1_and_never_a_success(platform):
    platform.gh.fail("GET", r"compare|tarball|git/trees", status=404, times=50)
    ran = platform.pull("outage", checkout=False)

    assert ran.code == 1
    assert [s["state"] for s in platform.gh.statuses(platform.head("outage"))] == ["error"]


def test_settings_come_from_the_base_revision(platform):
    add_commit(
        platform.gh.state.path, "outage", {".github/midflight.yml": "rules: {code-before-migration: off}\n"}, "Hide"
    )

    assert platform.pull("outage").code == 10


def test_a_pipeline_that_migrates_first_passes(platform):
    add_commit(platform.gh.state.path, "main", {".github/midflight.yml": "deploys: database-first\n"}, "Say so")
    ran = platform.pull("outage")

    assert ran.code == 0
    assert [s["state"] for s in platform.gh.statuses(platform.head("outage"))] == ["success"]


def test_an_event_that_is_no_change_ends_with_a_sentence(platform):
    ran = platform.start("watch", {})

    assert ran.code == 0
    assert "Nothing to check" in ran.log


def test_a_dispatch_writes_release_notes(platform):
    start = platform.head("main")
    merge_branch(platform.gh.state.path, "main", "outage", branch="main")
    workspace = platform.folder / "whole"
    run_git(platform.folder, "clone", "--quiet", f"file://{platform.gh.state.path}", str(workspace))
    ran = platform.start(
        "workflow_dispatch", dispatch_event(), workspace=workspace, **{"from": start, "to": platform.head("main")}
    )

    assert ran.code == 0
    notes = (workspace / "release-notes.md").read_text()
    assert "create_project_atomic" in notes
    assert "DROP FUNCTION" in notes
    assert "Expected Downtime" in notes
    assert notes.strip() in ran.summary


def test_a_dispatch_without_revisions_tells_what_came_since_the_latest_release(platform):
    run_git(platform.gh.state.path, "tag", "v1.0", "main")
    platform.gh.state.release = "v1.0"
    merge_branch(platform.gh.state.path, "main", "outage", branch="main")
    workspace = platform.folder / "whole"
    run_git(platform.folder, "clone", "--quiet", f"file://{platform.gh.state.path}", str(workspace))
    ran = platform.start("workflow_dispatch", dispatch_event(), workspace=workspace, to=platform.head("main"))

    assert ran.code == 0
    notes = (workspace / "release-notes.md").read_text()
    assert notes.startswith("## v1.0 to ")
    assert "create_project_atomic" in notes


def test_a_dispatch_without_revisions_and_without_a_release_says_what_to_give(platform):
    ran = platform.start("workflow_dispatch", dispatch_event(), to=platform.head("main"))

    assert ran.code == 2
    assert "from: is missing, and nothing that was deployed before was found" in ran.log


def test_a_team_extends_the_comment_from_its_base_branch(platform):
    template = '{% extends "comment.md.j2" %}{% block checklist %}Ask in the channel first.{% endblock %}\n'
    add_commit(platform.gh.state.path, "main", {".github/midflight/comment.md.j2": template}, "Say how")
    platform.pull("outage")

    assert "Ask in the channel first." in platform.gh.comments(platform.numbers["outage"])[0].body


def test_a_template_with_an_unknown_block_is_a_wrong_setting(platform):
    template = '{% extends "comment.md.j2" %}{% block chekclist %}x{% endblock %}\n'
    add_commit(platform.gh.state.path, "main", {".github/midflight/comment.md.j2": template}, "Misspell")
    ran = platform.pull("outage")

    assert ran.code == 2
    assert "chekclist" in ran.log
