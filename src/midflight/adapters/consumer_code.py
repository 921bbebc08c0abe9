"""Reads the code of other repositories: their archives over GitHub's API, or a repository on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from midflight.adapters.git import GitRepository
from midflight.adapters.tarball import TarballLimits
from midflight.compatibility.consumers import Consumer, Elsewhere, Source
from midflight.errors import MidflightError, PlatformError

if TYPE_CHECKING:  # a check without consumers needs no other connection, and the client takes long to import
    from midflight.adapters.github.api import Clock
    from midflight.adapters.github.client import GitHub

DEFAULT = "default"
LATEST_RELEASE = "latest-release"
MOST_READ = 20
SECONDS = 300.0  # for all of them; what comes after is not read
LIMITS = TarballLimits(total=512 * 1024 * 1024, content=2 * 1024 * 1024, entries=100_000)
_WAIT = 20.0  # for a rate limit
_REFUSED = {
    401: "the token is not valid",
    403: "the token may not read it",
    404: "it does not exist, or the token may not read it",
    451: "GitHub does not give it out",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One repository to read: `ref` is `default`, `latest-release`, a branch, a tag or a commit.

    `path` is a repository on disk, which goes before `repository`; `refused` says why it must not be read.
    """

    repository: str = ""
    ref: str = DEFAULT
    path: str = ""
    refused: str = ""


@dataclass(slots=True)
class Budget:
    """The time that is left for all repositories together, from the first that is read."""

    clock: Clock | None = None  # the system's
    ends: float | None = None

    def told_by(self) -> Clock:
        """Return the clock that counts."""
        from midflight.adapters.github.api import SYSTEM_CLOCK  # noqa: PLC0415 - what is around it takes long to import

        return self.clock or SYSTEM_CLOCK

    def is_spent(self) -> bool:
        """Whether the time is over."""
        now = self.told_by().now()
        self.ends = now + SECONDS if self.ends is None else self.ends
        return now > self.ends


@dataclass(frozen=True, slots=True)
class Means:
    """What reading takes: a token, the API's address, and the folder that paths start from."""

    token: str = field(default="", repr=False)
    url: str = "https://api.github.com"
    folder: str = "."
    budget: Budget = field(default_factory=Budget)


def with_sources(consumers: Sequence[Consumer], wanted: Sequence[Wanted | None], means: Means) -> tuple[Consumer, ...]:
    """Return the consumers with where their code is read; None is one whose code is not wanted."""
    sources: list[Source | None] = []
    for each in wanted:
        full = sum(source is not None for source in sources) >= MOST_READ
        sources.append(_source(each, means, full=full) if each else None)
    return tuple(replace(one, source=source) for one, source in zip(consumers, sources, strict=True))


def _source(wanted: Wanted, means: Means, *, full: bool) -> Source:
    if wanted.refused or full:
        return _Refused(wanted.refused or f"no more than {MOST_READ} consumers are read")
    return _OnDisk(wanted, means) if wanted.path else _OnGitHub(wanted, means)


@dataclass(frozen=True, slots=True)
class _Refused:
    why: str

    def read(self) -> Elsewhere | str:
        return self.why


@dataclass(frozen=True, slots=True)
class _OnDisk:
    wanted: Wanted
    means: Means

    def read(self) -> Elsewhere | str:
        """Read the checked-out commit, or the one that is named."""
        if self.wanted.ref == LATEST_RELEASE:
            return "a repository on disk does not say what its latest release is: name a tag"
        folder = Path(self.means.folder, self.wanted.path)
        if not any((folder / name).exists() for name in (".git", "HEAD")):  # git would look above for one
            return f"there is no git repository at {self.wanted.path}"
        try:
            repository = GitRepository(folder)
            tree = repository.tree("HEAD" if self.wanted.ref == DEFAULT else self.wanted.ref)
        except MidflightError as error:
            return error.what
        return Elsewhere(tree, repository)


@dataclass(frozen=True, slots=True)
class _OnGitHub:
    wanted: Wanted
    means: Means

    def read(self) -> Elsewhere | str:
        """Read the commit's archive; whatever stands in the way is the reason."""
        from midflight.adapters.github.client import GitHub  # noqa: PLC0415 - its client takes long to import

        if not self.means.token:
            return "there is no token to read it with: give `consumers_token`, or set GITHUB_TOKEN"
        if self.means.budget.is_spent():
            return f"reading the consumers before it took {SECONDS:.0f} seconds"
        clock, url, token = self.means.budget.told_by(), self.means.url, self.means.token
        with GitHub(self.wanted.repository, token, url=url, clock=clock, max_wait=_WAIT) as github:
            return _read(github, self.wanted.ref)


def _read(github: GitHub, ref: str) -> Elsewhere | str:
    try:
        tree, blobs = github.snapshot(_revision(github, ref), LIMITS)
    except PlatformError as error:
        return _REFUSED.get(error.status, error.what)
    except MidflightError as error:
        return error.what
    return Elsewhere(tree, blobs)


def _revision(github: GitHub, ref: str) -> str:
    match ref:
        case "default":
            return github.default_commit()
        case "latest-release":
            return github.commit_of(github.latest_release())
        case _:
            return github.commit_of(ref)
