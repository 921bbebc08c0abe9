"""Reads a tree and its contents from a GitHub tarball, without writing anything to disk under its own name."""

import gzip
import hashlib
import io
import tarfile
import tempfile
import weakref
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from midflight.adapters.tree_paths import readable_path
from midflight.changes.model import Entry, EntryKind, Tree
from midflight.errors import SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 256 * 1024
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError)


@dataclass(frozen=True, slots=True)
class TarballLimits:
    """Bounds in bytes: unpacked in all, of one content that is kept, kept in memory; and the number of files."""

    total: int = 1024 * 1024 * 1024
    content: int = 16 * 1024 * 1024
    memory: int = 64 * 1024 * 1024
    entries: int = 500_000


DEFAULT_LIMITS = TarballLimits()


class TarballBlobs:
    """The contents of a tarball by blob id, in memory up to a bound and in one unnamed temporary file above it."""

    def __init__(self, limits: TarballLimits) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=limits.memory)  # noqa: SIM115 - closed by the finalizer
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self.close = weakref.finalize(self, self._file.close)

    def __contains__(self, blob: object) -> bool:
        return blob in self._places

    def add(self, blob: str, content: bytes) -> None:
        """Keep a content; the same content is kept once."""
        if blob in self._places:
            return
        self._file.seek(self._end)
        self._file.write(content)
        self._places[blob] = (self._end, len(content))
        self._end += len(content)

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield each kept blob once with its content."""
        for blob in dict.fromkeys(blobs):
            if blob in self._places:
                start, length = self._places[blob]
                self._file.seek(start)
                yield blob, self._file.read(length)


def read_tarball(stream: IO[bytes], revision: str, limits: TarballLimits = DEFAULT_LIMITS) -> tuple[Tree, TarballBlobs]:
    """Read the gzipped archive of a commit, as `GET /repos/{owner}/{repo}/tarball/{ref}` leads to.

    Blob ids are git's own, computed from the contents, so that unchanged files match over two archives. An archive
    has no submodules (git archive leaves an empty folder), and not what `.gitattributes` excludes (`export-ignore`).
    """
    taking = _Taking(revision, limits)
    try:
        unpacked = _Unpacked(stream, limits.total)
        with tarfile.open(fileobj=unpacked, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:
            for member in archive:
                taking.take(archive, member)
            _check_commit(archive.pax_headers.get("comment", revision), revision)
        while unpacked.read(_CHUNK):  # to the end, where gzip keeps its checksum
            pass
    except SourceError:
        taking.blobs.close()
        raise
    except _DAMAGED as error:
        taking.blobs.close()
        raise SourceError(f"The archive of {revision} is damaged.", then="Run again.") from error
    return Tree(revision=revision, entries=taking.entries), taking.blobs


class _Unpacked(io.RawIOBase):
    """The unpacked archive, up to a bound: a few kilobytes can unpack to terabytes."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._gzip = gzip.GzipFile(fileobj=stream, mode="rb")
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        piece = self._gzip.read(min(len(view), _CHUNK))
        self._left -= len(piece)
        if self._left < 0:
            raise SourceError("The archive is too large when unpacked.", then="Check out the repository instead.")
        view[: len(piece)] = piece
        return len(piece)


class _Taking:
    """The entries and contents taken from an archive so far."""

    def __init__(self, revision: str, limits: TarballLimits) -> None:
        self.entries: dict[str, Entry] = {}
        self.blobs = TarballBlobs(limits)
        self._names: set[bytes] = set()
        self._revision = revision
        self._limits = limits

    def take(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """Take one member; folders have nothing to take."""
        if member.isdir():
            return
        path = readable_path(self._new_name(member), self.entries)
        match member.type:
            case tarfile.SYMTYPE:
                target = member.linkname.encode("utf-8", "surrogateescape")
                blob = self._keep(io.BytesIO(target), len(target))
                self.entries[path] = Entry(path, blob, EntryKind.SYMLINK, len(target))
            case tarfile.REGTYPE | tarfile.AREGTYPE:
                blob = self._keep(archive.extractfile(member) or io.BytesIO(), member.size)
                self.entries[path] = Entry(path, blob, EntryKind.FILE, member.size)
            case _:
                raise SourceError(f"The archive has an entry that git does not make: {path!r}.")

    def _new_name(self, member: tarfile.TarInfo) -> bytes:
        name = _inner_path(member.name)
        if name in self._names:
            raise SourceError(f"The archive has two entries of the same name: {member.name!r}.")
        if len(self._names) >= self._limits.entries:
            raise SourceError(f"The archive of {self._revision} has more than {self._limits.entries} files.")
        self._names.add(name)
        return name

    def _keep(self, content: IO[bytes], size: int) -> str:
        digest = _git_digest(size, self._revision)
        kept = bytearray()
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            if size <= self._limits.content:
                kept += chunk
        blob = digest.hexdigest()
        if size <= self._limits.content:
            self.blobs.add(blob, bytes(kept))
        return blob


def _inner_path(name: str) -> bytes:
    raw = name.encode("utf-8", "surrogateescape")
    parts = raw.split(b"/")
    if len(parts) < 2 or any(part in (b"", b".", b"..") for part in parts):
        raise SourceError(f"The archive has an entry outside its folder: {name!r}.")
    return b"/".join(parts[1:])


def _check_commit(comment: str, revision: str) -> None:
    # git archive writes the commit's id into the global header (git documentation, "git archive")
    if comment != revision:
        raise SourceError(f"The archive is of {comment!r}, not of {revision}.")


def _git_digest(size: int, revision: str) -> "hashlib._Hash":
    # git's object id, no protection; a repository of the SHA-256 format has commit ids of 64 digits
    kind = hashlib.sha256 if len(revision) == 64 else hashlib.sha1
    return kind(b"blob %d\0" % size, usedforsecurity=False)
