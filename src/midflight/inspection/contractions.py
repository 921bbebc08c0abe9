"""Lists what code stopped naming: what may be dropped now, and what only later."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from midflight.changes.model import Blobs, Tree
from midflight.compatibility.schemas import read_schemas
from midflight.inspection.contraction import Landed, Ledger, Older, Period, Stopped
from midflight.inspection.droppable import Droppable, contraction, days_before, droppable, without_parts
from midflight.inspection.named_words import NamedWords
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import DatabaseOptions, find_histories, folders_of
from midflight.migrations.model import History
from midflight.operations.model import Opaque
from midflight.operations.read import read_operations
from midflight.references.paths import SearchOptions
from midflight.references.surfaces import RunsOn, Surfaces
from midflight.references.words import word_finder

_EVERY = 7  # days between two trees that are looked at before the exact commit is searched


def read_ledger(  # noqa: PLR0913 - a history is its commits, how to open them, and where in them to look
    line: Sequence[Landed],
    tree_of: Callable[[str], Tree],
    blobs: Blobs,
    *,
    databases: tuple[DatabaseOptions, ...],
    code: SearchOptions,
    period: Period,
    today: str,
    surfaces: Surfaces | None = None,
) -> Ledger:
    """Return the ledger of a branch, whose commits are given newest first.

    A word anywhere in code counts as a use, so that an object is rather left out than listed wrongly.
    """
    head = tree_of(line[0].sha)
    histories = find_histories(head, blobs, databases)
    objects = list(_objects(head, blobs, databases))
    folders = {folder for history in histories for folder in folders_of(history)}
    options = SearchOptions(
        ignore=code.ignore, roots=code.roots, tests=code.tests, migration_folders=tuple(sorted(folders))
    )
    finder = word_finder(frozenset().union(*(each.words for each in objects)), singular=True)
    words = NamedWords(tree_of, blobs, options, finder)
    silent = [each for each in objects if each.words.isdisjoint(words.of(line[0].sha))]
    silent = without_parts(silent)
    since = _since(line, days_before(today, period.lookback))
    found = [(each, at) for each in silent if (at := _stopped(each.words, since, words)) is not None]
    where = surfaces or Surfaces()
    contractions = [
        contraction(each, since[at], words.keeps(since[at + 1].sha, each.words, where), period.days, today)
        for each, at in found
    ]
    contractions.sort(key=lambda each: (each.after, each.table.short, each.column))
    return Ledger(
        tuple(each for each in contractions if each.after < today),
        tuple(each for each in contractions if each.after >= today),
        len(silent) - len(found),
        tuple(dict.fromkeys(_unread(histories))),
    )


def stopped_since(older: Older, base: Tree, names: frozenset[str], options: SearchOptions) -> Stopped:
    """Return which of the names code of then has and code of base has not, as words anywhere in it."""
    trees = {each.revision: each for each in (older.tree, base)}
    words = NamedWords(trees.__getitem__, older.blobs, options, word_finder(names, singular=True))
    return Stopped(words.of(older.tree.revision) - words.of(base.revision), older.days)


def still_built(
    older: Older, base: Tree, names: frozenset[str], options: SearchOptions, surfaces: Surfaces
) -> Mapping[str, RunsOn]:
    """Return which of the names base has not and code of then has, whose builds live for as many days, and where."""
    trees = {each.revision: each for each in (older.tree, *older.since, base)}
    words = NamedWords(trees.__getitem__, older.blobs, options, word_finder(names, singular=True))
    found: dict[str, RunsOn] = {}
    for revision in trees:
        for name in (names & words.of(revision)) - words.of(base.revision):
            keeps = words.keeps(revision, frozenset({name}), surfaces)
            if keeps.days >= older.days:
                found[name] = max(keeps, found.get(name, keeps), key=lambda runs: runs.days)
    return found


def _unread(histories: Sequence[History]) -> Iterator[str]:
    for history in histories:
        if history.dialect != "postgres":
            yield f"{history.folder} is {history.dialect}, and only PostgreSQL is read here"
            continue
        yield from (f"{item.path}:{item.line}: {item.reason}" for item in history.not_analysed)
        for migration in history.migrations:
            for operation in read_operations(migration.up, dialect=history.dialect):
                if isinstance(operation, Opaque):
                    at = operation.statement
                    yield f"{at.path}:{at.line}: {operation.reason}"


def _objects(head: Tree, blobs: Blobs, databases: tuple[DatabaseOptions, ...]) -> Iterator[Droppable]:
    histories = find_histories(head, blobs, databases)
    for change in compare_histories(histories, histories):
        if change.head.dialect == "postgres":
            yield from droppable(change.head, read_schemas(change).after)


def _since(line: Sequence[Landed], first: str) -> list[Landed]:
    """Take the commits since a day and the one before them, whose tree was in force on that day."""
    count = sum(1 for each in line if each.day >= first)
    return list(line[: count + 1])


def _stopped(names: frozenset[str], line: Sequence[Landed], words: NamedWords) -> int | None:
    """Return the place of the commit that took the last use away, None where no tree that is looked at has one."""
    newer = 0
    for at in _sampled(line):
        if not names.isdisjoint(words.of(line[at].sha)):
            return _first_without(names, newer, at, line, words)
        newer = at
    return None


def _first_without(names: frozenset[str], newer: int, older: int, line: Sequence[Landed], words: NamedWords) -> int:
    while older - newer > 1:
        middle = (newer + older) // 2
        if not names.isdisjoint(words.of(line[middle].sha)):
            older = middle
        else:
            newer = middle
    return newer


def _sampled(line: Sequence[Landed]) -> Iterator[int]:
    """Give the places of about one commit for each week, and of the last one."""
    last = line[0].day
    for at, each in enumerate(line):
        if each.day <= days_before(last, _EVERY) or at == len(line) - 1:
            last = each.day
            yield at
