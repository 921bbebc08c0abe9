"""Where a change's two revisions come from: the checkout where it holds them, else GitHub's archives."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from midflight.adapters.git import GitRepository
from midflight.changes.model import Blobs, Tree
from midflight.errors import SourceError

if TYPE_CHECKING:  # a check of what is on disk needs nothing of GitHub, whose client takes long to import
    from midflight.adapters.github.client import GitHub


@dataclass(frozen=True, slots=True)
class Revisions:
    """Two trees, and the one whose settings are in force (None: base's), and where their contents are read."""

    base: Tree
    head: Tree
    blobs: Blobs
    policy: Tree | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Contents from several places, each asked for what the others did not have."""

    places: tuple[Blobs, ...]

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield each known blob once."""
        wanted = set(blobs)
        for place in self.places:
            for blob, content in place.read(tuple(wanted)):
                wanted.discard(blob)
                yield blob, content


def local_revisions(repository: GitRepository, base: str, head: str) -> Revisions:
    """Return two revisions of a repository on disk.

    Where head does not contain base, base is where the two parted (what GitHub compares in a pull request); the
    settings stay those of base.
    """
    start = repository.merge_base(base, head) or base
    return Revisions(repository.tree(start), repository.tree(head), repository, repository.tree(base))


def pull_revisions(workspace: Path, base: str, head: str, github: GitHub | None, *, branch: str = "") -> Revisions:
    """Return what a pull request to `branch` changes.

    A checkout of the merge that GitHub made (`HEAD^1` is the base branch, `HEAD^2` the pull request) is best: it is
    the code as it will run. Then a checkout that has both commits, then the archives of both. The settings are those
    of the base branch as it is now, wherever the pull request left it: an old branch does not escape newer ones.
    """
    repository = _repository(workspace)
    if repository is not None:
        found = _merge(repository, head) or _both(repository, base, head)
        if found is not None:
            return found
    if github is None:
        raise SourceError(
            "Neither the checkout has the pull request's commits nor is there a token to read them with.",
            then="Use `actions/checkout` with `fetch-depth: 2`, or give `github_token`.",
        )
    return remote_revisions(github, base, head, branch=branch)


def exact_revisions(workspace: Path, base: str, head: str, github: GitHub | None) -> Revisions:
    """Return two commits as they are: what was deployed last and what comes next, wherever they parted."""
    repository = _repository(workspace)
    if repository is not None:
        try:
            return Revisions(repository.tree(base), repository.tree(head), repository)
        except SourceError:
            pass  # the checkout is not deep enough
    if github is None:
        raise SourceError(
            "Neither the checkout has the two commits nor is there a token to read them with.",
            then="Use `actions/checkout` with `fetch-depth: 0`, or give `github_token`.",
        )
    base_tree, base_blobs = github.snapshot(base)
    head_tree, head_blobs = github.snapshot(head)
    return Revisions(base_tree, head_tree, Joined((head_blobs, base_blobs)))


def remote_revisions(github: GitHub, base: str, head: str, *, branch: str = "") -> Revisions:
    """Return two commits read over the API, base being where the two parted; settings are those of `branch` now."""
    tip = (github.branch_tip(branch) if branch else "") or base
    start = github.compare_commits(tip, head).merge_base or tip
    base_tree, base_blobs = github.snapshot(start)
    head_tree, head_blobs = github.snapshot(head)
    if start == tip:
        return Revisions(base_tree, head_tree, Joined((head_blobs, base_blobs)))
    policy, policy_blobs = github.files_of(tip)
    return Revisions(base_tree, head_tree, Joined((head_blobs, base_blobs, policy_blobs)), policy)


def _repository(workspace: Path) -> GitRepository | None:
    try:
        return GitRepository(workspace)
    except SourceError:
        return None


def _merge(repository: GitRepository, head: str) -> Revisions | None:
    try:
        parents = repository.merge_parents("HEAD")
        if len(parents) != 2 or parents[1] != head:
            return None
        return Revisions(repository.tree(parents[0]), repository.tree("HEAD"), repository)
    except SourceError:
        return None


def _both(repository: GitRepository, base: str, head: str) -> Revisions | None:
    try:
        start = repository.merge_base(base, head)
        if not start:
            return None
        return Revisions(repository.tree(start), repository.tree(head), repository, repository.tree(base))
    except SourceError:
        return None
