"""Remembers from run to run in which contents nothing was found, so that only new contents are read."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from midflight.changes.entries import Content
from midflight.references.paths import suffix_of

LARGEST_KEPT = 64 * 1024 * 1024


class Store(Protocol):
    """Keeps texts by name; implemented by the adapters. It may forget, and give back what somebody else wrote."""

    version: str

    def load(self, name: str) -> bytes | None:
        """Give a text back, None where there is none."""
        ...

    def save(self, name: str, content: bytes) -> None:
        """Keep a text."""
        ...


@dataclass(slots=True)
class Silent:
    """The contents in which a search for certain words finds nothing, each with the suffix that it was read under."""

    store: Store | None
    name: str = ""
    known: frozenset[str] = frozenset()
    confirmed: set[str] = field(default_factory=set)
    learned: bool = False

    def unknown_among(self, contents: Sequence[Content]) -> set[str]:
        """Give the contents that are not known to hold nothing under each of their paths."""
        if not self.known:
            return {each.blob for each in contents}
        marks = [mark_of(blob, path) for path, blob, _ in contents]
        unknown = set(marks) - self.known
        if not unknown:
            self.confirmed.update(marks)
            return set()
        found = {each.blob for each, mark in zip(contents, marks, strict=True) if mark in unknown}
        self.confirmed.update(mark for each, mark in zip(contents, marks, strict=True) if each.blob not in found)
        return found

    def learn(self, blob: str, path: str) -> None:
        """Remember that a content holds nothing."""
        if self.store is not None:
            self.confirmed.add(mark_of(blob, path))
            self.learned = True

    def save(self) -> None:
        """Keep what this run has asked for: what no revision holds any more is forgotten."""
        if self.store is not None and (self.learned or len(self.confirmed) * 2 < len(self.known)):
            self.store.save(self.name, sealed("\n".join(sorted(self.confirmed)).encode()))


def mark_of(blob: str, path: str) -> str:
    """Name a content as a search sees it: the suffix decides what may be in it, and for Ruby so does the folder."""
    suffix = path[path.rfind(".") :] if path.isascii() else suffix_of(path)
    return f"{blob}{suffix}/models" if "app/models/" in path else blob + suffix


def silent(store: Store | None, *looked_for: Iterable[str]) -> Silent:
    """Load what is known of a search for words; it counts only for the same words and the same version of Midflight."""
    if store is None:
        return Silent(None)
    digest = hashlib.sha256(store.version.encode())
    for words in looked_for:
        digest.update(b"\0\0" + "\0".join(sorted(words)).encode("utf-8", "surrogatepass"))
    name = f"silent-{digest.hexdigest()}"
    return Silent(store, name, _marks(store.load(name)))


def sealed(body: bytes) -> bytes:
    """Return a text with its checksum before it."""
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def unsealed(content: bytes | None) -> bytes:
    """Return the text behind its checksum; one that is broken is as good as none."""
    checksum, _, body = (content or b"").partition(b"\n")
    if len(body) > LARGEST_KEPT or checksum != hashlib.sha256(body).hexdigest().encode():
        return b""
    return body


def _marks(content: bytes | None) -> frozenset[str]:
    body = unsealed(content)
    return frozenset(body.decode("ascii", "replace").split("\n")) if body else frozenset()
