"""Changes and repositories larger than what GitHub's API shows."""

from support.action_runs import Platform, Ran
from support.reliability.model import BRANCH, Ends, Scenario

GROUP = "Size"


def _files(count: int, *, checkout: bool):
    def run(platform: Platform) -> Ran:
        platform.push(BRANCH, {f"docs/{number:05}.md": f"{number}\n" for number in range(count)})
        return platform.pull(BRANCH, checkout=checkout)

    return run


def _truncated(platform: Platform) -> Ran:
    platform.gh.state.truncated = True
    return platform.pull(BRANCH, checkout=False)


SCENARIOS = (
    Scenario(GROUP, "More than 300 changed files, checked out", "pull_request", _files(310, checkout=True)),
    Scenario(GROUP, "More than 3,000 changed files, checked out", "pull_request", _files(3_010, checkout=True)),
    Scenario(
        GROUP,
        "More than 3,000 changed files, whose list and patches GitHub cuts, not checked out",
        "pull_request",
        _files(3_010, checkout=False),
    ),
    Scenario(
        GROUP,
        "A tree that GitHub does not list whole, not checked out",
        "pull_request",
        _truncated,
        Ends(1, 0, ("error",), "Check it out instead"),
    ),
)
