"""Reads revisions, trees, contents and history from a git repository; bare ones too, never the work tree."""

import re
import threading
from collections.abc import Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import IO

from midflight.adapters.git_program import TIMEOUT, Answer, Running, call, stream
from midflight.adapters.tree_paths import readable_path
from midflight.changes.entries import SUBMODULE, Entries, entry_of, listed
from midflight.changes.model import Entry, Tree
from midflight.errors import SourceError

MAX_ENTRIES = 500_000
MAX_BLOB = 64 * 1024 * 1024
MAX_COMMITS = 5_000
_CHUNK = 1024 * 1024
_MOST_CHANGES = 50_000  # files; above it a revision is listed for itself
_SHARED_FROM = 2_000  # blobs; so many are worth a second git, since unpacking takes longer than looking
_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_OBJECT_IDS = re.compile(rf"(?:{_OBJECT_ID.pattern}\n)*{_OBJECT_ID.pattern}")
_FIELDS = ("%H", "%s", "%an", "%aI", "%b", "%P")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `date` is the author's in ISO 8601."""

    sha: str
    subject: str
    author: str
    date: str
    body: str
    parents: tuple[str, ...]


class GitRepository:
    """A git repository on disk; `path` is the repository or a folder in its work tree."""

    def __init__(self, path: str | Path, *, timeout: float = TIMEOUT, max_entries: int = MAX_ENTRIES) -> None:
        self.path = Path(path)
        self._timeout = timeout
        self._max_entries = max_entries
        self._listed: tuple[str, Entries] | None = None
        if not self.path.is_dir():
            raise SourceError(f"`{path}` is no folder.", then="Name a git repository.")
        found = self._call("rev-parse", "--git-dir")
        if found.status:
            raise SourceError(f"`{path}` is not a git repository.", then="Name a git repository, bare or not.")

    @property
    def is_bare(self) -> bool:
        """Whether the repository has no work tree."""
        return self._call("rev-parse", "--is-bare-repository").output.strip() == "true"

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off by a fetch with a depth."""
        return self._call("rev-parse", "--is-shallow-repository").output.strip() == "true"

    @property
    def program_version(self) -> str:
        """What git says of itself, as `git version 2.47.3`."""
        return self._call("--version").output.strip()

    @property
    def remote(self) -> str:
        """The address of the remote `origin`, empty where there is none; it may hold a password."""
        return self._call("config", "--get", "remote.origin.url").output.strip()

    @property
    def root(self) -> Path:
        """The top of the work tree, or of a bare repository."""
        return Path(self._call("rev-parse", "--show-toplevel").output.strip() or self.path)

    @property
    def default_branch(self) -> str:
        """The branch that a clone begins on, else the one that is checked out; `main` where neither is known."""
        for name in ("refs/remotes/origin/HEAD", "HEAD"):
            found = self._call("symbolic-ref", "--quiet", "--short", name).output.strip()
            if found:
                return found.removeprefix("origin/")
        return "main"

    def resolve(self, revision: str) -> str:
        """Give the full commit id of a revision."""
        answer = self._call("rev-parse", "--verify", "--quiet", f"{_checked(revision)}^{{commit}}")
        if answer.status == 0 and _OBJECT_ID.fullmatch(answer.output.strip()):
            return answer.output.strip()
        then = "Check the spelling, or fetch it first."
        if self.is_shallow:
            then = "The clone is shallow: fetch with `fetch-depth: 2` for a pull request's merge, or with 0 for all."
        raise SourceError(f"The revision `{revision}` is not in the repository.", where=str(self.path), then=then)

    def tree(self, revision: str) -> Tree:
        """List all files of a revision with their blob ids, kinds and sizes (0 for a content that is not there).

        A second revision is told by what differs from the first, which for a change of a large repository is little.
        """
        commit = self.resolve(revision)
        before, self._listed = self._listed, None
        if before is not None and before[0] == commit:
            self._listed = before
            return Tree(revision=commit, entries=before[1])
        entries = self._beside(*before, commit) if before is not None else None
        if entries is None:
            entries = self._list(commit)
        if len(entries) > self._max_entries:
            raise SourceError(f"The revision `{revision}` has more than {self._max_entries} files.")
        self._listed = commit, entries
        return Tree(revision=commit, entries=entries)

    def _list(self, commit: str) -> Entries:
        entries: dict[str, str | Entry] = {}
        with stream(self.path, "ls-tree", "-r", "-z", "-l", "--full-tree", commit, timeout=self._timeout) as running:
            for block in _blocks(running.output):
                _take(block, entries)
                if len(entries) > self._max_entries:
                    break  # the caller refuses it
            else:
                _require_success(running, f"The files of `{commit}` could not be listed")
        return Entries(entries)

    def _beside(self, other: str, before: Entries, commit: str) -> Entries | None:
        """List a revision by its difference from another; None where that is large, or a path is ambiguous."""
        arguments = ["diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", "--raw", other, commit]
        try:
            answer = self._call(*arguments)
        except SourceError:  # more than one call may print
            return None
        fields = answer.output.split("\0")
        # an escaped path may collide with another one, which only a full listing puts in the right order
        if answer.status or len(fields) > 2 * _MOST_CHANGES or "\\" in answer.output:
            return None
        if "\\" in "".join(before):
            return None
        fresh: dict[str, tuple[str, str]] = {}
        for facts, path in zip(fields[::2], fields[1::2], strict=False):
            _, mode, _, blob, status = facts.split()
            if status != "D":
                fresh[path] = mode, blob
        sizes = self._sizes({blob for mode, blob in fresh.values() if mode != SUBMODULE})
        made = {path: entry_of(path, mode, blob, sizes.get(blob, 0)) for path, (mode, blob) in sorted(fresh.items())}
        return before.beside(fields[1::2], made)

    def _sizes(self, blobs: Collection[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        if not blobs:
            return found
        with stream(self.path, "cat-file", "--batch-check", "--buffer", timeout=self._timeout) as running:
            asking = threading.Thread(target=running.feed, args=(sorted(blobs),), daemon=True)
            asking.start()
            for line in running.output:
                blob, _, size = line.decode("ascii", "backslashreplace").partition(" blob ")
                if size.strip().isdigit():
                    found[blob] = int(size)
            asking.join()
            _require_success(running, "The sizes of changed files could not be read")
        return found

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield each known blob once with its content, one in memory at a time.

        Unknown ids are left out, and so are blobs above 64 MiB: a caller sees their size in the tree.
        """
        wanted = list(dict.fromkeys(blobs))
        if not _OBJECT_IDS.fullmatch("\n".join(wanted)):  # one question for very many
            wanted = [blob for blob in wanted if _OBJECT_ID.fullmatch(blob)]
        if not wanted:
            return
        if len(wanted) < _SHARED_FROM:
            yield from self._contents(wanted)
            return
        half = len(wanted) // 2
        with closing(self._contents(wanted[:half])) as one, closing(self._contents(wanted[half:])) as other:
            for pair in zip_longest(one, other):
                yield from filter(None, pair)

    def _contents(self, wanted: list[str]) -> Generator[tuple[str, bytes], None, None]:
        with stream(self.path, "cat-file", "--batch", "--buffer", timeout=self._timeout) as running:
            # A thread, because git answers while it is still being asked and either pipe may be full.
            asking = threading.Thread(target=running.feed, args=(wanted,), daemon=True)
            asking.start()
            try:
                yield from _blobs(running, len(wanted))
                _require_success(running, "Contents could not be read")
            finally:
                running.kill()
                asking.join()

    def merge_parents(self, revision: str) -> tuple[str, ...]:
        """Give the parents that the repository knows (none at the edge of a shallow clone), the merged-into first."""
        commit = self.resolve(revision)
        line = self._output("rev-list", "--parents", "--max-count=1", commit)
        return tuple(line.split()[1:])

    def merge_base(self, first: str, second: str) -> str | None:
        """Give the best common ancestor, None when the repository knows none."""
        answer = self._call("merge-base", self.resolve(first), self.resolve(second))
        return answer.output.split()[0] if answer.status == 0 else None

    def tags(self, merged_into: str) -> tuple[tuple[str, str], ...]:
        """List the tags whose commit a revision has in its history: name and the id of the commit."""
        form = "--format=%(refname:strip=2) %(objecttype) %(objectname) %(*objecttype) %(*objectname)"
        found = self._output("for-each-ref", f"--merged={self.resolve(merged_into)}", form, "refs/tags")
        rows = (line.split() for line in found.splitlines())
        return tuple((row[0], row[-1]) for row in rows if len(row) in {3, 5} and row[-2] == "commit")

    def log(self, from_: str, to: str, *, first_parent: bool = False, limit: int = MAX_COMMITS) -> tuple[Commit, ...]:
        """List the commits of `to` that `from_` does not have, newest first, at most `limit`.

        An empty `from_` lists from the beginning; `first_parent` follows merges only into the branch itself.
        """
        arguments = ["log", "-z", f"--max-count={limit}", f"--format={'%x00'.join(_FIELDS)}", "--encoding=UTF-8"]
        arguments += ["--no-color", "--no-notes", "--no-patch"]
        arguments += ["--first-parent"] if first_parent else []
        arguments += [self.resolve(to), *([f"^{self.resolve(from_)}"] if from_ else []), "--"]
        fields = self._output(*arguments).split("\0")
        rows = zip(*(fields[start :: len(_FIELDS)] for start in range(len(_FIELDS))), strict=False)
        return tuple(
            Commit(sha, subject, who, date, body.strip(), tuple(parents.split()))
            for sha, subject, who, date, body, parents in rows
        )

    def landings(self, revision: str, *, limit: int = MAX_COMMITS) -> tuple[tuple[str, int], ...]:
        """List a branch's own commits, newest first: id, and when it was committed in seconds since 1970.

        A commit that was rebased keeps its author's date, which says nothing of when it came here.
        """
        arguments = ("--first-parent", f"--max-count={limit}", "--format=%H %ct", "--no-color", "--no-patch")
        rows = (row.split() for row in self._output("log", *arguments, self.resolve(revision), "--").splitlines())
        return tuple((sha, int(seconds)) for sha, seconds in rows)

    def _call(self, *arguments: str) -> Answer:
        return call(self.path, *arguments, timeout=self._timeout)

    def _output(self, *arguments: str) -> str:
        answer = self._call(*arguments)
        if answer.status:
            raise SourceError(f"git {arguments[0]} failed: {answer.complaint}", where=str(self.path))
        return answer.output


def _checked(revision: str) -> str:
    if not revision or revision.startswith("-") or not revision.isprintable():
        raise SourceError(f"{revision!r} is no revision.", then="Name a branch, a tag or a commit id.")
    return revision


def _blocks(output: IO[bytes]) -> Iterator[bytes]:
    """Yield whole records, many at once, without the last zero."""
    rest = b""
    while chunk := output.read(_CHUNK):
        block, _, rest = (rest + chunk).rpartition(b"\0")
        if block:
            yield block


def _take(block: bytes, entries: dict[str, str | Entry]) -> None:
    """Add the records of a block; all are decoded at once where no path of it needs more than that."""
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError:
        text = "\\"
    if "\\" in text:
        for record in block.split(b"\0"):
            raw_facts, _, raw = record.partition(b"\t")
            path = readable_path(raw, entries)
            entries[path] = listed(path, raw_facts.decode("ascii"))
        return
    if text.count("\t") == text.count("\0") + 1:  # none in a path
        fields = text.replace("\t", "\0").split("\0")
        entries.update(zip(fields[1::2], fields[::2], strict=True))
        return
    for line in text.split("\0"):
        facts, _, path = line.partition("\t")
        entries[path] = facts


def _blobs(running: Running, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield the answers to so many questions; a large repository has very many, so each costs as little as it can."""
    line, read = running.output.readline, running.output.read
    for _ in range(count):
        header = line()
        blob, _, rest = header.partition(b" ")
        if rest[:5] == b"blob " and rest[5:-1].isdigit():
            length = int(rest[5:-1])
            content = read(length + 1) if length <= MAX_BLOB else _passed_over(running, length + 1)
            if content and len(content) != length + 1:
                raise _failure("git stopped in the middle of a file", running)
            if content:
                yield blob.decode("ascii"), content[:-1]
        elif rest.endswith(b"missing\n"):
            continue
        else:
            _other(running, rest)


def _other(running: Running, rest: bytes) -> None:
    """Pass over an object that is no file's content."""
    length = rest.rpartition(b" ")[2].strip()
    if not length.isdigit():
        running.kill()
        running.finish()
        raise _failure("git stopped while contents were read", running)
    _passed_over(running, int(length) + 1)


def _passed_over(running: Running, length: int) -> bytes:
    while length and (chunk := running.output.read(min(length, _CHUNK))):
        length -= len(chunk)
    return b""


def _require_success(running: Running, what: str) -> None:
    if running.finish():
        raise _failure(what, running)


def _failure(what: str, running: Running) -> SourceError:
    said = running.complaint()
    if "promisor" in said:  # git: "could not fetch ... from promisor remote"
        return SourceError(f"{what}: the clone has no contents (a partial clone).", then="Fetch without `filter`.")
    return SourceError(f"{what}: {said or 'no reason given'}.")
