"""Finds the pull requests of many commits with few requests: by pages of the closed ones, the latest touched first."""

from collections.abc import Callable, Sequence
from itertools import islice

from midflight.adapters.git import Commit
from midflight.adapters.github.client import GitHub, Pull
from midflight.errors import PlatformError
from midflight.text import plural

MAX_PAGES = 20  # of 100 pull requests
MAX_QUESTIONS = 20  # for commits that no page explained: a rebase leaves several for one pull request


def silent(_: str) -> None:
    """Tell nobody."""


def pulls_of(github: GitHub, commits: Sequence[Commit], tell: Callable[[str], None] = silent) -> dict[str, Pull]:
    """Return the merged pull request of each commit, by the commit's id.

    A pull request is found by the commit that merged it ("merge_commit_sha", GitHub documentation, "List pull
    requests"). Pages end where all are found, or with pull requests not touched since the oldest commit was written.
    """
    wanted = {commit.sha for commit in commits}
    found = _by_pages(github, commits, wanted, tell)
    silent = (commit for commit in commits if commit.sha not in found)
    for commit in list(islice(silent, MAX_QUESTIONS)):
        for pull in _asked(github, commit.sha):
            if pull.merged_at:
                found[commit.sha] = pull
    return found


def _by_pages(
    github: GitHub, commits: Sequence[Commit], wanted: set[str], tell: Callable[[str], None]
) -> dict[str, Pull]:
    since = min((commit.date[:10] for commit in commits), default="")
    found: dict[str, Pull] = {}
    for number, page in enumerate(islice(github.closed_pulls(), MAX_PAGES), 1):
        found |= {pull.merge_sha: pull for pull in page if pull.merged_at and pull.merge_sha in wanted}
        tell(f"Pull requests: {len(found)} of {len(wanted)} commits have theirs after {plural(number, 'request')}.")
        ended = bool(page) and page[-1].updated_at[:10] < since
        if ended or len(found) == len(wanted):
            break
    return found


def _asked(github: GitHub, sha: str) -> tuple[Pull, ...]:
    try:
        return github.pulls_for_commit(sha)
    except PlatformError as error:
        if error.status not in {404, 422}:  # a commit that GitHub does not have
            raise
        return ()
