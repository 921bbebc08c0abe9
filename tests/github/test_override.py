"""The emergency override, by label and by command."""

from support.fake_github.events import pull_request_event
from support.repositories import add_commit
from support.ticks import own, say, status


def labelled(platform, by, name="midflight:override"):
    platform.gh.label(platform.numbers["outage"], name, by)
    return platform.pull("outage")


def test_a_command_with_a_reason_turns_the_status_to_success_and_findings_stay(platform):
    assert platform.pull("outage").code == 10
    ran = say(platform, "outage", "/midflight override production is down, the fix is verified by hand")

    body = own(platform, "outage").body
    assert ran.code == 0
    assert status(platform, "outage") == (
        "success",
        "overridden by @octocat: production is down, the fix is verified by hand",
    )
    top = "\n".join(body.split("\n")[3:5])
    assert top.startswith(
        "> [!CAUTION]\n> **Overridden** by @&#8203;octocat on 2026-01-02 03:04 UTC: production is down, "
    )
    assert top.endswith(" What was found stays below. The override ends with the next push.")
    assert "#### What breaks" in body
    assert platform.gh.state.reactions[-1][1] == "eyes"


def test_the_command_holds_for_a_second_check_of_the_same_commit_and_ends_with_a_push(platform):
    platform.pull("outage")
    say(platform, "outage", "/midflight override we know")
    again = platform.pull("outage")
    assert (again.code, status(platform, "outage")) == (0, ("success", "overridden by @octocat: we know"))
    assert own(platform, "outage").body.count("**Overridden**") == 1

    add_commit(platform.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    assert platform.pull("outage").code == 10
    assert status(platform, "outage")[0] == "failure"
    assert "**Overridden**" not in own(platform, "outage").body


def test_a_command_works_where_the_check_left_nothing(platform):
    say(platform, "outage", "/midflight override the check itself is broken", by="root")

    assert status(platform, "outage") == ("success", "overridden by @root: the check itself is broken")
    assert "has left no report" in own(platform, "outage").body

    assert platform.pull("outage").code == 0
    assert "#### What breaks" in own(platform, "outage").body


def test_a_command_in_the_middle_of_a_check_is_not_lost(platform):
    platform.pull("outage")
    add_commit(platform.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    say(platform, "outage", "/midflight override we know")
    ran = platform.pull("outage")

    assert ran.code == 0
    assert status(platform, "outage") == ("success", "overridden by @octocat: we know")


def test_without_write_access_a_reason_or_a_known_word_a_command_does_nothing(platform):
    platform.pull("outage")
    logs = [
        say(platform, "outage", "/midflight override let me in", by="mallory").log,
        say(platform, "outage", "/midflight override").log,
        say(platform, "outage", "/midflight ovverride please").log,
    ]

    assert status(platform, "outage")[0] == "failure"
    assert [content for _, content in platform.gh.state.reactions] == ["confused"] * 3
    assert ["no write access" in logs[0], "needs a reason" in logs[1], "Commands are" in logs[2]] == [True] * 3


def test_a_command_that_is_quoted_or_explained_is_none(platform):
    platform.pull("outage")
    for text in (
        "> /midflight override no",
        "Use\n/midflight override x",
        "```\n/midflight override x\n```",
        "/midflights",
    ):
        assert "no command" in say(platform, "outage", text).log

    assert status(platform, "outage")[0] == "failure"


def test_a_hostile_reason_is_text(platform):
    platform.pull("outage")
    say(platform, "outage", "/midflight override --> @everyone <img src=x> " + "x" * 500)

    body = own(platform, "outage").body
    assert "@everyone" not in body
    assert "<img" not in body
    assert body.split("\n")[2].endswith("-->")
    assert body.split("\n")[2].count("-->") == 1
    assert len(status(platform, "outage")[1]) == 140


def test_a_label_of_somebody_with_write_access_passes_job_and_status(platform):
    ran = labelled(platform, "octocat")

    assert ran.code == 0
    assert status(platform, "outage") == ("success", "overridden by @octocat: label midflight:override")
    assert "The override ends when the label `midflight:override` is removed." in own(platform, "outage").body

    add_commit(platform.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    assert platform.pull("outage").code == 0


def test_a_label_that_is_taken_away_overrides_no_more(platform):
    labelled(platform, "octocat")
    platform.gh.unlabel(platform.numbers["outage"], "midflight:override", "octocat")

    assert platform.pull("outage").code == 10
    assert status(platform, "outage")[0] == "failure"
    assert "**Overridden**" not in own(platform, "outage").body


def test_a_label_of_somebody_who_may_only_label_does_not_count(platform):
    ran = labelled(platform, "triager")

    assert ran.code == 10
    assert "triager has no write access" in ran.log


def test_the_label_of_the_event_is_not_believed_when_it_is_gone(platform):
    event = pull_request_event(platform.gh, platform.numbers["outage"], "labeled")
    event["pull_request"]["labels"] = [{"name": "midflight:override"}]

    assert platform.start("pull_request", event, workspace=platform.checkout("outage")).code == 10


def test_a_recheck_writes_comment_and_status_anew(platform):
    assert say(platform, "outage", "/midflight recheck").code == 0

    assert status(platform, "outage")[0] == "failure"
    assert "#### What breaks" in own(platform, "outage").body


def test_a_recheck_that_fails_sets_the_status_to_error(platform):
    platform.gh.fail("GET", r"compare|tarball|git/trees", status=404, times=50)

    assert say(platform, "outage", "/midflight recheck").code == 1
    assert status(platform, "outage")[0] == "error"


def test_with_a_fork_s_token_the_label_still_passes_the_job(platform):
    platform.gh.label(platform.numbers["outage"], "midflight:override", "root")

    assert platform.pull("outage", token=platform.gh.read_only_token()).code == 0
