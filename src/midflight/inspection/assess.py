"""From a repository's two trees to one context for each database: everything that rules and plan look at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from midflight.changes.compare import compare_trees
from midflight.changes.model import Blobs, ChangeSet, NotAnalysed, Tree
from midflight.compatibility.attribute import Parts, attribute
from midflight.compatibility.consumers import Consumer, with_consumers
from midflight.compatibility.judge import join, judge
from midflight.compatibility.lasting import with_surfaces
from midflight.compatibility.model import Matrix, OldVersion
from midflight.compatibility.reach import (
    lost_columns,
    owners,
    published_words,
    removed_names,
    reshaped,
    search_words,
    touched_words,
)
from midflight.compatibility.schemas import Schemas, read_schemas
from midflight.compatibility.versions import (
    Old,
    join_versions,
    judge_versions,
    tell,
    together,
    tried_versions,
    with_versions,
)
from midflight.inspection.contraction import Contraction, FindOlder, Stopped
from midflight.inspection.contractions import still_built, stopped_since
from midflight.inspection.elsewhere import read_consumers
from midflight.inspection.later import Looked, Uses, Watched, read_later
from midflight.inspection.model import Context, Deploys
from midflight.inspection.own_tables import with_own_tables
from midflight.inspection.phases import dropped_words, made_by
from midflight.inspection.services import with_services
from midflight.inspection.tables import Tables
from midflight.inspection.unread import doubted, files_of, unread_migrations
from midflight.inspection.versions import BASE_ALONE, Running, Search, olds_of, read_versions
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import DatabaseOptions, find_histories, folders_of
from midflight.operations.model import Opaque
from midflight.references.builds import long_lived, run_where
from midflight.references.find import SearchOptions, find_references
from midflight.references.model import CodeReferences
from midflight.references.paths import is_code
from midflight.references.surfaces import RunsOn, Surfaces


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the change set comes to, before any rule has spoken."""

    contexts: tuple[Context, ...]
    matrix: Matrix
    old_code: CodeReferences
    new_code: CodeReferences
    code_changed: bool = False  # whether files changed that are no migrations
    consumers: tuple[Consumer, ...] = ()  # with what was found in the code of those that were read
    notes: tuple[NotAnalysed, ...] = ()  # on versions that were asked for and are not there
    later: tuple[Contraction, ...] = ()  # what the change stops naming, and when it may be dropped
    unread: tuple[NotAnalysed, ...] = ()  # migrations of the change that are programs

    @property
    def opaque(self) -> tuple[NotAnalysed, ...]:
        """The pending statements that could not be read."""
        steps = (step.operation for context in self.contexts for step in context.steps)
        return tuple(NotAnalysed(o.statement.path, o.statement.line, o.reason) for o in steps if isinstance(o, Opaque))

    def after(self, contexts: tuple[Context, ...]) -> "Assessment":
        """Return what it comes to with contexts whose matrices say more."""
        told = tuple(replace(c, versions=tried_versions(c.versions, c.matrix.old_new)) for c in contexts)
        return replace(self, contexts=told, matrix=doubted(join([context.matrix for context in told]), self.unread))

    def only(self, context: Context) -> "Assessment":
        """Return what the change comes to for one database."""
        later = tuple(each for each in self.later if each.database == context.database.database)
        return replace(
            self,
            contexts=(context,),
            matrix=context.matrix,
            old_code=context.old_code,
            new_code=context.new_code,
            later=later,
        )

    @property
    def versions(self) -> tuple[OldVersion, ...]:
        """The versions that still run, over all databases; none where that is base alone."""
        return join_versions([context.versions for context in self.contexts])


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: the databases (detected when empty), the code, what the pipeline guarantees, and the server.

    `surfaces` say where code runs, `consumers` what code of other repositories uses. By database, with "" for all
    that are not named: `running` says which code runs today, `servers` the server's version, `parts` which code is its.
    """

    databases: tuple[DatabaseOptions, ...] = ()
    code: SearchOptions = field(default_factory=SearchOptions)
    deploys: Deploys = Deploys.TOGETHER
    postgres_version: int = 18
    tables: Tables = field(default_factory=Tables)
    surfaces: Surfaces = field(default_factory=Surfaces)
    consumers: tuple[Consumer, ...] = ()
    running: Mapping[str, Running] = field(default_factory=dict)
    servers: Mapping[str, int] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)
    older: FindOlder | None = None  # asked where something is removed
    watched: Watched = field(default_factory=Watched)


def assess(base: Tree, head: Tree, blobs: Blobs, scope: Scope) -> Assessment:
    """Read both trees and hold old and new code against old and new schema."""
    changes = compare_trees(base, head)
    databases = compare_histories(
        find_histories(base, blobs, scope.databases), find_histories(head, blobs, scope.databases)
    )
    schemas = [read_schemas(database) for database in databases]
    changed = frozenset(entry.blob for file in changes.files for entry in (file.before, file.after) if entry)
    folders = {folder for one in databases for history in (one.base, one.head) for folder in folders_of(history)}
    words, beside = _search(schemas)
    rows = frozenset().union(*(reshaped(one.difference) for one in schemas if one.steps))
    options = replace(scope.code, migration_folders=tuple(sorted(folders)), beside=beside, rows=rows)
    found = find_references(base, head, blobs, words=words, changed=changed, options=options)
    old, new = (
        replace(side, runs_on=run_where(side, tree, blobs, scope.surfaces))
        for side, tree in zip(found, (base, head), strict=True)
    )
    looked = Looked(changes, blobs, options, scope.surfaces, scope.consumers)
    scope = replace(scope, consumers=read_consumers(scope.consumers, words, options))
    search = Search(words, options, scope.databases, scope.surfaces)
    read = read_versions(tuple(scope.running.values()), search)
    contexts = tuple(
        _context(one, schemas, (old, new), olds_of(_running(one, scope), base, old, read), scope) for one in schemas
    )
    missing: tuple[NotAnalysed, ...] = ()
    if any(removed_names(one.difference, one.steps) for one in schemas):
        builds = long_lived((base, head), blobs, scope.surfaces, options)
        contexts = tuple(replace(context, long_lived=builds) for context in contexts)
        contexts, missing = _with_stopped(contexts, base, scope, options)
    contexts = with_own_tables(contexts, head, blobs, options)
    contexts = with_services(contexts, base, head, blobs, options)
    unread = unread_migrations(changes, files_of(databases))
    migrations = {one.migration.path for database in databases for one in database.changes}
    code_changed = _code_changed(changes, migrations | {each.path for each in unread}, options)
    matrix = doubted(join([context.matrix for context in contexts]), unread)
    notes = tuple(dict.fromkeys(note for each in scope.running.values() for note in each.notes))
    uses = [Uses(one, *(attribute(side, one, schemas, scope.parts) for side in (old, new))) for one in schemas]
    later = read_later(uses, looked, scope.watched)
    return Assessment(contexts, matrix, old, new, code_changed, scope.consumers, (*notes, *missing), later, unread)


def _code_changed(changes: ChangeSet, migrations: Collection[str], options: SearchOptions) -> bool:
    return any(is_code(file.path, options) and file.path not in migrations for file in changes.files)


def _with_stopped(
    contexts: tuple[Context, ...], base: Tree, scope: Scope, options: SearchOptions
) -> tuple[tuple[Context, ...], tuple[NotAnalysed, ...]]:
    """Tell what code stopped naming a short while ago, or within the life of its builds, or why that is not known."""
    if scope.older is None:
        return contexts, ()
    names = frozenset().union(*map(dropped_words, contexts))
    stopped = Stopped()
    builds: dict[str, RunsOn] = {}
    missing: tuple[NotAnalysed, ...] = ()
    lives = {runs.days for context in contexts for runs in context.long_lived if runs.days > scope.watched.days}
    for days in sorted({scope.watched.days, *lives}):
        older = scope.older(days)
        if isinstance(older, NotAnalysed):
            missing = (older,)
        elif older and days == scope.watched.days:
            stopped = stopped_since(older, base, names, options)
        elif older:
            builds |= still_built(older, base, names, options, scope.surfaces)
    return tuple(replace(context, stopped=replace(stopped, builds=builds)) for context in contexts), missing


def _search(schemas: Sequence[Schemas]) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """The words to look for, and the tables that must be named beside those which are only columns."""
    words: frozenset[str] = frozenset()
    beside: dict[str, frozenset[str]] = {}
    for one in schemas:
        if one.steps:
            words |= search_words(one.difference, one.before) | touched_words(one.steps)
            words |= {column for _, column, _ in lost_columns(one.steps)} | published_words(one.history, one.steps)
            beside |= owners(one.difference, one.before)
    return words, beside


def _running(one: Schemas, scope: Scope) -> Running:
    return scope.running.get(one.database.database) or scope.running.get("") or BASE_ALONE


def _context(
    one: Schemas,
    schemas: Sequence[Schemas],
    code: tuple[CodeReferences, CodeReferences],
    olds: Sequence[Old],
    scope: Scope,
) -> Context:
    mine_old, mine_new = (attribute(side, one, schemas, scope.parts) for side in code)
    matrix = with_surfaces(judge(one, mine_old, mine_new), mine_old, mine_new)
    if olds:
        olds = tell([replace(old, code=attribute(old.code, one, schemas, scope.parts)) for old in olds])
        mine_old = together(olds)
        matrix = with_versions(matrix, one, mine_old)
    return Context(
        database=one.database,
        steps=one.steps,
        before=one.before,
        after=one.after,
        matrix=with_consumers(matrix, one, scope.consumers, schemas),
        old_code=mine_old,
        new_code=mine_new,
        deploys=scope.deploys,
        history=one.history,
        made=made_by(one.steps, one.before),
        postgres_version=scope.servers.get(one.database.database, scope.postgres_version),
        tables=scope.tables,
        versions=judge_versions(one, olds),
    )
