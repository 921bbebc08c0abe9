"""Lists what code stopped naming: what may be dropped now, and what only later."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import PurePosixPath

from midflight.catalog.dependents import column_blockers, relation_blockers
from midflight.catalog.model import PLATFORM_SCHEMAS, Catalog, Relation
from midflight.catalog.rewrite import identifiers
from midflight.changes.entries import files_at
from midflight.changes.model import Blobs, Tree
from midflight.compatibility.resolve import KEPT_BY_TOOLS
from midflight.compatibility.schemas import read_schemas
from midflight.inspection.contraction import Contraction, Landed, Ledger, Older, Period, Stopped
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import DatabaseOptions, find_histories, folders_of
from midflight.migrations.model import History
from midflight.migrations.next_file import next_file
from midflight.operations.model import Opaque
from midflight.operations.read import read_operations
from midflight.operations.shapes import Routine
from midflight.references.find import LARGEST_SEARCHED
from midflight.references.generated import is_generated
from midflight.references.paths import SearchOptions
from midflight.references.selecting import written_paths
from midflight.references.surfaces import SERVER, RunsOn, Surfaces, projects_of
from midflight.references.words import WordFinder, word_finder

_ENDINGS = ("_id", "_type", "_digest", "_count")
"""What mappers put behind the name that code writes: associations, `has_secure_password`, counter caches."""
_LIBRARIES = (
    "action_mailbox_ action_text_ active_storage_ ahoy_ auth_ blazer_ delayed_jobs django_ flipper_ good_job oban_"
    " pghero_ que_ solid_cable_ solid_cache_ solid_queue_"
).split()
"""How the tables of libraries begin: the library names them, not the code."""
_REPEATS = frozenset({"schema.rb", "structure.sql", "schema.sql"})
"""Files that repeat the whole schema and use nothing of it."""
_EVERY = 7  # days between two trees that are looked at before the exact commit is searched


@dataclass(frozen=True, slots=True)
class _Object:
    history: History
    catalog: Catalog
    on: Relation | Routine
    column: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The names by which code may use it: `password` stands for `password_digest`, which nobody writes out."""
        name = self.column or self.on.name.name
        stems = {name.removesuffix(ending) for ending in _ENDINGS if self.column and name.endswith(ending)}
        return frozenset({name} | stems - {""})


@dataclass(slots=True)
class _Words:
    """Which words the code of a commit names; a content is read once, however many commits have it."""

    tree_of: Callable[[str], Tree]
    blobs: Blobs
    options: SearchOptions
    finder: WordFinder
    by_blob: dict[str, frozenset[str]] = field(default_factory=dict)
    by_commit: dict[str, frozenset[str]] = field(default_factory=dict)

    def keeps(self, sha: str, names: frozenset[str], surfaces: Surfaces) -> RunsOn:
        """Which surface of those that name a word in a commit has the builds that live the longest."""
        entries = self.tree_of(sha).entries
        files = files_at(entries, written_paths(entries, self.options))
        named = [each.path for each in files if not names.isdisjoint(self.by_blob.get(each.blob, frozenset()))]
        projects = projects_of(entries)
        return max((surfaces.runs_on(path, projects) for path in named), key=lambda runs: runs.days, default=SERVER)

    def of(self, sha: str) -> frozenset[str]:
        if sha not in self.by_commit:
            entries = self.tree_of(sha).entries
            files = files_at(entries, written_paths(entries, self.options))
            used = (each for each in files if PurePosixPath(each.path).name not in _REPEATS)
            wanted = {each.blob for each in used if each.size <= LARGEST_SEARCHED}
            for blob, text in self.blobs.read(sorted(wanted - self.by_blob.keys())):
                named = () if is_generated("", text) else self.finder.occurrences(text)
                self.by_blob[blob] = frozenset(word for _, word in named)
            self.by_commit[sha] = frozenset().union(*(self.by_blob.get(blob, frozenset()) for blob in wanted))
        return self.by_commit[sha]


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
    words = _Words(tree_of, blobs, options, finder)
    silent = [each for each in objects if each.words.isdisjoint(words.of(line[0].sha))]
    silent = _without_parts(silent)
    since = _since(line, _days_before(today, period.lookback))
    found = [(each, at) for each in silent if (at := _stopped(each.words, since, words)) is not None]
    where = surfaces or Surfaces()
    contractions = [
        _contraction(each, since[at], words.keeps(since[at + 1].sha, each.words, where), period, today)
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
    words = _Words(trees.__getitem__, older.blobs, options, word_finder(names, singular=True))
    return Stopped(words.of(older.tree.revision) - words.of(base.revision), older.days)


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


def _objects(head: Tree, blobs: Blobs, databases: tuple[DatabaseOptions, ...]) -> Iterator[_Object]:
    histories = find_histories(head, blobs, databases)
    for change in compare_histories(histories, histories):
        if change.head.dialect != "postgres":
            continue
        catalog = read_schemas(change).after
        for name, relation in catalog.relations.items():
            if relation.is_table and name.schema not in PLATFORM_SCHEMAS and not _of_library(name.name):
                yield _Object(change.head, catalog, relation)
                yield from (_Object(change.head, catalog, relation, each.name) for each in relation.columns)
        own = (routine for key, routine in catalog.routines.items() if key.name.schema not in PLATFORM_SCHEMAS)
        yield from (_Object(change.head, catalog, routine) for routine in own)


def _of_library(table: str) -> bool:
    return table in KEPT_BY_TOOLS or table.startswith(tuple(_LIBRARIES))


def _without_parts(silent: Sequence[_Object]) -> list[_Object]:
    """Leave out the columns of tables that go as a whole."""
    tables = (each for each in silent if not each.column and isinstance(each.on, Relation))
    whole = {(each.history.database, each.on.name) for each in tables}
    return [each for each in silent if not each.column or (each.history.database, each.on.name) not in whole]


def _since(line: Sequence[Landed], first: str) -> list[Landed]:
    """Take the commits since a day and the one before them, whose tree was in force on that day."""
    count = sum(1 for each in line if each.day >= first)
    return list(line[: count + 1])


def _stopped(names: frozenset[str], line: Sequence[Landed], words: _Words) -> int | None:
    """Return the place of the commit that took the last use away, None where no tree that is looked at has one."""
    newer = 0
    for at in _sampled(line):
        if not names.isdisjoint(words.of(line[at].sha)):
            return _first_without(names, newer, at, line, words)
        newer = at
    return None


def _first_without(names: frozenset[str], newer: int, older: int, line: Sequence[Landed], words: _Words) -> int:
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
        if each.day <= _days_before(last, _EVERY) or at == len(line) - 1:
            last = each.day
            yield at


def _contraction(each: _Object, stopped: Landed, keeps: RunsOn, period: Period, today: str) -> Contraction:
    after = _days_before(stopped.day, -max(period.days, keeps.days))
    what = f"{each.on.name.short} {each.column}".strip()
    file = next_file(each.history, f"drop {what}", max(today, after))
    prolonged = keeps if keeps.days > period.days else SERVER
    signature = _signature(each.on) if isinstance(each.on, Routine) else ""
    return Contraction(
        each.history.database,
        each.on.name,
        each.column,
        stopped,
        after,
        tuple(dict.fromkeys(_dependents(each))),
        signature,
        file,
        prolonged,
    )


def _signature(routine: Routine) -> str:
    return f"{routine.kind.value} {routine.name}({', '.join(routine.key.types)})"


def _dependents(each: _Object) -> Iterator[str]:
    """Name what stands in the way, and the routines whose body has its name, which the server does not look into."""
    needed = {each.on.name.name} | ({each.column} if each.column else set())
    match each.on:
        case Routine(name=name):
            for trigger in each.catalog.triggers.values():
                if trigger.function.may_mean(name):
                    yield f"trigger {trigger.name} on table {trigger.table.short}"
        case relation if each.column:
            yield from (what for _, what in column_blockers(each.catalog, relation, each.column))
        case relation:
            yield from (what for _, what in relation_blockers(each.catalog, relation))
    for key, routine in each.catalog.routines.items():
        if routine != each.on and needed <= identifiers(routine.body):
            yield f"function {key.name.short}"


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
