"""Suggestions in the diff: what becomes one, once, and what a token that only reads leaves."""

import pytest

from support.fake_github.events import pull_request_event
from support.repositories import add_commit

TALLY = "supabase/migrations/20251120000000_tally.sql"
CREATED = (
    "CREATE FUNCTION tally() RETURNS bigint\n"
    "  LANGUAGE sql SECURITY DEFINER AS $$ SELECT count(*) FROM public.projects $$;"
)
FIXED = f"{CREATED}\nALTER FUNCTION tally() SET search_path = '';"


@pytest.fixture
def tally(platform):
    add_commit(platform.gh.state.path, "tally", {TALLY: f"-- Counts.\n{CREATED}\n"}, "Count")
    platform.numbers["tally"] = platform.gh.open_pull("tally")
    return platform


def reviews(platform):
    return platform.gh.state.reviews


def test_a_recipe_that_adds_to_the_statement_is_suggested_on_its_lines(tally):
    tally.pull("tally", suggestions="true")

    [review] = reviews(tally)
    [comment] = review["comments"]
    assert (comment["path"], comment["start_line"], comment["line"]) == (TALLY, 2, 3)
    assert (comment["side"], comment["start_side"]) == ("RIGHT", "RIGHT")
    assert review["commit"] == tally.head("tally")
    assert "```suggestion\nCREATE FUNCTION tally()" in comment["body"]
    assert "SET search_path = ''" in comment["body"]


def test_it_is_made_once_over_pushes_and_again_when_the_statement_changes(tally):
    tally.pull("tally", suggestions="true")
    tally.pull("tally", suggestions="true")
    tally.push("tally")
    tally.pull("tally", suggestions="true")
    assert len(reviews(tally)) == 1

    add_commit(tally.gh.state.path, "tally", {TALLY: CREATED.replace("count(*)", "count(id)") + "\n"}, "Change")
    tally.pull("tally", suggestions="true")
    assert len(reviews(tally)) == 2


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_makes_no_second_review(tally, after):
    tally.gh.fail("POST", "reviews", drop=True, after=after)
    tally.pull("tally", suggestions="true")

    assert len(reviews(tally)) == 1


def test_a_stranger_s_copy_of_our_review_stops_nothing(tally):
    tally.pull("tally", suggestions="true")
    reviews(tally)[0]["login"] = "mallory"
    tally.pull("tally", suggestions="true")

    assert [item["login"] for item in reviews(tally)] == ["mallory", "github-actions[bot]"]


def test_nothing_is_suggested_unless_it_is_asked_for(tally):
    tally.pull("tally")

    assert reviews(tally) == []
    assert tally.gh.asked("GET", "reviews") == 0


def test_lines_that_are_not_new_get_none(tally):
    """The file is there before the pull request, so not all of its lines are part of the diff."""
    add_commit(tally.gh.state.path, "main", {TALLY: "SELECT 1;\n"}, "Be there already")
    add_commit(tally.gh.state.path, "later", {TALLY: f"SELECT 1;\n{CREATED}\n"}, "Edit")
    tally.numbers["later"] = tally.gh.open_pull("later")
    tally.start("pull_request", pull_request_event(tally.gh, tally.numbers["later"]), suggestions="true")

    assert reviews(tally) == []


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT 1; {CREATED}\n",  # another statement on its lines
        f"{CREATED} -- as agreed\n",
        f"{FIXED}\n",
    ],
)
def test_a_statement_that_shares_its_lines_or_is_right_already_gets_none(tally, text):
    add_commit(tally.gh.state.path, "tally", {TALLY: text}, "Write it otherwise")
    tally.pull("tally", suggestions="true")

    assert reviews(tally) == []


def test_a_token_that_only_reads_leaves_one_warning_for_all_three(tally):
    ran = tally.pull("tally", token=tally.gh.read_only_token(), suggestions="true")

    warnings = [line for line in ran.log.splitlines() if line.startswith("::warning title=Midflight::")]
    assert len(warnings) == 1
    assert "the comment and the suggestions and the commit status" in warnings[0]
    assert reviews(tally) == []


def test_no_more_than_ten_are_made(tally):
    many = "\n".join(CREATED.replace("tally()", f"tally_{n}()") for n in range(14))
    add_commit(tally.gh.state.path, "tally", {TALLY: many + "\n"}, "Count more")
    tally.pull("tally", suggestions="true")
    tally.pull("tally", suggestions="true")

    assert [len(item["comments"]) for item in reviews(tally)] == [10]


def test_a_refused_review_leaves_comment_and_status(tally):
    tally.gh.fail("POST", "reviews", status=422, message="Line could not be resolved")
    ran = tally.pull("tally", suggestions="true")

    assert "Line could not be resolved" in ran.log
    assert len(tally.gh.comments(tally.numbers["tally"])) == 1
    assert len(tally.gh.statuses(tally.head("tally"))) == 1
