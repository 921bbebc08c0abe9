"""Keeps what `midflight lint` answered, under a digest of everything that the answer depends on."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import midflight
from midflight.adapters.disk import Disk, Given
from midflight.adapters.kept import FolderStore
from midflight.changes.model import EntryKind
from midflight.changes.text import MAX_BYTES
from midflight.errors import MidflightError

MOST_READ = 128 * 1024 * 1024
"""Bytes of files for whose sake results are kept; more are linted without."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run said, and whether it failed; `reads` are the files that its configuration names."""

    text: str
    failed: bool
    reads: tuple[str, ...] = ()


@dataclass(slots=True)
class Contents:
    """Files read once, so that what is judged is what the digest is of."""

    disk: Disk
    held: Mapping[str, bytes]
    strayed: bool = field(default=False)

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the content of each file that is there; one that the digest does not know is remembered."""
        for path in blobs:
            if path in self.held:
                yield path, self.held[path]
            else:
                self.strayed = True
                yield from self.disk.read([path])


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One run of the linter, whose answer may be kept."""

    store: FolderStore
    name: str
    contents: Contents

    def load(self) -> Answer | None:
        """Return the kept answer, None where there is none or where one of the files that it read has changed."""
        checksum, _, body = (self.store.load(self.name) or b"").partition(b"\n")
        if not body or checksum != _digest([body]).encode():
            return None
        try:
            match json.loads(body):
                case {"text": str(text), "failed": bool(failed), "reads": dict(reads)} if _unchanged(reads):
                    return Answer(text, failed, tuple(reads))
        except (ValueError, RecursionError):
            pass
        return None

    def save(self, answer: Answer) -> None:
        """Keep an answer for the next run over the same files."""
        if self.contents.strayed:
            return
        reads = {path: _digest_of(path) for path in answer.reads}
        document = {"text": answer.text, "failed": answer.failed, "reads": reads}
        body = json.dumps(document).encode()
        self.store.save(self.name, _digest([body]).encode() + b"\n" + body)


def kept_run(given: Given, folder: str, words: Mapping[str, object], environment: Mapping[str, str]) -> KeptRun | None:
    """Return the run over these files with these words, None where nothing is to be kept for it.

    `words` is what was asked for, the day, and the text of the configuration file. A folder that belongs to the
    repository is not used: whoever wrote the migrations would write the answer too.
    """
    held = _held(given)
    if held is None or _of_repository(folder):
        return None
    inputs = sorted(item for item in environment.items() if item[0].startswith("INPUT_") and "TOKEN" not in item[0])
    about = [words, inputs, str(given.disk.root), str(Path.cwd()), given.wanted, sys.version]
    listed = [(e.path, e.kind, e.size, e.blob in held) for e in given.tree.entries.values()]
    parts = [json.dumps([about, listed]).encode(), *_sources(), *held.values()]
    return KeptRun(FolderStore(folder, of=""), f"lint-{_digest(parts)}", Contents(given.disk, held))


def _held(given: Given) -> dict[str, bytes] | None:
    files = [e for e in given.tree.entries.values() if e.kind is EntryKind.FILE and e.size <= MAX_BYTES]
    if sum(entry.size for entry in files) > MOST_READ:
        return None
    return dict(given.disk.read([entry.blob for entry in files]))


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d\n" % len(part))
        digest.update(part)
    return digest.hexdigest()


def _sources() -> Iterator[bytes]:
    """What changes with the code: the texts of Midflight, and the names and versions of what is installed beside."""
    for folder in midflight.__path__:
        for path in sorted(_python_files(folder)):
            yield path[len(folder) :].encode()
            yield Path(path).read_bytes()
    grammar = find_spec("postgast")
    for folder in grammar.submodule_search_locations or () if grammar else ():
        yield "\n".join(sorted(path.name for path in Path(folder).parent.glob("*-info"))).encode()


def _python_files(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from _python_files(entry.path)
        elif entry.name.endswith(".py"):
            yield entry.path


def _unchanged(reads: Mapping[object, object]) -> bool:
    return all(isinstance(path, str) and _digest_of(path) == digest for path, digest in reads.items())


def _digest_of(path: str) -> str:
    """The digest of a plain file of a bearable size, empty for anything else."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError):
        return ""
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(opened)
        with suppress(OSError):
            if stat.S_ISREG(found.st_mode) and found.st_size <= MAX_BYTES:
                return _digest([file.read(MAX_BYTES + 1)])
    return ""


def _of_repository(folder: str) -> bool:
    """Whether a repository has the folder, something in it, or a link on the way to it, or may have."""
    path = Path(folder).absolute()
    repository = next((above for above in (path, *path.parents) if (above / ".git").exists()), None)
    if repository is None:
        return False
    within = Path(os.path.normpath(path)).relative_to(repository).as_posix()
    if path.resolve() != repository.resolve() / within:
        return True
    from midflight.adapters.git_program import call  # noqa: PLC0415 - only inside a repository

    try:
        listed = call(repository, "ls-files", "-z", "--", f":(literal){within}")
    except MidflightError:
        return True
    return listed.status != 0 or bool(listed.output)
