"""Rate limits, which are waited for up to three minutes in all, and other refusals."""

from support.action_runs import Platform, Ran
from support.reliability.model import BRANCH, Ends, Scenario
from support.reliability.network import EDIT, POST_COMMENT, POST_STATUS, failing

GROUP = "Limits and refusals"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for installation ID 7."
NOW = 1_767_225_600
NOT_WRITTEN = "rate limit was reached"


def _primary(seconds: int) -> dict[str, object]:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW + seconds)}
    return {"status": 403, "message": PRIMARY, "headers": headers}


def _spent(platform: Platform) -> Ran:
    platform.gh.state.left = 0
    return platform.pull(BRANCH)


def _gone(platform: Platform) -> Ran:
    """Somebody deletes the comment between our look and our edit."""
    platform.pull(BRANCH)
    platform.push(BRANCH)
    platform.gh.before.append(platform.gh.state.comments.clear)
    return platform.pull(BRANCH)


def _deleted(platform: Platform) -> Ran:
    platform.pull(BRANCH)
    platform.gh.state.comments.clear()
    return platform.pull(BRANCH)


def _made(title: str, run, ends: Ends = Ends()) -> Scenario:  # noqa: B008 - frozen
    return Scenario(GROUP, title, "pull_request", run, ends)


SCENARIOS = (
    _made(
        "403, secondary limit, with `Retry-After`",
        failing(*POST_COMMENT, status=403, message=SECONDARY, headers={"Retry-After": "20"}),
    ),
    _made("403, secondary limit, without a time", failing(*POST_COMMENT, status=403, message=SECONDARY)),
    _made("429 with `Retry-After`", failing(*POST_STATUS, status=429, headers={"Retry-After": "20"})),
    _made("429 without a time", failing(*POST_STATUS, status=429)),
    _made("429 while the comments are listed", failing("GET", "comments", status=429, headers={"Retry-After": "20"})),
    _made(
        "403, secondary limit, for an edit",
        failing(*EDIT, twice=True, status=403, message=SECONDARY, headers={"Retry-After": "20"}),
    ),
    _made("The hour's requests are spent, and begin anew in 30 s", failing("GET", "comments", **_primary(30))),
    _made(
        "The hour's requests are spent for an hour",
        _spent,
        Ends(10, 0, (), NOT_WRITTEN),
    ),
    _made(
        "A limit that never ends",
        failing(*POST_COMMENT, status=403, message=SECONDARY, times=500),
        Ends(10, 0, ("failure",), NOT_WRITTEN),
    ),
    _made(
        "422, the comment is too long",
        failing(*POST_COMMENT, status=422, message="Body is too long (maximum is 65536 characters)"),
        Ends(10, 0, ("failure",), "Body is too long"),
    ),
    _made("404, the comment is gone when it is edited", _gone),
    _made("The comment was deleted", _deleted),
    _made(
        "401, the token is not accepted",
        lambda platform: platform.pull(BRANCH, token="ghs_unknown"),  # noqa: S106 - one that the fake does not know
        Ends(10, 0, (), "did not accept the token"),
    ),
)
