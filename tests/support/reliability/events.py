"""Each event that may start the action, when all is well."""

from support.action_runs import EDGE, FUNCTION, OUTAGE, Platform, Ran
from support.fake_github.events import dispatch_event, merge_group_event, push_event
from support.reliability.model import BRANCH, Ends, Scenario
from support.repositories import add_commit, run_git
from support.ticks import TEAM, say, toggle

GROUP = "Events"
REQUIRE = {".github/midflight.yml": "deploys: database-first\nrequire: [team-notified]\n"}


def _pull(platform: Platform) -> Ran:
    return platform.pull(BRANCH)


def _archives(platform: Platform) -> Ran:
    return platform.pull(BRANCH, checkout=False)


def _again(platform: Platform) -> Ran:
    platform.pull(BRANCH)
    return platform.pull(BRANCH)


def _group(platform: Platform) -> Ran:
    base = platform.head("main")
    head = add_commit(platform.gh.state.path, "queue", OUTAGE, "Merge two pull requests")
    return platform.start("merge_group", merge_group_event(base, head))


def _push(platform: Platform) -> Ran:
    before = platform.head("main")
    after = add_commit(platform.gh.state.path, "main", {FUNCTION: OUTAGE[FUNCTION], EDGE: OUTAGE[EDGE]}, "Merge")
    return platform.start("push", push_event(before, after))


def _gated(platform: Platform) -> None:
    add_commit(platform.gh.state.path, "main", REQUIRE, "Require an approval")
    platform.pull(BRANCH)


def _waiting(platform: Platform) -> Ran:
    add_commit(platform.gh.state.path, "main", REQUIRE, "Require an approval")
    return platform.pull(BRANCH)


def _ticked(platform: Platform) -> Ran:
    _gated(platform)
    return toggle(platform, BRANCH, TEAM)


def _ticked_by_a_stranger(platform: Platform) -> Ran:
    _gated(platform)
    return toggle(platform, BRANCH, TEAM, by="mallory")


def _overridden(platform: Platform) -> Ran:
    platform.pull(BRANCH)
    return say(platform, BRANCH, "/midflight override the site is down")


def _recheck(platform: Platform) -> Ran:
    return say(platform, BRANCH, "/midflight recheck")


def _dispatch(platform: Platform) -> Ran:
    return platform.start("workflow_dispatch", dispatch_event(number=str(platform.numbers[BRANCH])))


def _notes(platform: Platform) -> Ran:
    return platform.start(
        "workflow_dispatch", dispatch_event(), **{"from": platform.head("main"), "to": platform.head(BRANCH)}
    )


def _scheduled(platform: Platform) -> Ran:
    workspace = platform.folder / "whole"
    source = f"file://{platform.gh.state.path}"
    run_git(platform.folder, "clone", "--quiet", "--branch", "main", source, str(workspace))
    return platform.start("schedule", {}, workspace=workspace)


def _scheduled_in_a_shallow_clone(platform: Platform) -> Ran:
    return platform.start("schedule", {}, workspace=platform.checkout(BRANCH))


def _made(title: str, event: str, run, ends: Ends = Ends()) -> Scenario:  # noqa: B008 - frozen
    return Scenario(GROUP, title, event, run, ends)


SCENARIOS = (
    _made("A checkout of the merge commit", "pull_request", _pull),
    _made("No checkout", "pull_request", _archives),
    _made("The same commit again", "pull_request", _again),
    _made("No database change", "pull_request", lambda p: p.pull("quiet"), Ends(0, 0, ("success",))),
    _made("An approval is open", "pull_request", _waiting, Ends(0, 1, ("pending",))),
    _made("A merge queue's group", "merge_group", _group, Ends(10, 0)),
    _made("A push to the default branch", "push", _push, Ends(10, 0)),
    _made("A box is ticked", "issue_comment", _ticked, Ends(0, 1, ("success",))),
    _made(
        "A box is ticked by somebody without write access",
        "issue_comment",
        _ticked_by_a_stranger,
        Ends(0, 1, ("pending",)),
    ),
    _made("`/midflight override`", "issue_comment", _overridden, Ends(0, 1, ("success",))),
    _made("`/midflight recheck`", "issue_comment", _recheck, Ends(0)),
    _made("A pull request by its number", "workflow_dispatch", _dispatch),
    _made("Release notes of a range", "workflow_dispatch", _notes, Ends(0, 0, (), "1 commit, 1 migration")),
    _made("The list of contractions", "schedule", _scheduled, Ends(0, 0, (), "Contractions: ")),
    _made(
        "The list of contractions in a shallow clone",
        "schedule",
        _scheduled_in_a_shallow_clone,
        Ends(1, 0, (), "`fetch-depth: 0`"),
    ),
    _made(
        "An event that is none of ours",
        "deployment",
        lambda p: p.start("deployment", {}),
        Ends(0, 0, (), "Nothing to check"),
    ),
)
