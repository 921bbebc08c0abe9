"""Requests whose answer never comes, or is a failure, before or after the work was done."""

from support.action_runs import Platform, Ran
from support.reliability.model import BRANCH, Ends, Scenario

GROUP = "Answers that are lost"
POST_COMMENT, POST_STATUS, EDIT = ("POST", r"issues/\d+/comments$"), ("POST", "/statuses/"), ("PATCH", "comments/")
_TARGETS = {
    "posting the comment": (POST_COMMENT, False),
    "setting the status": (POST_STATUS, False),
    "editing the comment": (EDIT, True),
}


def failing(verb: str, pattern: str, *, twice: bool = False, **fault: object):
    """A run in which a request fails; with `twice`, it is the second run, after a push."""

    def run(platform: Platform) -> Ran:
        if twice:
            platform.pull(BRANCH)
            platform.push(BRANCH)
        platform.gh.fail(verb, pattern, **fault)
        return platform.pull(BRANCH)

    return run


def _each(title: str, target: tuple[str, str], twice: bool) -> tuple[Scenario, ...]:
    def made(what: str, **fault: object) -> Scenario:
        return Scenario(GROUP, f"{what} {title}", "pull_request", failing(*target, twice=twice, **fault))

    return (
        made("The connection drops before", drop=True),
        made("The connection drops after", drop=True, after=True),
        made("502 before", status=502),
        made("502 after", status=502, after=True),
    )


def _down(platform: Platform) -> Ran:
    for verb in ("GET", "POST"):
        platform.gh.fail(verb, "", status=503, message="Unavailable", times=500)
    return platform.pull(BRANCH)


SCENARIOS = (
    *(each for title, (target, twice) in _TARGETS.items() for each in _each(title, target, twice)),
    Scenario(
        GROUP,
        "The connection drops while the comments are listed",
        "pull_request",
        failing("GET", "comments", drop=True),
    ),
    Scenario(
        GROUP,
        "An archive breaks off",
        "pull_request",
        lambda platform: (platform.gh.fail("GET", "/codeload/", drop=True), platform.pull(BRANCH, checkout=False))[1],
    ),
    Scenario(
        GROUP,
        "GitHub is down all the time",
        "pull_request",
        _down,
        Ends(10, 0, (), "GitHub answered 503"),
    ),
)
