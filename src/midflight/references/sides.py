"""The files of code in each of two revisions that may hold something: all, or those that an earlier run left over."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from midflight.changes.compare import gone, unlike
from midflight.changes.entries import Content, files_at, paths_of
from midflight.changes.model import Tree
from midflight.references.kept import Silent, Store, mark_of, sealed, unsealed
from midflight.references.paths import SearchOptions
from midflight.references.selecting import written_paths

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_LEAST_SPARED = 4  # files for each that is left over: below that a list of them spares nothing
_path = attrgetter("path")


@dataclass(frozen=True, slots=True)
class Side:
    """The files of one revision that may hold something, in path order, and how many files of code it has in all."""

    contents: Sequence[Content]
    count: int


def sides_of(base: Tree, head: Tree, options: SearchOptions, left: Side | None = None) -> tuple[Side, Side]:
    """Give the files of code of both trees in path order; what its name calls generated is none.

    What does not differ from one tree to the other is one value in both. `left` is what an earlier run left over of
    the base.
    """
    old = left or _whole(base, options)
    known, now = base.entries, head.entries
    fresh = frozenset(path for path in unlike(known, now) if known.get(path) != now[path])
    found = _code(head, fresh, options)
    same = [each for each in old.contents if each.path not in fresh and each.path in now]
    new = sorted([*same, *found], key=_path)
    if left is None:
        return old, Side(new, len(new))
    lost = (path for path in (*fresh, *gone(known, now)) if path in known)
    return old, Side(new, old.count - len(_code(base, dict.fromkeys(lost), options)) + len(found))


def _whole(tree: Tree, options: SearchOptions) -> Side:
    found = sorted(_code(tree, tree.entries, options), key=_path)
    return Side(found, len(found))


def _code(tree: Tree, paths: Collection[str], options: SearchOptions) -> list[Content]:
    return list(files_at(tree.entries, written_paths(paths, options)))


def both(sides: tuple[Side, Side]) -> Iterator[Content]:
    """Yield the files of the first, and those of the second that are others."""
    first, second = (side.contents for side in sides)
    yield from first
    same = set(map(id, first))  # most are one value on both sides, and need not be compared
    fresh = [each for each in second if id(each) not in same]
    paths = {each.path for each in fresh}
    known = {(each.path, each.blob) for each in first if each.path in paths}
    yield from (each for each in fresh if (each.path, each.blob) not in known)


@dataclass(frozen=True, slots=True)
class Remains:
    """Where is kept what a search of one revision for certain words left over, so that the rest is not asked again."""

    store: Store | None
    name: str = ""

    def recall(self, base: Tree, changed: frozenset[str], options: SearchOptions) -> Side | None:
        """Return what was left over of the revision and, read anew whatever the store says, what the change touches."""
        content = self.store.load(self.name) if self.store and self.name else None
        count, *paths = unsealed(content).decode("utf-8", "surrogateescape").split("\n")
        if not count.isdecimal():
            return None
        touched = written_paths(tuple(paths_of(base.entries, changed)), options)
        return Side(list(files_at(base.entries, sorted({*paths, *touched}))), int(count))

    def keep(self, side: Side, known: Silent, largest: int) -> None:
        """Keep what is not known to hold nothing, or is too large to be asked, where that spares the most."""
        if self.store is None or not self.name:
            return
        silent = known.confirmed
        left = [c.path for c in side.contents if c.size > largest or mark_of(c.blob, c.path) not in silent]
        if len(left) * _LEAST_SPARED < side.count and not any("\n" in path for path in left):
            self.store.save(self.name, sealed("\n".join([str(side.count), *left]).encode("utf-8", "surrogateescape")))


def remains(tree: Tree, options: SearchOptions, *looked_for: Iterable[str]) -> Remains:
    """Name what a search of a commit leaves over: it counts only for the same words, files and version of Midflight."""
    if options.store is None or not _COMMIT.fullmatch(tree.revision):
        return Remains(None)
    digest = hashlib.sha256(f"{options.store.version} {tree.revision} {len(tree.entries)} {options.tests}".encode())
    for words in (*looked_for, options.ignore, options.roots, options.migration_folders):
        digest.update(b"\0\0" + "\0".join(sorted(words)).encode("utf-8", "surrogatepass"))
    return Remains(options.store, f"left-{digest.hexdigest()}")
