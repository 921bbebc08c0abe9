"""What went into a range of revisions: merged pull requests where GitHub can be asked, else commits."""

import re
from pathlib import Path

from midflight.adapters.git import Commit, GitRepository
from midflight.adapters.github import GitHub, Pull
from midflight.errors import PlatformError, SourceError
from midflight.report.release_notes import Change

_SQUASHED = re.compile(r"(?P<title>.+) \(#(?P<number>\d{1,9})\)")  # how GitHub names a squashed pull request


def list_changes(folder: Path, from_: str, to: str, github: GitHub | None) -> tuple[Change, ...]:
    """Return the pull requests merged between two revisions, in order; commits where there are none to be had."""
    if github is not None:
        pulls = _pulls(github, from_, to)
        if pulls:
            return pulls
    try:
        commits = GitRepository(folder).log(from_, to, first_parent=True)
    except SourceError:
        commits = () if github is None else tuple(reversed(github.compare_commits(from_, to).commits))
    return tuple(_commit(commit) for commit in reversed(commits))


def _pulls(github: GitHub, from_: str, to: str) -> tuple[Change, ...]:
    try:
        return tuple(_pull(pull) for pull in github.merged_pulls(from_, to))
    except PlatformError:
        return ()  # a token without `pull-requests: read`, or commits that GitHub does not have


def _pull(pull: Pull) -> Change:
    return Change(pull.title, sha=pull.head_sha, number=pull.number, author=pull.author, url=pull.url)


def _commit(commit: Commit) -> Change:
    squashed = _SQUASHED.fullmatch(commit.subject)
    if squashed is None:
        return Change(commit.subject, sha=commit.sha, author=commit.author)
    return Change(squashed["title"], sha=commit.sha, number=int(squashed["number"]), author=commit.author)
