"""Compare two trees: which files were added, edited, deleted or moved."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from midflight.changes.entries import Entries
from midflight.changes.model import ChangedFile, ChangeSet, Entry, EntryKind, Status, Tree

_MOST_PAIRS = 10_000  # pairs of equal files weighed against each other; above it they are paired in path order


def compare_trees(base: Tree, head: Tree) -> ChangeSet:
    """Give the files that differ, by path.

    A file moved when its exact content left one path and came to another. Among several candidates the one with the
    same file name wins, then the one with most of its path in common, then the first in path order; each file moves
    once. Empty files never move: equal emptiness says nothing.
    """
    lost = [base.entries[path] for path in gone(base.entries, head.entries)]
    fresh = [head.entries[path] for path in unlike(base.entries, head.entries) if path not in base.entries]
    moves = dict(_moves(lost, fresh))
    origins = {before.path for before in moves.values()}
    files = [
        *_edits(base, head),
        *(ChangedFile(Status.MOVED, moves[e.path], e) for e in fresh if e.path in moves),
        *(ChangedFile(Status.ADDED, None, e) for e in fresh if e.path not in moves),
        *(ChangedFile(Status.DELETED, e, None) for e in lost if e.path not in origins),
    ]
    return ChangeSet(base, head, tuple(sorted(files, key=lambda file: (file.path, file.status))))


def _edits(base: Tree, head: Tree) -> Iterator[ChangedFile]:
    for path in unlike(base.entries, head.entries):
        before, after = base.entries.get(path), head.entries[path]
        if before and (before.blob, before.kind) != (after.blob, after.kind):
            yield ChangedFile(Status.EDITED, before, after)


def unlike(base: Mapping[str, Entry], head: Mapping[str, Entry]) -> Iterable[str]:
    """Give the paths of head that may differ from base; in a large tree they are few."""
    return head.unlike(base) if isinstance(head, Entries) and isinstance(base, Entries) else head


def gone(base: Mapping[str, Entry], head: Mapping[str, Entry]) -> Iterable[str]:
    """Give the paths of base that head lacks."""
    if isinstance(head, Entries) and isinstance(base, Entries):
        return head.without(base)
    return base.keys() - head.keys()


def _moves(lost: Sequence[Entry], fresh: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    origins = _by_content(lost)
    for content, targets in _by_content(fresh).items():
        yield from _pair(origins.get(content, []), targets)


def _by_content(entries: Sequence[Entry]) -> dict[tuple[str, EntryKind], list[Entry]]:
    groups: defaultdict[tuple[str, EntryKind], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.path):
        if entry.size or entry.kind is EntryKind.SUBMODULE:
            groups[entry.blob, entry.kind].append(entry)
    return groups


def _pair(origins: Sequence[Entry], targets: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
    if len(origins) * len(targets) > _MOST_PAIRS:
        yield from ((after.path, before) for before, after in zip(origins, targets, strict=False))
        return
    pairs = sorted(
        ((before, after) for before in origins for after in targets),
        key=lambda pair: (_distance(pair[0].path, pair[1].path), pair[0].path, pair[1].path),
    )
    taken: set[tuple[str, str]] = set()
    for before, after in pairs:
        if not taken & {("before", before.path), ("after", after.path)}:
            taken |= {("before", before.path), ("after", after.path)}
            yield after.path, before


def _distance(before: str, after: str) -> tuple[bool, int]:
    """Smaller is closer: another file name weighs more than any difference of folders."""
    left, right = PurePosixPath(before).parts, PurePosixPath(after).parts
    return left[-1] != right[-1], -(_common(left, right) + _common(left[::-1], right[::-1]))


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
