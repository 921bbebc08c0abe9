"""Who runs it with which token, and what people and other runs do to the pull request meanwhile."""

from support.action_runs import OUTAGE, Platform, Ran
from support.fake_github.events import dispatch_event, pull_request_event, workflow_run_event
from support.reliability.model import BRANCH, Ends, Scenario
from support.repositories import add_commit, run_git

TOKENS, PULLS, RUNS = "Tokens", "Pull requests", "Runs at the same time"
SUMMARY = "The report is in the job summary"
APP = "deploy-guard[bot]"


def _fork(platform: Platform, fork: str | None = "mallory/app") -> None:
    platform.gh.state.pulls[platform.numbers[BRANCH]].fork = fork


def _fork_run(platform: Platform) -> Ran:
    _fork(platform)
    return platform.pull(BRANCH, token=platform.gh.read_only_token())


def _second_half(platform: Platform, **more: str) -> Ran:
    _fork(platform)
    event = workflow_run_event(platform.head(BRANCH), BRANCH, "mallory/app")
    event["workflow_run"] |= more
    return platform.start("workflow_run", event)


def _twice(login: str, *, installation: bool = True):
    def run(platform: Platform) -> Ran:
        token = platform.gh.token(login, installation=installation)
        platform.pull(BRANCH, token=token)
        platform.push(BRANCH)
        return platform.pull(BRANCH, token=token)

    return run


def _app_lost(platform: Platform) -> Ran:
    platform.gh.fail("POST", "comments", drop=True, after=True)
    return platform.pull(BRANCH, token=platform.gh.token(APP))


def _comment_alone(platform: Platform) -> Ran:
    return platform.pull(BRANCH, token=platform.gh.token(rights={"contents": "read", "pull_requests": "write"}))


def _draft(platform: Platform) -> Ran:
    event = pull_request_event(platform.gh, platform.numbers[BRANCH])
    event["pull_request"]["draft"] = True
    return platform.start("pull_request", event, workspace=platform.checkout(BRANCH))


def _closed(platform: Platform) -> Ran:
    event = pull_request_event(platform.gh, platform.numbers[BRANCH]) | {"action": "closed"}
    return platform.start("pull_request", event)


def _deleted_fork(platform: Platform) -> Ran:
    _fork(platform, None)
    return platform.pull(BRANCH)


def _conflict(platform: Platform) -> Ran:
    """No merge commit: `pull_request` does not run, and a check by hand reads both ends."""
    add_commit(platform.gh.state.path, "main", {"README.md": "# Another\n"}, "Go on")
    add_commit(platform.gh.state.path, BRANCH, {"README.md": "# Else\n"}, "Conflict")
    return platform.start("workflow_dispatch", dispatch_event(number=str(platform.numbers[BRANCH])))


def _forced(platform: Platform) -> Ran:
    """The commit that was checked is gone when the next run comes."""
    platform.pull(BRANCH)
    run_git(platform.gh.state.path, "update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}^")
    platform.push(BRANCH, {**OUTAGE, "README.md": "# Rewritten\n"})
    return platform.pull(BRANCH)


def _moved(platform: Platform) -> Ran:
    platform.gh.state.moved = "/repositories/42"
    return platform.pull(BRANCH, checkout=False)


def _pages(platform: Platform) -> Ran:
    for number in range(250):
        platform.gh.add_comment(platform.numbers[BRANCH], "ada", f"Comment {number}")
    platform.pull(BRANCH)
    platform.push(BRANCH)
    return platform.pull(BRANCH)


def _pasted(platform: Platform) -> Ran:
    platform.pull(BRANCH)
    [comment] = platform.gh.state.comments
    body, number = comment.body, platform.numbers[BRANCH]
    platform.gh.state.comments.clear()
    platform.gh.add_comment(number, "mallory", body)
    return platform.pull(BRANCH)


def _older_last(platform: Platform) -> Ran:
    older = pull_request_event(platform.gh, platform.numbers[BRANCH])
    workspace = platform.checkout(BRANCH)
    platform.runs += 1
    platform.push(BRANCH)
    platform.pull(BRANCH)
    [newest] = [comment.body for comment in platform.gh.state.comments]
    ran = platform.start("pull_request", older, workspace=workspace)
    assert [comment.body for comment in platform.gh.state.comments] == [newest]
    return ran


def _crossed(platform: Platform) -> Ran:
    """Another run posts its comment between our look and our post."""
    platform.pull(BRANCH)
    [comment] = platform.gh.state.comments
    body, author = comment.body, comment.author
    platform.gh.state.comments.clear()
    platform.gh.before.append(lambda: platform.gh.add_comment(platform.numbers[BRANCH], author, body))
    return platform.pull(BRANCH)


def _two_of_ours(platform: Platform) -> Ran:
    platform.pull(BRANCH)
    [comment] = platform.gh.state.comments
    platform.gh.add_comment(platform.numbers[BRANCH], comment.author, comment.body)
    platform.push(BRANCH)
    return platform.pull(BRANCH)


def _keys(platform: Platform) -> Ran:
    platform.pull(BRANCH, comment_key="api")
    return platform.pull(BRANCH, comment_key="web")


SCENARIOS = (
    Scenario(TOKENS, "A fork, whose token only reads", "pull_request", _fork_run, Ends(10, 0, (), SUMMARY)),
    Scenario(TOKENS, "A fork's second half", "workflow_run", _second_half, Ends(0)),
    Scenario(
        TOKENS,
        "A first contributor, whose run waits for approval",
        "workflow_run",
        lambda platform: _second_half(platform, conclusion="action_required"),
        Ends(0, 0, (), "waits for approval"),
    ),
    Scenario(
        TOKENS,
        "Dependabot without `permissions`",
        "pull_request",
        lambda platform: platform.pull(BRANCH, token=platform.gh.read_only_token()),
        Ends(10, 0, (), SUMMARY),
    ),
    Scenario(TOKENS, "Without `statuses: write`", "pull_request", _comment_alone, Ends(10, 1, (), "statuses: write")),
    Scenario(TOKENS, "A GitHub App's token", "pull_request", lambda p: p.pull(BRANCH, token=p.gh.token(APP))),
    Scenario(TOKENS, "A GitHub App's token, and the comment's answer is lost", "pull_request", _app_lost),
    Scenario(TOKENS, "A GitHub App's token, second push", "pull_request", _twice(APP)),
    Scenario(TOKENS, "A person's token, second push", "pull_request", _twice("release-bot", installation=False)),
    Scenario(TOKENS, "GitHub Enterprise Server", "pull_request", lambda p: p.pull(BRANCH), prefix="/api/v3"),
    Scenario(
        TOKENS,
        "A host with data residency",
        "pull_request",
        lambda p: p.pull(BRANCH, checkout=False),
        host="api.octocorp.ghe.com",
    ),
    Scenario(PULLS, "It is closed", "pull_request", _closed, Ends(0, 0, (), "nothing left to check")),
    Scenario(PULLS, "A draft", "pull_request", _draft),
    Scenario(PULLS, "The fork was deleted", "pull_request", _deleted_fork),
    Scenario(PULLS, "A merge conflict, checked by hand", "workflow_dispatch", _conflict),
    Scenario(PULLS, "A forced push over the commit that was checked", "pull_request", _forced),
    Scenario(PULLS, "The repository was renamed", "pull_request", _moved),
    Scenario(PULLS, "More than 250 comments by others", "pull_request", _pages),
    Scenario(PULLS, "A stranger pastes our marker", "pull_request", _pasted),
    Scenario(RUNS, "An older commit's run ends last", "pull_request", _older_last),
    Scenario(RUNS, "Two runs post at the same time", "pull_request", _crossed),
    Scenario(RUNS, "Two comments of ours are there", "pull_request", _two_of_ours),
    Scenario(RUNS, "Two jobs with a `comment_key` each", "pull_request", _keys, Ends(10, 2, ("failure", "failure"))),
)
