"""GitHub as the pipeline sees it: pull requests, commits and contents in, the comment and the status out."""

import base64
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Self, cast
from urllib.parse import quote

import requests
import urllib3

from midflight.adapters.git import Commit
from midflight.adapters.github.api import MAX_WAIT, SYSTEM_CLOCK, TIMEOUT, Api, Clock, Json, shaped
from midflight.adapters.github.budget import Budget
from midflight.adapters.github.comments import Comment, Comments
from midflight.adapters.github.conversation import Conversation
from midflight.adapters.github.incidents import Incidents
from midflight.adapters.github.releases import Releases
from midflight.adapters.github.reviews import Reviews
from midflight.adapters.github.versions import Versions
from midflight.adapters.tarball import DEFAULT_LIMITS, TarballBlobs, TarballLimits, read_tarball
from midflight.changes.model import Entry, EntryKind, Tree
from midflight.errors import PlatformError, SourceError
from midflight.publish.marker import Marker
from midflight.publish.model import (
    SetDeploymentStatus,
    SetStatus,
    Suggest,
    TellIncident,
    UpsertComment,
    UpsertIssue,
    UpsertRelease,
)

API_URL = "https://api.github.com"
MAX_LEFT_OUT = 300
MAX_COMMITS = 500


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request; `merged_at` is empty for one that was not merged, `head_repository` None for a deleted fork."""

    number: int
    title: str
    author: str
    url: str
    base_sha: str
    base_ref: str
    head_sha: str
    head_repository: str | None
    draft: bool
    merged_at: str
    updated_at: str = ""
    merge_sha: str = ""  # the commit on the base branch, where it was merged
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The commits of `to` that `from` does not have, oldest first; `total` counts also those not listed."""

    commits: tuple[Commit, ...]
    merge_base: str
    total: int


class GitHub:
    """One repository on GitHub or GitHub Enterprise Server."""

    def __init__(
        self,
        repository: str,
        token: str,
        *,
        url: str = API_URL,
        clock: Clock = SYSTEM_CLOCK,
        max_wait: float = MAX_WAIT,
    ) -> None:
        self._api = Api(repository, token, url, clock=clock, max_wait=max_wait)
        self._comments = Comments(self._api)
        self._reviews = Reviews(self._api, self._comments)
        self._releases = Releases(self._api, self._comments)
        self._incidents = Incidents(self._api, self._comments)
        self.conversation = Conversation(self._api)
        self.versions = Versions(self._api)

    def __repr__(self) -> str:
        return f"GitHub({self._api.repository!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    @property
    def budget(self) -> Budget:
        """The requests made so far, and what is left of the hour's."""
        return self._api.budget

    @shaped
    def find_comments(self, number: int, key: str) -> tuple[Comment, ...]:
        """Find our comments of that key on a pull request, over all pages."""
        return self._comments.find(number, key)

    @shaped
    def own_comments(self, number: int) -> tuple[Comment, ...]:
        """Find our comments of any key on a pull request, the oldest of each key."""
        found = {comment.marker.key: comment for comment in reversed(self._comments.find(number))}
        return tuple(found.values())

    @shaped
    def is_own(self, author: str, marker: Marker) -> bool:
        """Whether a comment of that author with that marker is ours."""
        return self._comments.is_own(author, marker)

    @shaped
    def upsert_comment(self, effect: UpsertComment) -> None:
        """Post or edit the one comment of a key."""
        self._comments.upsert(effect)

    @shaped
    def suggest(self, effect: Suggest) -> None:
        """Suggest changes in one review, those that no review of ours has suggested, ten on a pull request at most."""
        self._reviews.suggest(effect)

    @shaped
    def approvers(self, number: int) -> tuple[str, ...]:
        """Return who approved a pull request in a review and has not taken that back."""
        return self._reviews.approvers(number)

    @shaped
    def upsert_release(self, effect: UpsertRelease) -> None:
        """Draft a release, or write the notes into its draft."""
        self._releases.upsert_release(effect)

    @shaped
    def upsert_issue(self, effect: UpsertIssue) -> None:
        """Open the issue with the runbook, or bring it up to date."""
        self._releases.upsert_issue(effect)

    @shaped
    def tell_incident(self, effect: TellIncident) -> None:
        """Open the issue of a threshold that is crossed, bring it up to date, or close it."""
        self._incidents.tell(effect)

    @shaped
    def set_deployment_status(self, effect: SetDeploymentStatus) -> None:
        """Say how a deployment stands, unless its latest status says the same already."""
        self.versions.set_status(effect)

    @shaped
    def set_status(self, effect: SetStatus) -> None:
        """Set a commit status, unless the latest of its context says the same already."""

        def same() -> bool | None:
            return True if self._latest_status(effect.sha, effect.context) == _status_facts(effect) else None

        if not same():
            description = effect.description[:140]
            body = {"state": effect.state.value, "description": description, "context": effect.context}
            self._api.create(f"statuses/{effect.sha}", body | ({"target_url": effect.url} if effect.url else {}), same)

    @shaped
    def pull_request(self, number: int) -> Pull:
        """Read one pull request."""
        return _pull(self._api.get(f"pulls/{number}"))

    @shaped
    def pulls_for_commit(self, sha: str) -> tuple[Pull, ...]:
        """Find the pull requests that hold a commit."""
        pages = self._api.pages(f"commits/{quote(sha, safe='')}/pulls")
        return tuple(_pull(item) for page in pages for item in page)

    @shaped
    def open_pulls(self, head_repository: str, branch: str, sha: str) -> tuple[Pull, ...]:
        """Find the open pull requests of a branch of any repository whose head is that commit."""
        owner = head_repository.partition("/")[0]
        pages = self._api.pages("pulls", state="open", head=f"{owner}:{branch}")
        found = (_pull(item) for page in pages for item in page)
        return tuple(p for p in found if p.head_sha == sha and p.head_repository == head_repository)

    @shaped
    def status_state(self, sha: str, context: str) -> str:
        """Return the state of a commit's latest status of a context, empty without one."""
        latest = self._latest_status(sha, context)
        return latest[0] if latest else ""

    @shaped
    def compare_commits(self, from_: str, to: str) -> Comparison:
        """List the commits between two revisions, at most 500."""
        commits: list[Commit] = []
        merge_base, total = "", 0
        for page in self._api.pages(f"compare/{quote(from_, safe='')}...{quote(to, safe='')}"):
            merge_base, total = page["merge_base_commit"]["sha"], page["total_commits"]
            commits += map(_commit, page["commits"])
            if len(commits) >= min(total, MAX_COMMITS):
                break
        return Comparison(tuple(commits[:MAX_COMMITS]), merge_base, total)

    @shaped
    def default_commit(self) -> str:
        """Return the newest commit of the default branch."""
        branch = self._api.get(f"/repos/{self._api.repository}")["default_branch"]
        return str(self._api.get(f"branches/{quote(branch, safe='')}")["commit"]["sha"])

    @shaped
    def latest_release(self) -> str:
        """Return the tag of the latest release, which is no draft and no pre-release."""
        return str(self._api.get("releases/latest")["tag_name"])

    @shaped
    def commit_of(self, ref: str) -> str:
        """Return the commit of a branch, a tag or the beginning of a commit's id."""
        return str(self._api.get(f"commits/{quote(ref, safe='')}")["sha"])

    @shaped
    def closed_pulls(self) -> Iterator[tuple[Pull, ...]]:
        """Yield the closed pull requests, the latest touched first, by pages of a hundred."""
        pages = self._api.pages("pulls", state="closed", sort="updated", direction="desc")
        return (tuple(_pull(item) for item in page) for page in pages)

    @contextmanager
    def tarball(self, sha: str) -> Iterator[IO[bytes]]:
        """Open the stream of a commit's archive."""
        link = self._api.header(f"tarball/{quote(sha, safe='')}", "Location")
        if not link.startswith(("https://", "http://")):
            raise PlatformError("GitHub gave no link to the archive.", where=sha, then="Check out the repository.")
        # The link carries its own right to read: our token goes to the API's host only.
        with requests.get(link, stream=True, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
            yield cast(IO[bytes], answer.raw)

    @shaped
    def branch_tip(self, branch: str) -> str:
        """Return the commit that a branch is at now, empty where there is no such branch any more."""
        try:
            return str(self._api.get(f"branches/{quote(branch, safe='')}")["commit"]["sha"])
        except PlatformError as error:
            if error.status != 404:
                raise
            return ""

    @shaped
    def files_of(self, sha: str) -> tuple[Tree, "Snapshot"]:
        """Read a commit of which few files are wanted: each is one request."""
        tree = self._tree(sha, DEFAULT_LIMITS)
        return tree, Snapshot(self._api, tree, TarballBlobs(DEFAULT_LIMITS), DEFAULT_LIMITS.content)

    @shaped
    def file_text(self, path: str) -> str:
        """Read one file of the default branch."""
        found = self._api.get(f"contents/{quote(path)}")
        return base64.b64decode(found["content"]).decode("utf-8", "replace")

    @shaped
    def snapshot(self, sha: str, limits: TarballLimits = DEFAULT_LIMITS) -> tuple[Tree, "Snapshot"]:
        """Read a commit without a checkout: its tree from the trees API, the contents from its archive.

        The tree is not taken from the archive, because a pull request decides with `export-ignore` in
        `.gitattributes` what an archive leaves out.
        """
        tree = self._tree(sha, limits)
        blobs = self._api.retried(f"tarball/{sha}", lambda: self._archived(sha, limits))
        return tree, Snapshot(self._api, tree, blobs, limits.content)

    def _archived(self, sha: str, limits: TarballLimits) -> TarballBlobs:
        try:
            with self.tarball(sha) as stream:
                return read_tarball(stream, sha, limits)[1]
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError from error

    def _tree(self, sha: str, limits: TarballLimits) -> Tree:
        found = self._api.get(f"git/trees/{quote(sha, safe='')}", recursive="1")
        if found.get("truncated") or len(found["tree"]) > limits.entries:
            raise SourceError(f"The revision {sha} has too many files for GitHub's API.", then="Check it out instead.")
        entries = (_entry(item) for item in found["tree"] if item["type"] != "tree")
        return Tree(revision=sha, entries={entry.path: entry for entry in entries})

    def _latest_status(self, sha: str, context: str) -> tuple[str, str, str] | None:
        for page in self._api.pages(f"commits/{sha}/statuses"):
            for item in page:
                if str(item["context"]).casefold() == context.casefold():
                    return item["state"], item["description"] or "", item["target_url"] or ""
        return None


class Snapshot:
    """The contents of one commit; what its archive leaves out is fetched by itself."""

    def __init__(self, api: Api, tree: Tree, archived: TarballBlobs, limit: int) -> None:
        self._api = api
        self._archived = archived
        self._known = {
            entry.blob
            for entry in tree.entries.values()
            if entry.kind is not EntryKind.SUBMODULE and entry.size <= limit
        }

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield each known blob once with its content."""
        wanted = list(dict.fromkeys(blobs))
        yield from self._archived.read(wanted)
        left_out = [blob for blob in wanted if blob in self._known and blob not in self._archived]
        if len(left_out) > MAX_LEFT_OUT:
            raise SourceError(
                f"The archive leaves out {len(left_out)} files that are needed (`export-ignore` in `.gitattributes`).",
                then="Check out the repository instead.",
            )
        for blob in left_out:
            yield blob, base64.b64decode(self._api.get(f"git/blobs/{blob}")["content"])


def _status_facts(effect: SetStatus) -> tuple[str, str, str]:
    return effect.state.value, effect.description[:140], effect.url


def _entry(item: Json) -> Entry:
    match item["mode"]:
        case "160000":
            kind = EntryKind.SUBMODULE
        case "120000":
            kind = EntryKind.SYMLINK
        case _:
            kind = EntryKind.FILE
    return Entry(item["path"], item["sha"], kind, int(item.get("size") or 0))


def _pull(item: Json) -> Pull:
    head_repository = item["head"].get("repo") or {}
    return Pull(
        number=item["number"],
        title=item["title"],
        author=(item.get("user") or {}).get("login", ""),
        url=item["html_url"],
        base_sha=item["base"]["sha"],
        base_ref=item["base"]["ref"],
        head_sha=item["head"]["sha"],
        head_repository=head_repository.get("full_name"),
        draft=bool(item.get("draft")),
        merged_at=item.get("merged_at") or "",
        updated_at=item.get("updated_at") or "",
        merge_sha=item.get("merge_commit_sha") or "",
        labels=tuple(str(label["name"]) for label in item.get("labels") or ()),
    )


def _commit(item: Json) -> Commit:
    subject, _, body = item["commit"]["message"].partition("\n")
    author = item["commit"].get("author") or {}
    return Commit(
        sha=item["sha"],
        subject=subject,
        author=author.get("name", ""),
        date=author.get("date", ""),
        body=body.strip(),
        parents=tuple(parent["sha"] for parent in item["parents"]),
    )


def first_parents(commits: tuple[Commit, ...]) -> Iterator[Commit]:
    """Yield the commits of the branch's own line, newest first; not those that a merge brought."""
    known = {commit.sha: commit for commit in commits}
    current = commits[-1] if commits else None
    while current:
        yield current
        current = known.get(current.parents[0]) if current.parents else None
