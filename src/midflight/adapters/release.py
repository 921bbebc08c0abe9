"""What went into a range of revisions: merged pull requests with their files, and commits that belong to none."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from midflight.adapters.git import Commit, GitRepository
from midflight.adapters.github.client import GitHub, Pull, first_parents
from midflight.adapters.github.pulls import pulls_of, silent
from midflight.adapters.range_files import changed_files
from midflight.errors import PlatformError, SourceError
from midflight.report.release_notes import Change

_SQUASHED = re.compile(r"(?P<title>.+) \(#(?P<number>\d{1,9})\)")  # how GitHub names a squashed pull request
_MERGED = re.compile(r"Merge pull request #(?P<number>\d{1,9}) from \S+")  # and one that was merged


def list_changes(
    folder: Path, from_: str, to: str, github: GitHub | None, tell: Callable[[str], None] = silent
) -> tuple[Change, ...]:
    """Return the changes between two revisions, oldest first: each pull request once, and the commits of none.

    `tell` is given a sentence now and then while GitHub is asked.
    """
    commits = _commits(folder, from_, to, github)
    named = [_named(commit) for commit in commits]
    pulls = _pulls(github, commits, tell)
    files = _files(folder, from_, to)
    found: dict[str, Change] = {}
    for change in named:
        known = _known(change, pulls, files)
        key = f"#{known.number}" if known.number else known.sha
        found[key] = _joined(found[key], known) if key in found else known
    return tuple(found.values())


def _commits(folder: Path, from_: str, to: str, github: GitHub | None) -> Sequence[Commit]:
    """The commits of the branch's own line, oldest first."""
    try:
        newest_first = GitRepository(folder).log(from_, to, first_parent=True)
    except SourceError:
        newest_first = () if github is None else tuple(first_parents(github.compare_commits(from_, to).commits))
    return newest_first[::-1]


def _pulls(github: GitHub | None, commits: Sequence[Commit], tell: Callable[[str], None]) -> Mapping[str, Pull]:
    if github is None:
        return {}
    try:
        return pulls_of(github, commits, tell)
    except PlatformError:
        return {}  # a token without `pull-requests: read`: the commits' own words are left


def _files(folder: Path, from_: str, to: str) -> Mapping[str, frozenset[str]]:
    try:
        return changed_files(folder, from_, to)
    except SourceError:
        return {}  # no clone, or one that was cut off


def _named(commit: Commit) -> Change:
    """What the commit says of itself; GitHub writes a merged pull request's title below the subject."""
    squashed, merged = _SQUASHED.fullmatch(commit.subject), _MERGED.fullmatch(commit.subject)
    change = Change(commit.subject, sha=commit.sha, author=commit.author)
    if squashed:
        return replace(change, title=squashed["title"], number=int(squashed["number"]))
    if merged:
        title = commit.body.partition("\n")[0].strip() or commit.subject
        return replace(change, title=title, number=int(merged["number"]))
    return change


def _known(change: Change, pulls: Mapping[str, Pull], files: Mapping[str, frozenset[str]]) -> Change:
    pull = pulls.get(change.sha)
    found = replace(change, files=files.get(change.sha))
    if pull is None:
        return found
    facts = replace(found, title=pull.title, number=pull.number, author=pull.author, url=pull.url)
    return replace(facts, labels=pull.labels)


def _joined(first: Change, second: Change) -> Change:
    """One pull request that several commits brought."""
    if first.files is None or second.files is None:
        return replace(first, files=None)
    return replace(first, files=first.files | second.files)
