"""All effects of a run at once, on tokens that may and may not write."""

import io

from midflight.adapters.actions import Actions
from midflight.adapters.perform import perform
from midflight.publish.model import (
    Annotate,
    AnnotationLevel,
    AppendSummary,
    SetOutput,
    SetStatus,
    StatusState,
    WriteFile,
)


def effects(world):
    return (
        SetStatus(world.head, StatusState.FAILURE, "Old code breaks"),
        world.comment("report"),
        Annotate(AnnotationLevel.ERROR, "b.sql", 1, "drop-column", "It breaks."),
        AppendSummary("# Report"),
        SetOutput("verdict", "error"),
        WriteFile("report.json", "{}"),
    )


def runner(tmp_path):
    return Actions(io.StringIO(), tmp_path, tmp_path / "summary.md", tmp_path / "outputs")


def test_everything_is_written_when_the_token_may(world, tmp_path):
    assert perform(effects(world), github=world.client(), runner=runner(tmp_path)) == ()
    assert len(world.gh.comments(world.number)) == 1
    assert [item["state"] for item in world.gh.statuses(world.head)] == ["failure"]


def test_the_status_is_written_after_the_comment(world, tmp_path):
    perform(effects(world), github=world.client(), runner=runner(tmp_path))
    assert [path.split("/")[4] for verb, path in world.gh.requests if verb == "POST"] == ["issues", "statuses"]


def test_a_fork_s_token_gives_one_warning_and_the_whole_rest(world, tmp_path):
    actions = runner(tmp_path)
    [warning] = perform(effects(world), github=world.client(world.gh.read_only_token()), runner=actions)
    assert warning.startswith("This token may not write the comment and the commit status on the pull request")
    assert "report is in the job summary" in warning
    assert "error file=b.sql" in actions.log.getvalue()
    assert (tmp_path / "summary.md").read_text() == "# Report\n"
    assert (tmp_path / "report.json").read_text() == "{}"
    assert "verdict<<" in (tmp_path / "outputs").read_text()


def test_a_job_without_the_status_permission_still_comments(world, tmp_path):
    token = world.gh.token(rights={"contents": "read", "pull_requests": "write"})
    [warning] = perform(effects(world), github=world.client(token), runner=runner(tmp_path))
    assert warning.startswith("This token may not write the commit status on the pull request")
    assert len(world.gh.comments(world.number)) == 1


def test_a_comment_that_fails_does_not_stop_the_status(world, tmp_path):
    world.gh.fail("POST", "comments", status=422, message="Validation Failed", times=99)
    [warning] = perform(effects(world), github=world.client(), runner=runner(tmp_path))
    assert "GitHub answered 422: Validation Failed" in warning
    assert len(world.gh.statuses(world.head)) == 1


def test_a_locked_conversation_is_not_taken_for_a_fork(world, tmp_path):
    locked = "Unable to create comment because issue is locked."
    world.gh.fail("POST", "comments", status=403, message=locked)
    [warning] = perform(effects(world), github=world.client(), runner=runner(tmp_path))
    assert locked.rstrip(".") in warning


def test_without_a_token_nothing_is_tried(world, tmp_path):
    [warning] = perform(effects(world), github=None, runner=runner(tmp_path))
    assert warning.startswith("There is no token to write the comment and the commit status")
    assert world.gh.requests == []
