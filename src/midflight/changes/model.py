"""Two trees and the files that differ between them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class EntryKind(StrEnum):
    """What a tree entry is; only a `FILE` has content that we read."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree; `blob` is git's object id of its content, `size` is in bytes."""

    path: str
    blob: str
    kind: EntryKind
    size: int


@dataclass(frozen=True, slots=True)
class Tree:
    """All files of one revision by path; `revision` is a full commit id."""

    revision: str
    entries: Mapping[str, Entry]


class Status(StrEnum):
    """How a file or a migration differs between base and head."""

    ADDED = "added"
    EDITED = "edited"
    DELETED = "deleted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One difference; `before` is absent for an added file, `after` for a deleted one."""

    status: Status
    before: Entry | None
    after: Entry | None

    @property
    def path(self) -> str:
        """The path at head, or at base where head has none."""
        entry = self.after or self.before
        return entry.path if entry else ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The pull request's difference."""

    base: Tree
    head: Tree
    files: tuple[ChangedFile, ...]


@dataclass(frozen=True, slots=True)
class NotAnalysed:
    """Input that could not be read, and why; it is shown, and never counted as safe."""

    path: str
    line: int
    reason: str


class Blobs(Protocol):
    """Reads file contents; implemented by the adapters."""

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield `(blob id, content)` once for each known id, in any order; unknown ids are left out."""
        ...
