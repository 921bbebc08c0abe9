"""The files of a revision as git lists them, each taken apart when it is asked for."""

from collections.abc import Iterable, Iterator, KeysView, Mapping

from midflight.changes.model import Entry, EntryKind

SUBMODULE, SYMLINK = "160000", "120000"  # modes of entries ("git-fast-import", git documentation)


class Entries(Mapping[str, Entry]):
    """Entries by path, in git's order; most paths of a large tree are only ever asked for their name.

    `facts` are what stands before the path in a line of `git ls-tree -l`, or the entry itself.
    """

    __slots__ = ("_facts", "_made")

    def __init__(self, facts: dict[str, str | Entry], made: dict[str, Entry] | None = None) -> None:
        self._facts = facts
        self._made = {} if made is None else made

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

    def at(self, paths: Iterable[str]) -> Iterator[Entry]:
        """Yield the entries at those of the paths where there is one: the same as one by one, for many paths."""
        facts, made = self._facts.get, self._made
        for path in paths:
            found = facts(path)
            if found is None or isinstance(found, Entry):
                if found is not None:
                    yield found
                continue
            entry = made.get(path)
            if entry is None:
                entry = made[path] = listed(path, found)
            yield entry

    def beside(self, gone: Iterable[str], fresh: Mapping[str, Entry]) -> "Entries":
        """Return the entries of a revision that differs in little; what both hold is taken apart once."""
        facts = dict(self._facts)
        for path in gone:
            facts.pop(path, None)
        facts.update(fresh)
        return Entries(facts, self._made)

    def unlike(self, other: "Entries") -> Iterator[str]:
        """Yield the paths whose entries the other lacks or holds in other words."""
        known = other._facts.get  # noqa: SLF001 - of its own kind
        return (path for path, facts in self._facts.items() if known(path) != facts)


def entries_at(entries: Mapping[str, Entry], paths: Iterable[str]) -> Iterator[Entry]:
    """Yield the entries at those of the paths where there is one."""
    if isinstance(entries, Entries):
        return entries.at(paths)
    return (entries[path] for path in paths if path in entries)


def listed(path: str, facts: str) -> Entry:
    """Return the entry of a line of `git ls-tree -l`; git lists "BAD" or "-" where there is no content to measure."""
    mode, _, blob, size = facts.split()
    return entry_of(path, mode, blob, int(size) if size.isdigit() else 0)


def entry_of(path: str, mode: str, blob: str, size: int) -> Entry:
    """Return the entry of a mode, an object id and a size."""
    if mode == SUBMODULE:
        return Entry(path, blob, EntryKind.SUBMODULE, 0)
    return Entry(path, blob, EntryKind.SYMLINK if mode == SYMLINK else EntryKind.FILE, size)
