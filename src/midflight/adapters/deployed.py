"""Finds the revisions that run today, as the settings name them: in git where it knows, else from GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from midflight.adapters.git import GitRepository
from midflight.adapters.tag_order import newest
from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.errors import PlatformError, SettingsError, SourceError
from midflight.inspection.versions import BASE_ALONE, Running, Version
from midflight.references.model import Place

if TYPE_CHECKING:  # git alone needs nothing of GitHub, whose client takes long to import
    from midflight.adapters.github.client import GitHub

BASE = "base"
LATEST_TAG = "latest-tag"
LATEST_RELEASE = "latest-release"
ENVIRONMENT = "environment:"
_SHORT = 7
_ASKED = 10  # tags whose history GitHub is asked for, beyond those that are wanted
_ADVICE = {
    403: "The job needs `permissions: deployments: read` for `environment:`, and `contents: read` for the rest.",
    404: "Check the name, and that the token may read it.",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What runs, as somebody wrote it: `ref`, how many versions beside it, and where that is written."""

    ref: str = BASE
    supported: int = 0
    place: Place = field(default_factory=lambda: Place("", 0))

    @property
    def is_base(self) -> bool:
        """Whether nothing but base's code runs."""
        return self.ref == BASE and not self.supported


@dataclass(frozen=True, slots=True)
class Means:
    """Where to look: the repository on disk where there is one, and GitHub where there is a token."""

    repository: GitRepository | None = None
    github: GitHub | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """A version by name, not read yet."""

    name: str
    revision: str


def read_running(choices: Mapping[str, Choice], base: Tree, opened: Callable[[], Means]) -> dict[str, Running]:
    """Return what runs for each database, as `choices` say by its name; nothing is opened where that is base alone."""
    if all(choice.is_base for choice in choices.values()):
        return {}
    means = opened()
    trees: dict[str, tuple[Tree, Blobs]] = {}
    known: dict[tuple[str, int], Running] = {}
    found: dict[str, Running] = {}
    for database, choice in choices.items():
        key = (choice.ref, choice.supported)
        if key not in known:
            known[key] = BASE_ALONE if choice.is_base else _running(choice, base, means, trees)
        found[database] = known[key]
    return found


def _running(choice: Choice, base: Tree, means: Means, trees: dict[str, tuple[Tree, Blobs]]) -> Running:
    latest = _latest(choice, base.revision, means)
    fixed = _fixed(choice, means)
    stays = choice.supported > 1 or bool(fixed) or choice.ref == BASE
    named = {one.revision: one for one in (*fixed, *latest)}
    lasting = {one.revision for one in latest} if stays else frozenset()
    versions = tuple(_version(one, at in lasting, means, trees) for at, one in named.items())
    nothing = not versions and choice.ref != BASE
    missing = () if latest or not _wants_latest(choice) else (_nothing_found(choice),)
    return Running(versions, base=choice.ref == BASE or nothing, notes=missing)


def newest_named(choice: Choice, head: str, means: Means) -> tuple[tuple[str, str], ...]:
    """Return name and commit of the versions that the choice names, the latest first; nothing of them is read."""
    found = _fixed(choice, means) or _latest(choice, head, means)
    return tuple((one.name, one.revision) for one in found)


def _wants_latest(choice: Choice) -> bool:
    return choice.supported > 0 or choice.ref.startswith((LATEST_TAG, ENVIRONMENT)) or choice.ref == LATEST_RELEASE


def _latest(choice: Choice, base: str, means: Means) -> Sequence[_Named]:
    """The newest versions of the kind that the choice names; beside base or a ref they are tags."""
    count = max(choice.supported, 1)
    if choice.ref == LATEST_RELEASE:
        tags = _asked(choice, means).versions.releases(count)
        return [_Named(tag, _resolved(tag, choice, means)) for tag in tags]
    if choice.ref.startswith(ENVIRONMENT):
        return _deployed(choice, choice.ref.removeprefix(ENVIRONMENT), count, means)
    if choice.ref.split(":")[0] == LATEST_TAG or choice.supported:
        return _tags(choice, base, count, means)
    return ()


def _fixed(choice: Choice, means: Means) -> Sequence[_Named]:
    """The revision that is named itself."""
    by_kind = choice.ref in {BASE, LATEST_RELEASE} or choice.ref.startswith((f"{LATEST_TAG}:", ENVIRONMENT))
    if by_kind or choice.ref == LATEST_TAG:
        return ()
    revision = _resolved(choice.ref, choice, means)
    return [_Named(_shown(choice.ref, revision), revision)]


def _shown(ref: str, revision: str) -> str:
    name = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return revision[:_SHORT] if revision.startswith(ref) else name


def _deployed(choice: Choice, environment: str, count: int, means: Means) -> Sequence[_Named]:
    try:
        found = _asked(choice, means).versions.deployments(environment, count)
    except PlatformError as error:
        raise _refused(choice, error) from error
    return [_Named(sha[:_SHORT], sha) for sha in found]


def _tags(choice: Choice, base: str, count: int, means: Means) -> Sequence[_Named]:
    """The newest tags in the history of base: a clone that was cut off does not know them."""
    pattern = choice.ref.partition(":")[2] if choice.ref.startswith(LATEST_TAG) else ""
    repository = means.repository
    if repository is not None and _has(repository, base) and not (repository.is_shallow and means.github):
        if repository.is_shallow:
            raise SourceError(
                "The clone is shallow, so that its tags do not say what is deployed.",
                where=_setting(choice),
                then="Check out with `fetch-depth: 0`, or give `github_token`.",
            )
        tags = dict(repository.tags(base))
        return [_Named(name, tags[name]) for name in newest(tags, pattern)[:count]]
    return _tags_asked(_asked(choice, means), pattern, base, count)


def _tags_asked(github: GitHub, pattern: str, base: str, count: int) -> Sequence[_Named]:
    tags = dict(github.versions.tags())
    found: list[_Named] = []
    for name in newest(tags, pattern)[: count + _ASKED]:
        if len(found) < count and github.versions.is_ancestor(tags[name], base):
            found.append(_Named(name, tags[name]))
    return found


def _resolved(ref: str, choice: Choice, means: Means) -> str:
    if means.repository is not None:
        for name in (ref, f"refs/remotes/origin/{ref}"):
            try:
                return means.repository.resolve(name)
            except SourceError:
                continue
    if means.github is None:
        raise SettingsError((f"{_setting(choice)}: there is no revision `{ref}`. Check the spelling, or fetch it.",))
    try:
        return means.github.commit_of(ref)
    except PlatformError as error:
        if error.status not in {404, 422}:
            raise
        raise SettingsError((f"{_setting(choice)}: there is no revision `{ref}`. Check the spelling.",)) from error


def _version(named: _Named, stays: bool, means: Means, trees: dict[str, tuple[Tree, Blobs]]) -> Version:
    if named.revision not in trees:
        trees[named.revision] = _read(named, means)
    tree, blobs = trees[named.revision]
    return Version(named.name, tree, blobs, stays)


def _read(named: _Named, means: Means) -> tuple[Tree, Blobs]:
    if means.repository is not None and _has(means.repository, named.revision):
        return means.repository.tree(named.revision), means.repository
    if means.github is None:
        commit = named.revision[:_SHORT]
        raise SourceError(
            f"The checkout does not have {named.name} ({commit}), and there is no token to read it with.",
            then="Check out with `fetch-depth: 0`, or give `github_token`.",
        )
    return means.github.snapshot(named.revision)


def _has(repository: GitRepository, revision: str) -> bool:
    try:
        repository.resolve(revision)
    except SourceError:
        return False
    return True


def _asked(choice: Choice, means: Means) -> GitHub:
    if means.github is None:
        then = "give `github_token` (on the command line GITHUB_TOKEN and GITHUB_REPOSITORY), or name a tag"
        raise SettingsError((f"{_setting(choice)}: `{choice.ref}` is asked of GitHub: {then}.",))
    return means.github


def _refused(choice: Choice, error: PlatformError) -> PlatformError:
    return PlatformError(
        f"GitHub does not tell what `{choice.ref}` is: {error.what}",
        where=_setting(choice),
        then=_ADVICE.get(error.status, error.then),
        status=error.status,
    )


def _setting(choice: Choice) -> str:
    return f"{choice.place.path}:{choice.place.line}: deployed_ref" if choice.place.line else "deployed_ref"


def _nothing_found(choice: Choice) -> NotAnalysed:
    if choice.ref == LATEST_RELEASE:
        what = "there is no release yet"
    elif choice.ref.startswith(ENVIRONMENT):
        what = f"nothing was deployed to `{choice.ref.removeprefix(ENVIRONMENT)}` with success yet"
    else:
        what = "no tag of a version is in the history of base"
    stands = ", so base stands for what runs" if choice.ref != BASE else ", so base is all that runs"
    return NotAnalysed(choice.place.path, choice.place.line, f"{what}{stands}")


def means_of(workspace: str, repository: str, token: str, url: str) -> Callable[[], Means]:
    """Return what opens the repository in a folder, which need not be one, and GitHub where there is a token."""

    def opened() -> Means:
        from midflight.adapters.github.client import GitHub  # noqa: PLC0415 - its client takes long to import

        github = GitHub(repository, token, url=url) if repository and token else None
        try:
            return Means(GitRepository(Path(workspace or ".")), github)
        except SourceError:
            return Means(None, github)

    return opened


def names_of(running: Iterable[Running]) -> dict[str, str]:
    """Return the revision of each version by its name."""
    return {each.name: each.tree.revision for one in running for each in one.versions}
