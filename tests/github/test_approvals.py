"""Approvals in the comment: who may give them, how long they hold, and what the status says meanwhile."""

import pytest

from support.action_runs import FUNCTION
from support.fake_github.events import edited_event
from support.repositories import add_commit
from support.ticks import BOT, STAGING, TEAM, answer, line_of, own, shown, status, toggle, toggled

REQUIRE = "deploys: database-first\nrequire: [team-notified, staging-tested, additive]\n"


@pytest.fixture
def gated(platform):
    """The outage's pull request, safe because the pipeline migrates first, with three approvals required."""
    add_commit(platform.gh.state.path, "main", {".github/midflight.yml": REQUIRE}, "Require approvals")
    assert platform.pull("outage").code == 0
    return platform


def test_the_status_waits_for_what_is_required_and_the_job_passes(gated):
    body = own(gated, "outage").body

    assert status(gated, "outage") == ("pending", "2 of 3 approvals open: team-notified, staging-tested")
    assert "\n**2 of 3 approvals open** <!--" in body
    assert shown(body, TEAM).startswith("- [ ] **Team notified of deployment**")
    assert "- [x] Migration is additive" in shown(body, "approval.additive")


def test_ticks_of_somebody_with_write_access_turn_the_status_to_success(gated):
    assert toggle(gated, "outage", TEAM).code == 0
    assert status(gated, "outage") == ("pending", "1 of 3 approvals open: staging-tested")

    toggle(gated, "outage", STAGING, by="root", at="2026-11-22T14:03:59Z")
    body = own(gated, "outage").body
    state, description = status(gated, "outage")
    assert state == "success"
    assert description.startswith("Safe")
    assert shown(body, STAGING).endswith(" <sub>✓ @root, 2026-11-22 14:03 UTC</sub>")
    assert "\n**Nothing is left to approve** <!--" in body


def test_unticking_holds_the_status_again(gated):
    toggle(gated, "outage", TEAM)
    toggle(gated, "outage", STAGING)
    toggle(gated, "outage", TEAM, by="root")

    assert status(gated, "outage") == ("pending", "1 of 3 approvals open: team-notified")
    assert "✓" not in shown(own(gated, "outage").body, TEAM)


def test_a_tick_without_write_access_is_taken_back_and_told(gated):
    toggle(gated, "outage", TEAM, by="mallory")
    body = own(gated, "outage").body

    assert shown(body, TEAM).startswith("- [ ] ")
    assert shown(body, TEAM).endswith("<sub>the tick of @mallory does not count: no write access</sub>")
    assert "@mallory" not in body
    assert status(gated, "outage")[0] == "pending"


def test_somebody_without_write_access_takes_no_tick_back(gated):
    toggle(gated, "outage", TEAM)
    toggle(gated, "outage", TEAM, by="mallory")

    assert "✓ @octocat" in shown(own(gated, "outage").body, TEAM)
    assert status(gated, "outage") == ("pending", "1 of 3 approvals open: staging-tested")


def test_ticks_stay_over_a_push_that_leaves_the_migration_alone(gated):
    toggle(gated, "outage", TEAM)
    toggle(gated, "outage", STAGING)
    add_commit(gated.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    gated.pull("outage")

    assert status(gated, "outage")[0] == "success"
    assert "✓ @octocat" in shown(own(gated, "outage").body, TEAM)


def test_ticks_are_cleared_when_the_migration_changes(gated):
    toggle(gated, "outage", TEAM)
    sql = "CREATE FUNCTION create_project_atomic(p_title text) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;\n"
    add_commit(gated.gh.state.path, "outage", {FUNCTION: sql}, "Change the migration")
    gated.pull("outage")

    assert status(gated, "outage") == ("pending", "2 of 3 approvals open: team-notified, staging-tested")
    assert shown(own(gated, "outage").body, TEAM).endswith("<sub>cleared: the migration changed</sub>")


def test_a_tick_that_no_run_saw_does_not_count(gated):
    comment = own(gated, "outage")
    comment.body = toggled(comment.body, TEAM)
    gated.pull("outage")

    assert status(gated, "outage") == ("pending", "2 of 3 approvals open: team-notified, staging-tested")
    assert shown(own(gated, "outage").body, TEAM).endswith("who ticked it is not known, tick it again</sub>")


def test_an_item_that_nobody_requires_is_a_plain_box_that_keeps_its_tick(gated):
    item = "function.tested"
    comment = own(gated, "outage")
    comment.body = toggled(comment.body, item)
    gated.pull("outage")

    assert line_of(own(gated, "outage").body, item).startswith("- [x] ")


def test_a_tick_is_not_lost_to_a_check_that_began_before_it(gated):
    number, comment = gated.numbers["outage"], own(gated, "outage")
    before = comment.body
    event = edited_event(number, comment, toggled(comment.body, TEAM), "octocat")
    comment.body = before  # the check writes what it read before the click

    gated.start("issue_comment", event)

    assert "✓ @octocat" in shown(own(gated, "outage").body, TEAM)


def test_a_tick_in_the_middle_of_a_check_is_kept_and_the_status_follows(gated):
    toggle(gated, "outage", TEAM)
    comment = own(gated, "outage")
    add_commit(gated.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    gated.gh.before += [lambda: None, lambda: answer(comment, STAGING, "root")]  # after the comment, before the status
    gated.pull("outage")

    assert status(gated, "outage")[0] == "success"
    assert "✓ @root" in shown(own(gated, "outage").body, STAGING)


def test_two_people_who_tick_at_once_both_count(gated):
    number, comment = gated.numbers["outage"], own(gated, "outage")
    first = edited_event(number, comment, toggled(comment.body, TEAM), "octocat")
    gated.gh.before.append(lambda: answer(comment, STAGING, "root"))
    gated.start("issue_comment", first)

    body = own(gated, "outage").body
    assert "✓ @octocat" in shown(body, TEAM)
    assert status(gated, "outage")[0] == "pending"  # the other run lost its own write, sees it, and writes again
    gated.start("issue_comment", edited_event(number, comment, toggled(body, STAGING), "root"))
    assert status(gated, "outage")[0] == "success"


def test_a_tick_on_a_comment_about_an_older_commit_waits_for_the_check_of_the_new_one(gated):
    add_commit(gated.gh.state.path, "outage", {"notes.md": "more\n"}, "Push")
    toggle(gated, "outage", TEAM)
    assert gated.gh.statuses(gated.head("outage")) == []

    gated.pull("outage")
    assert status(gated, "outage") == ("pending", "1 of 3 approvals open: staging-tested")


def test_approvals_change_nothing_of_what_was_found(platform):
    add_commit(platform.gh.state.path, "main", {".github/midflight.yml": "require: [team-notified]\n"}, "Require")
    assert platform.pull("outage").code == 10
    toggle(platform, "outage", TEAM)

    assert status(platform, "outage")[0] == "failure"
    assert "✓ @octocat" in shown(own(platform, "outage").body, TEAM)


def test_after_a_run_that_failed_a_tick_makes_no_success(gated):
    toggle(gated, "outage", TEAM)
    gated.gh.fail("GET", r"compare|tarball|git/trees", status=404, times=50)
    gated.pull("outage", checkout=False)
    toggle(gated, "outage", STAGING)

    assert status(gated, "outage")[0] == "error"


def test_our_own_edits_and_a_stranger_s_copy_of_our_comment_are_ignored(gated):
    number = gated.numbers["outage"]
    before = own(gated, "outage").body
    assert "is no person" in toggle(gated, "outage", TEAM, by=BOT).log
    copied = gated.gh.add_comment(number, "mallory", before)
    ran = gated.start("issue_comment", edited_event(number, copied, toggled(before, TEAM), "octocat"))

    assert "not ours" in ran.log
    assert "✓" not in copied.body
    assert status(gated, "outage")[0] == "pending"


def test_a_tick_in_a_comment_that_is_deleted_meanwhile_is_told(gated):
    comment = own(gated, "outage")
    event = edited_event(gated.numbers["outage"], comment, toggled(comment.body, TEAM), "octocat")
    gated.gh.state.comments.remove(comment)
    ran = gated.start("issue_comment", event)

    assert (ran.code, "The comment is gone" in ran.log) == (0, True)


def test_line_ends_that_github_changed_hide_no_tick(gated):
    comment = own(gated, "outage")
    comment.body = comment.body.replace("\n", "\r\n")
    event = edited_event(gated.numbers["outage"], comment, comment.body.replace("- [ ] **Team", "- [x] **Team"), "root")
    gated.start("issue_comment", event)

    assert "✓ @root" in shown(own(gated, "outage").body, TEAM)


def test_a_tick_that_cannot_be_written_fails_the_run_and_the_status_says_so(gated):
    gated.gh.fail("PATCH", "comments", status=500, times=50)
    ran = toggle(gated, "outage", TEAM)

    assert ran.code == 1
    assert status(gated, "outage")[0] == "error"


def test_a_name_that_no_approval_has_is_a_wrong_setting(platform):
    add_commit(platform.gh.state.path, "main", {".github/midflight.yml": "require: [staging]\n"}, "Misspell")
    ran = platform.pull("outage")

    assert ran.code == 2
    assert "`team-notified`, `staging-tested`" in ran.log


def test_a_change_without_database_requires_nothing(gated):
    assert gated.pull("quiet").code == 0
    assert status(gated, "quiet") == ("success", "No database change")
