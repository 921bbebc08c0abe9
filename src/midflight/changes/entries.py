"""The files of a revision as git lists them, each taken apart when it is asked for."""

from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping
from functools import partial
from typing import NamedTuple

from midflight.changes.holding import as_text, paths_holding, texts_holding
from midflight.changes.model import Entry, EntryKind

_PLAIN = "100644 blob "
SUBMODULE, SYMLINK = "160000", "120000"  # modes of entries ("git-fast-import", git documentation)


class Content(NamedTuple):
    """A file's path, its content's object id and size: what a search asks of very many entries."""

    path: str
    blob: str
    size: int


_content = partial(tuple.__new__, Content)  # the same in half the time, which counts for a hundred thousand


class Entries(Mapping[str, Entry]):
    """Entries by path, in git's order; most paths of a large tree are only ever asked for their name.

    `facts` are what stands before the path in a line of `git ls-tree -l`, or the entry itself.
    """

    __slots__ = ("_facts", "_fresh", "_gone", "_held", "_made", "_origin", "_text")

    def __init__(self, facts: dict[str, str | Entry], made: dict[str, Entry] | None = None) -> None:
        self._facts = facts
        self._made = {} if made is None else made
        self._origin: Entries | None = None
        self._held: dict[tuple[tuple[str, ...], bool], tuple[str, ...]] = {}
        self._gone: frozenset[str] = frozenset()
        self._fresh: tuple[str, ...] = ()
        self._text = b""

    def __getitem__(self, path: str) -> Entry:
        """Return the entry at a path."""
        facts = self._facts[path]
        if isinstance(facts, Entry):
            return facts
        entry = self._made.get(path)
        if entry is None:
            entry = self._made[path] = listed(path, facts)
        return entry

    def __iter__(self) -> Iterator[str]:
        """Yield the paths."""
        return iter(self._facts)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._facts)

    def __contains__(self, path: object) -> bool:
        """Whether there is something at a path."""
        return path in self._facts

    def keys(self) -> KeysView[str]:
        """Return the paths as a set."""
        return self._facts.keys()

    def beside(self, gone: Collection[str], fresh: Mapping[str, Entry]) -> "Entries":
        """Return the entries of a revision that differs in little; what both hold is taken apart once."""
        facts = dict(self._facts)
        for path in gone:
            facts.pop(path, None)
        facts.update(fresh)
        found = Entries(facts, self._made)
        found._origin = self
        found._gone = frozenset(path for path in gone if path not in facts and path in self._facts)
        found._fresh = tuple(fresh)
        return found

    def files(self, paths: Iterable[str]) -> Iterator[Content]:
        """Yield the files at those of the paths where there is one."""
        facts, plain = self._facts.get, len(_PLAIN)
        for path in paths:
            found = facts(path)
            if isinstance(found, str):
                if found[:plain] == _PLAIN and found[-1].isdigit():
                    blob, _, size = found[plain:].partition(" ")
                    yield _content((path, blob, int(size)))
                elif found[: len(SUBMODULE)] not in {SUBMODULE, SYMLINK}:
                    yield Content(path, found.split()[2], self[path].size)
            elif found is not None and found.kind is EntryKind.FILE:
                yield Content(path, found.blob, found.size)

    def paths_of(self, blobs: frozenset[str]) -> Iterator[str]:
        """Yield the paths whose content is one of those."""
        for path, facts in self._facts.items():
            if (facts.split(" ", 3)[2] if isinstance(facts, str) else facts.blob) in blobs:
                yield path

    def holding(self, parts: tuple[str, ...], *, folded: bool = False) -> tuple[str, ...]:
        """Return the paths that hold one of the parts; asked again, or of a revision beside, it is known."""
        found = self._held.get((parts, folded))
        if found is None:
            if self._origin is None:
                self._text = self._text or as_text(self._facts)
                found = tuple(texts_holding(self._text, parts, folded=folded))
            else:
                before = self._origin
                known = before.holding(parts, folded=folded)
                added = paths_holding((path for path in self._fresh if path not in before), parts, folded=folded)
                found = (*(path for path in known if path not in self._gone), *added)
            self._held[parts, folded] = found
        return found

    def unlike(self, other: "Entries") -> Iterator[str]:
        """Yield the paths whose entries the other lacks or holds in other words."""
        known = other._facts.get  # noqa: SLF001 - of its own kind
        if self._origin is other:
            return (path for path in self._fresh if known(path) != self._facts[path])
        return (path for path, facts in self._facts.items() if known(path) != facts)

    def without(self, other: "Entries") -> Collection[str]:
        """Return the paths that the other has and this has not."""
        return self._gone if self._origin is other else other.keys() - self.keys()


def files_at(entries: Mapping[str, Entry], paths: Iterable[str]) -> Iterator[Content]:
    """Yield the files at those of the paths where there is one, as little as a search needs of them."""
    if isinstance(entries, Entries):
        return entries.files(paths)
    found = (entries[path] for path in paths if path in entries)
    return (Content(entry.path, entry.blob, entry.size) for entry in found if entry.kind is EntryKind.FILE)


def paths_of(entries: Mapping[str, Entry], blobs: frozenset[str]) -> Iterator[str]:
    """Yield the paths whose content is one of those."""
    if isinstance(entries, Entries):
        return entries.paths_of(blobs)
    return (path for path, entry in entries.items() if entry.blob in blobs)


def holding(paths: Iterable[str], parts: tuple[str, ...], *, folded: bool = False) -> Iterable[str]:
    """Give the paths that hold one of the parts; those of a revision are searched for the same parts once."""
    if isinstance(paths, Entries):
        return paths.holding(parts, folded=folded)
    return paths_holding(paths, parts, folded=folded)


def listed(path: str, facts: str) -> Entry:
    """Return the entry of a line of `git ls-tree -l`; git lists "BAD" or "-" where there is no content to measure."""
    mode, _, blob, size = facts.split()
    return entry_of(path, mode, blob, int(size) if size.isdigit() else 0)


def entry_of(path: str, mode: str, blob: str, size: int) -> Entry:
    """Return the entry of a mode, an object id and a size."""
    if mode == SUBMODULE:
        return Entry(path, blob, EntryKind.SUBMODULE, 0)
    return Entry(path, blob, EntryKind.SYMLINK if mode == SYMLINK else EntryKind.FILE, size)
