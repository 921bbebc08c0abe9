"""Holds a revision of a repository against the database that it is deployed to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from midflight.adapters.target.connection import Bounds, open_target
from midflight.adapters.target.contract_gate import read_counted
from midflight.adapters.target.gate import check_standby, read_applied, read_live
from midflight.changes.model import Blobs, Tree
from midflight.compatibility.attribute import attribute
from midflight.compatibility.schemas import read_schemas
from midflight.errors import SettingsError, ToolError
from midflight.inspection.contract_gate import Counted, judge_contraction, judge_removal
from midflight.inspection.gate import Gate, GateOptions, judge_gate, removing_of
from midflight.migrations.applied import Keeps, Record, Row, Standing, standing_of
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories, folders_of
from midflight.migrations.listing import IGNORED
from midflight.migrations.model import History
from midflight.migrations.programs import programs_in, unread_of, with_programs
from midflight.references.find import find_references
from midflight.references.model import CodeReferences, Reference
from midflight.references.paths import is_test
from midflight.references.selecting import written_paths

BOUNDS = Bounds()


Versions = Sequence[tuple[str, Tree, Blobs]]


def alone() -> Versions:
    """No version runs beside the revision."""
    return ()


def gate_of(
    url: str,
    tree: Tree,
    blobs: Blobs,
    options: GateOptions,
    bounds: Bounds = BOUNDS,
    beside: Callable[[], Versions] = alone,
) -> tuple[Gate, History]:
    """Judge a revision; the code is searched before the database is asked, so that the connection is short.

    Where a pending migration only takes away, the versions that run `beside` it are asked whether they name it.
    """
    _require(url)
    histories = find_histories(tree, blobs, options.databases)
    history = _chosen(histories, tree, options.name)
    code = _references(tree, blobs, history, histories, options)
    references = code.references
    with open_target(url, bounds) as target:
        notes = check_standby(target, options.lag)
        rows, record = read_applied(target, history.format, options.query)
        live = read_live(target, references, options.role)
        standing = _standing(history, rows, record, options)
        counted = read_counted(target) if removing_of(history, standing) else Counted()
    live = replace(live, notes=(*notes, *live.notes))
    gate = judge_gate(history, standing, references, live, waits=options.waits)
    if gate.removing:
        versions = [("", references), *_named(beside(), history, histories, options)]
        gate = replace(gate, afterwards=judge_removal(history, standing, gate.removing, versions, counted))
    unread = tuple(f"{item.path} could not be read: {item.reason}" for item in history.not_analysed)
    return replace(gate, notes=(*gate.notes, *unread, *_open(code))), history


def contraction_of(
    url: str, tree: Tree, blobs: Blobs, options: GateOptions, running: Versions = ()
) -> tuple[Gate, History]:
    """Judge whether the migrations that are pending may be applied while a revision runs, and older ones beside it."""
    _require(url)
    histories = find_histories(tree, blobs, options.databases)
    history = _chosen(histories, tree, options.name)
    code = [("", _references(tree, blobs, history, histories, options))]
    code += [(name, _references(each, texts, history, histories, options)) for name, each, texts in running]
    with open_target(url, BOUNDS) as target:
        notes = check_standby(target, options.lag)
        rows, record = read_applied(target, history.format, options.query)
        counted = read_counted(target)
    named = [(name, found.references) for name, found in code]
    standing = _standing(history, rows, record, options)
    if unread := unread_of(standing.pending):
        raise ToolError(
            "What the pending migrations take away is not known, since they are written in code that is not read.",
            where=unread[0].path,
        )
    gate = judge_contraction(history, standing, named, counted)
    left = tuple(note for _, found in code for note in _open(found))
    return replace(gate, notes=(*notes, *gate.notes, *left)), history


def _named(
    running: Versions, history: History, histories: Sequence[History], options: GateOptions
) -> Iterator[tuple[str, Sequence[Reference]]]:
    for name, tree, blobs in running:
        yield name, _references(tree, blobs, history, histories, options).references


def _standing(history: History, rows: Sequence[Row], record: Record, options: GateOptions) -> Standing:
    """Hold what is written down against the history; raises `ToolError` for an end that the history lacks."""
    standing = standing_of(history, rows, record)
    if record.keeps is Keeps.ENDS and standing.foreign and options.waits:
        raise ToolError(
            f"The database is at `{standing.foreign[0]}`, which this revision does not have, so which of its "
            "migrations are applied is not known.",
            then="Deploy a revision that has it; with `gate.pending: needed` only what code names is asked for.",
        )
    return standing


def _open(code: CodeReferences) -> Iterator[str]:
    """Yield what of the code could not be looked at: it may name anything."""
    for what, items in (
        ("of code using the database by a name that only running it tells", code.unresolved),
        ("of code could not be read", code.not_analysed),
    ):
        if items:
            first, plural = items[0], "s" if len(items) > 1 else ""
            yield f"{len(items)} place{plural} {what}, the first at `{first.path}:{first.line}`: {first.reason}"


def _require(url: str) -> None:
    if not url:
        raise SettingsError(("database_url: is missing; set it, or `DATABASE_URL`, to the database's address.",))


def _chosen(histories: Sequence[History], tree: Tree, name: str) -> History:
    """Return the history that is asked about: the only one of PostgreSQL's, or the one that is named.

    Where the folder of one holds no migrations that are read, or no folder does, it is that of migrations in code.
    """
    programs = programs_in(path for path in tree.entries if not is_test(path) and IGNORED.isdisjoint(path.split("/")))
    of_folder = {each.folder: each for each in programs}
    named = [
        each if each.migrations else replace(of_folder.get(each.folder, each), database=each.database)
        for each in histories
    ]
    histories = named or programs
    fitting = [each for each in histories if each.dialect == "postgres"]
    if name:
        fitting = [each for each in fitting if each.database == name]
    if len(fitting) == 1:
        return with_programs(fitting[0], programs)
    names = ", ".join(f"`{each.database}`" for each in histories if each.dialect == "postgres") or "none"
    what = f"`{name}` is no PostgreSQL database" if name else "which database `database_url` is cannot be told"
    raise SettingsError((f"database: {what}; this revision has migrations of: {names}.",))


def _references(
    tree: Tree, blobs: Blobs, history: History, histories: Sequence[History], options: GateOptions
) -> CodeReferences:
    """Return all that the code names, whatever changed."""
    programs = {str(PurePosixPath(each.path).parent) for each in unread_of(history.migrations)}
    folders = tuple(sorted({*programs, *(folder for each in histories for folder in folders_of(each))}))
    code = replace(options.code, migration_folders=folders)
    every = frozenset(tree.entries[path].blob for path in written_paths(tree.entries, code))
    _, found = find_references(tree, tree, blobs, words=frozenset(), changed=every, options=code)
    schemas = [read_schemas(one) for one in compare_histories(tuple(histories), tuple(histories))]
    own = next((each for each in schemas if each.database.head.folder == history.folder), None)
    return attribute(found, own, schemas, options.parts) if own else found
