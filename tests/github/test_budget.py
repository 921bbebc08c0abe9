"""What a run says about its requests."""

import re

from click.testing import CliRunner

from midflight.adapters.github.budget import MADE, Budget
from midflight.cli import cli
from support.fake_github.events import pull_request_event

SAID = re.compile(r"^GitHub: .*$", re.MULTILINE)


def test_the_budget_is_told_when_it_is_asked_for(platform):
    ran = platform.pull("outage", verbose="true")

    assert SAID.findall(ran.log) == [
        "GitHub: 8 requests (6 reads, 2 writes), 992 of 1,000 left until 01:00 UTC",
    ]
    assert SAID.findall(platform.pull("outage").log) == []


def test_a_checkout_needs_no_request_to_read_the_repository(platform):
    platform.pull("outage")
    read = r"/(git|tarball|compare|contents|branches|commits/\w+$|pulls/\d+/files)"

    assert platform.gh.asked("GET", read) == 0


def test_a_run_that_fails_tells_it_too(platform):
    platform.gh.state.truncated = True
    event = pull_request_event(platform.gh, platform.numbers["outage"])
    ran = platform.start("pull_request", event, verbose="true")

    assert ran.code == 1
    assert len(SAID.findall(ran.log)) == 1


def test_requests_are_counted_by_what_they_do_and_the_newest_answer_tells_what_is_left():
    budget = Budget()
    assert budget.sentence == "GitHub: 0 requests (0 reads, 0 writes)"

    budget.count("GET", {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "1767276000"})
    budget.count("PATCH", {})
    assert budget.sentence == "GitHub: 2 requests (1 read, 1 write), 12 of 1,000 left until 14:00 UTC"


def test_a_server_without_limits_or_with_nonsense_tells_none():
    budget = Budget()
    budget.count("GET", {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "::error::", "x-ratelimit-reset": "1"})

    assert budget.sentence == "GitHub: 1 request (1 read, 0 writes)"


def test_the_command_line_tells_it_too_and_asks_nothing_of_github(platform):
    before = MADE.reads + MADE.writes
    repo = str(platform.gh.state.path)
    ran = CliRunner().invoke(cli, ["check", "--repo", repo, "--base", "main", "--head", "outage", "--verbose"])

    assert ran.exit_code == 10
    assert SAID.findall(ran.stderr) == [MADE.sentence]
    assert MADE.reads + MADE.writes == before
    assert platform.gh.requests == []
