"""One comment, whatever happens."""

import pytest

from midflight.errors import PlatformError

BOT = "github-actions[bot]"


def only_comment(world):
    [comment] = world.gh.comments(world.number, BOT)
    return comment


def test_ten_pushes_leave_one_comment_with_the_last_report(world):
    for push in range(10):
        world.push(f"select {push};")
        world.client().upsert_comment(world.comment(f"report {push}"))
    assert only_comment(world).body.endswith("\nreport 9")


def test_the_same_report_twice_is_written_once(world):
    for _ in range(3):
        world.client().upsert_comment(world.comment("report"))
    assert only_comment(world).edits == 0
    assert world.gh.asked("POST") == 1


def test_line_ends_that_github_changed_are_no_difference(world):
    client = world.client()
    client.upsert_comment(world.comment("one\ntwo\n"))
    only_comment(world).body = only_comment(world).body.replace("\n", "\r\n")
    client.upsert_comment(world.comment("one\ntwo\n"))
    assert only_comment(world).edits == 0


def test_our_comment_is_found_behind_two_hundred_others(world):
    for count in range(220):
        world.gh.add_comment(world.number, "ada", f"chat {count}")
    world.gh.add_comment(world.number, BOT, world.comment("old report").body)
    for count in range(29):
        world.gh.add_comment(world.number, "bob", f"more {count}")
    world.client().upsert_comment(world.comment("new report"))
    assert only_comment(world).body.endswith("new report")
    assert world.gh.asked("GET", "comments") == 3


def test_a_marker_that_a_stranger_pasted_is_left_alone(world):
    forged = world.gh.add_comment(world.number, "mallory", world.comment("forged").body)
    world.client().upsert_comment(world.comment("report"))
    assert only_comment(world).body.endswith("report")
    assert forged.body.endswith("forged")


def test_a_marker_that_is_quoted_below_the_first_line_is_no_marker(world):
    world.gh.add_comment(world.number, BOT, "look:\n" + world.comment("quoted").body)
    world.client().upsert_comment(world.comment("report"))
    assert len(world.gh.comments(world.number, BOT)) == 2


def test_comments_of_other_keys_stay(world):
    client = world.client()
    client.upsert_comment(world.comment("api", key="api"))
    client.upsert_comment(world.comment("web", key="web --> <b>"))
    client.upsert_comment(world.comment("api again", key="api"))
    texts = [comment.body.split("\n", 1)[1] for comment in world.gh.comments(world.number)]
    assert texts == ["api again", "web"]


def test_duplicates_of_ours_are_deleted_and_the_oldest_stays(world):
    first = world.gh.add_comment(world.number, BOT, world.comment("one").body)
    world.gh.add_comment(world.number, BOT, world.comment("two").body)
    world.gh.add_comment(world.number, BOT, world.comment("three").body)
    world.client().upsert_comment(world.comment("report"))
    assert only_comment(world) is first
    assert first.body.endswith("report")


@pytest.mark.parametrize("fault", [{"status": 502}, {"drop": True}, {"status": 500}])
def test_a_created_comment_whose_answer_was_lost_is_not_created_again(world, fault):
    world.gh.fail("POST", "comments", after=True, **fault)
    world.client().upsert_comment(world.comment("report"))
    assert only_comment(world).body.endswith("report")
    assert world.gh.asked("POST") == 1


@pytest.mark.parametrize("fault", [{"status": 502}, {"drop": True}, {"status": 429, "headers": {"Retry-After": "7"}}])
def test_a_comment_that_was_not_created_is_tried_again(world, fault):
    world.gh.fail("POST", "comments", **fault)
    world.client().upsert_comment(world.comment("report"))
    assert only_comment(world).body.endswith("report")


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}])
def test_an_edit_is_repeated_until_it_is_answered(world, fault, after):
    world.gh.add_comment(world.number, BOT, world.comment("old").body)
    world.gh.fail("PATCH", "comments", after=after, times=2, **fault)
    world.client().upsert_comment(world.comment("report"))
    assert only_comment(world).body.endswith("report")


def test_an_older_run_does_not_overwrite_a_newer_one(world):
    old = world.head
    new = world.push()
    world.client().upsert_comment(world.comment("new", head=new))
    world.client().upsert_comment(world.comment("old", head=old))
    assert only_comment(world).body.endswith("new")


def test_an_older_run_replaces_what_is_older_still(world):
    old = world.head
    world.push()
    world.gh.add_comment(world.number, BOT, world.comment("ancient", head="a" * 40).body)
    world.client().upsert_comment(world.comment("old", head=old))
    assert only_comment(world).body.endswith("old")


def test_an_older_run_that_commented_while_a_newer_one_did_withdraws(world):
    old = world.head
    new = world.push()
    newer = world.comment("new", head=new).body
    world.gh.before.append(lambda: world.gh.add_comment(world.number, BOT, newer))
    world.client().upsert_comment(world.comment("old", head=old))
    assert only_comment(world).body.endswith("new")


def test_two_runs_that_both_found_none_end_with_one_comment(world):
    other = world.comment("other run").body
    world.gh.before.append(lambda: world.gh.add_comment(world.number, BOT, other))
    world.client().upsert_comment(world.comment("report"))
    assert only_comment(world).body.endswith("report")


def test_a_comment_deleted_under_the_edit_is_made_again(world):
    doomed = world.gh.add_comment(world.number, BOT, world.comment("old").body)
    world.gh.before.append(lambda: world.gh.state.comments.remove(doomed))
    world.client().upsert_comment(world.comment("report"))
    assert only_comment(world).body.endswith("report")


def test_a_quiet_report_makes_no_comment_but_edits_one(world):
    quiet = world.comment("nothing to see", create=False)
    world.client().upsert_comment(quiet)
    assert world.gh.comments(world.number) == []
    world.gh.add_comment(world.number, BOT, world.comment("breaks").body)
    world.client().upsert_comment(quiet)
    assert only_comment(world).body.endswith("nothing to see")


def test_a_person_s_token_finds_the_person_s_comment(world):
    token = world.gh.token("release-bot", installation=False)
    for text in ("one", "two"):
        world.client(token).upsert_comment(world.comment(text))
    [comment] = world.gh.comments(world.number, "release-bot")
    assert comment.body.endswith("two")


def test_an_app_of_another_name_ends_with_one_comment_too(world):
    token = world.gh.token("our-app[bot]")
    for text in ("one", "two", "three"):
        world.client(token).upsert_comment(world.comment(text))
    [comment] = world.gh.comments(world.number, "our-app[bot]")
    assert comment.body.endswith("three")


def test_two_hundred_thousand_characters_are_cut_to_what_github_takes(world):
    world.client().upsert_comment(world.comment("x" * 200_000))
    assert len(only_comment(world).body) == 65_536
    assert "the whole report is in the job summary" in only_comment(world).body


def test_a_pull_request_that_is_not_there_is_said_so(world):
    effect = world.comment("report")
    world.gh.state.pulls.clear()
    with pytest.raises(PlatformError, match=r"issues/1/comments: GitHub answered 404: Not Found\.") as caught:
        world.client().upsert_comment(effect)
    assert caught.value.status == 404
