"""Trees made from text: what git would hold, without a repository.

tree, blobs = tree_of({"supabase/migrations/1_a.sql": "SELECT 1;"})
base, head, blobs = trees_of({"a.sql": "x"}, {"b.sql": "x"})
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from midflight.changes.model import Entry, EntryKind, Tree


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link in a tree."""

    target: str


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule in a tree; `commit` is what it points to."""

    commit: str


Content = str | bytes | Link | Submodule


def blob_id(content: bytes) -> str:
    """The object id that git gives a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def commit_id(revision: str) -> str:
    """A full commit id that is the same for the same word."""
    return hashlib.sha1(revision.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class MemoryBlobs:
    """`Blobs` over a dictionary; `calls` keeps what each call asked for, `a | b` knows the blobs of both."""

    contents: Mapping[str, bytes]
    calls: list[frozenset[str]] = field(default_factory=list)

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        self.calls.append(frozenset(blobs))
        for blob in sorted(set(blobs)):
            if blob in self.contents:
                yield blob, self.contents[blob]

    def __or__(self, other: "MemoryBlobs") -> "MemoryBlobs":
        return MemoryBlobs({**self.contents, **other.contents})


def tree_of(files: Mapping[str, Content], revision: str = "head") -> tuple[Tree, MemoryBlobs]:
    """A tree with these files and the contents to read; text is written as UTF-8."""
    entries: dict[str, Entry] = {}
    contents: dict[str, bytes] = {}
    for path, content in files.items():
        entries[path] = _entry(path, content)
        if isinstance(content, str | bytes):
            contents[entries[path].blob] = _bytes(content)
    return Tree(commit_id(revision), entries), MemoryBlobs(contents)


def trees_of(base: Mapping[str, Content], head: Mapping[str, Content]) -> tuple[Tree, Tree, MemoryBlobs]:
    """Two trees and the contents of both."""
    base_tree, base_blobs = tree_of(base, "base")
    head_tree, head_blobs = tree_of(head, "head")
    return base_tree, head_tree, base_blobs | head_blobs


def _entry(path: str, content: Content) -> Entry:
    match content:
        case Link(target):
            return Entry(path, blob_id(target.encode()), EntryKind.SYMLINK, len(target.encode()))
        case Submodule(commit):
            return Entry(path, commit, EntryKind.SUBMODULE, 0)
        case _:
            data = _bytes(content)
            return Entry(path, blob_id(data), EntryKind.FILE, len(data))


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
