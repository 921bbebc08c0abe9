"""Whether a revision may be deployed: its code and its migrations, held against the database that is in use."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from midflight.catalog.fold import fold_all
from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Catalog, Relation
from midflight.compatibility.attribute import Parts
from midflight.compatibility.embedding import ways
from midflight.compatibility.model import BreakKind
from midflight.compatibility.resolve import Fault, name_of, resolve
from midflight.inspection.lacking import Expected, Lacking, lacking, refusals
from midflight.inspection.out_of_step import out_of_step
from midflight.migrations.applied import Standing
from midflight.migrations.model import DatabaseOptions, History, Migration
from midflight.migrations.programs import unread_of
from midflight.operations import model as op
from midflight.operations.model import Operation
from midflight.operations.read import read_operations
from midflight.references.find import SearchOptions
from midflight.references.model import Access, Place, Reference, RoutineReference, TableReference, Verb

_LEAVING = (
    op.DropTable,
    op.DropColumn,
    op.DropRoutine,
    op.DropView,
    op.DropIndex,
    op.DropConstraint,
    op.DropTrigger,
    op.DropType,
    op.DropSequence,
)
_NEXT = re.compile(r"nextval\('([^']+)'::regclass\)")
_QUIET = (op.SetSetting, op.TransactionControl, op.Comment, op.LockTable, op.Maintenance)
_NEEDED = {
    Verb.SELECT: (),
    Verb.INSERT: ("INSERT",),
    Verb.UPDATE: ("UPDATE",),
    Verb.UPSERT: ("INSERT", "UPDATE"),
    Verb.DELETE: ("DELETE",),
}
"""What a verb needs on the columns that it writes, beside SELECT on those that it reads ("GRANT", PostgreSQL)."""
_Made = tuple[Migration, Catalog, Catalog]
"""A pending migration with the catalog before and after it."""


class Verdict(StrEnum):
    """Whether to deploy."""

    GO = "go"
    NO_GO = "no-go"


@dataclass(frozen=True, slots=True)
class GateOptions:
    """What to hold against what: `name` is the database's where there are several, `query` the team's for its history.

    With `waits` pending migrations that add something are a reason of their own; a standby may be `lag` seconds behind.
    """

    databases: tuple[DatabaseOptions, ...] = ()
    code: SearchOptions = field(default_factory=SearchOptions)
    parts: Parts = field(default_factory=dict)
    name: str = ""
    role: str = ""
    query: str = ""
    waits: bool = True
    lag: float = 30.0


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role may do: of relations by (schema, name, column or ""), of routines by (schema, name).

    `decides` says that the role is the one that the configuration names, so that what it lacks is certain to fail.
    """

    role: str
    tables: Mapping[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    routines: frozenset[tuple[str, str]] = frozenset()
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """The database that is in use: its catalog, what its role may do, and what it refuses of the code's own SQL.

    `refused` is by statement the SQLSTATE and the server's words. `tried` counts the statements, `notes` are sentences
    on what could not be asked and on a standby that lags.
    """

    catalog: Catalog
    rights: Rights | None = None
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tried: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A line of code that fails on the database, and the pending migration that makes what it lacks (None: none).

    It is not `sure` where a pending migration that is not read whole may make it, or where it is of another database.
    """

    kind: BreakKind
    object: str
    place: Place
    detail: str
    sqlstate: str
    text: str = ""
    migration: Migration | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer: `reasons` are why not, empty for a go."""

    verdict: Verdict
    reasons: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]
    standing: Standing
    removing: tuple[Migration, ...] = ()  # pending ones that only take away: they come after the code
    checked: int = 0
    tried: int = 0
    notes: tuple[str, ...] = ()
    contract: bool = False  # whether it was asked if the pending migrations may be applied
    afterwards: "Gate | None" = None  # whether `removing` may be applied once the code is out; None where nobody asked


def judge_gate(
    history: History, standing: Standing, references: Sequence[Reference], live: Live, *, waits: bool = True
) -> Gate:
    """Judge a revision.

    With `waits` a pending migration that adds something is a reason of its own, whether or not code is seen to need it.
    """
    made_at, expected = _folded(history, standing, live.catalog)
    found = [(each, lacking(each, live.catalog, expected)) for each in references]
    found += refusals(found, live.refused, expected)
    obstacles = tuple(_obstacles(found, made_at, live))
    needed = {id(each.migration) for each in obstacles}
    removing = tuple(each for each in removing_of(history, standing) if id(each) not in needed)
    adding = [each for each in standing.pending if each not in removing]
    reasons = tuple(_reasons(obstacles, standing, adding if waits else ()))
    nowhere = len({each.place for each, missed in found if missed.nowhere})
    notes = (*live.notes, *out_of_step(history, standing), *_unread(history), *_unasked(live), *_unknown(nowhere))
    verdict = Verdict.NO_GO if reasons else Verdict.GO
    return Gate(verdict, reasons, obstacles, standing, removing, len(references), live.tried, notes)


def removing_of(history: History, standing: Standing) -> tuple[Migration, ...]:
    """Return the pending migrations that only take away."""
    return tuple(each for each in standing.pending if _only_removes(each, history.dialect))


def _reasons(obstacles: Sequence[Obstacle], standing: Standing, adding: Sequence[Migration]) -> Iterator[str]:
    count = len({each.place for each in obstacles if each.sure})
    if count:
        yield f"{count} line{'s' if count > 1 else ''} of code would fail on this database"
    if adding:
        yield f"{len(adding)} pending migration{'s' if len(adding) > 1 else ''} must be applied before the code"
    if standing.failed:
        count = len(standing.failed)
        yield f"{count} migration{'s' if count > 1 else ''} broke off and must be repaired"
    count = len({each.place for each in obstacles if not each.sure})
    if count and not adding:
        names = "lines name" if count > 1 else "line names"
        yield f"{count} {names} what a pending migration that is not read whole may make"


def _folded(history: History, standing: Standing, live: Catalog) -> tuple[list[_Made], Expected | None]:
    """Return what each pending migration finds and leaves, and what is to be there; None where they are not read."""
    coming = live
    catalog, pending = initial_catalog(history.format), {id(each) for each in standing.pending}
    made: list[_Made] = []
    for migration in history.migrations:
        before = catalog
        operations = _operations(migration, history.dialect)
        catalog = fold_all(before, operations, migration=migration.version)
        if id(migration) in pending:
            made.append((migration, before, catalog))
            coming = fold_all(coming, operations, migration=migration.version)
    return made, None if unread_of(standing.pending) else Expected(catalog, coming)


def _operations(migration: Migration, dialect: str) -> tuple[Operation, ...]:
    return read_operations(migration.up, dialect=dialect)


def _only_removes(migration: Migration, dialect: str) -> bool:
    found = [each for each in _operations(migration, dialect) if not isinstance(each, _QUIET)]
    return bool(found) and all(isinstance(each, _LEAVING) for each in found)


def _obstacles(found: Iterable[tuple[Reference, Lacking]], made_at: Sequence[_Made], live: Live) -> Iterator[Obstacle]:
    seen: set[tuple[BreakKind, str, Place]] = set()
    for reference, missed in found:
        for fault in (*missed.stops, *missed.may, *_forbidden(reference, live)):
            key = (fault.kind, fault.object, fault.place)
            if key in seen:
                continue
            seen.add(key)
            migration = _maker(reference, fault, made_at)
            told = (fault.kind, fault.object, fault.place, fault.detail, fault.sqlstate, reference.text, migration)
            yield Obstacle(*told, sure=fault not in missed.may or migration is not None)


def _maker(reference: Reference, fault: Fault, made_at: Sequence[_Made]) -> Migration | None:
    for migration, before, after in made_at:
        if _has(reference, fault, before) and not _has(reference, fault, after):
            return migration
    return None


def _has(reference: Reference, fault: Fault, catalog: Catalog) -> bool:
    if fault.kind is BreakKind.RELATIONSHIP and isinstance(reference, TableReference):
        return ways(reference, catalog) != 1
    found = resolve(reference, catalog, catalog)
    same = (each.object == fault.object or fault.object.startswith(f"{each.object}.") for each in found.faults)
    return bool(found.unknown) or any(same)


def _forbidden(reference: Reference, live: Live) -> Iterator[Fault]:
    rights = live.rights
    if rights is None or not rights.decides:
        return
    name = name_of(reference)
    if isinstance(reference, RoutineReference):
        there = live.catalog.routines_named(name)
        if there and not any((each.name.schema, each.name.name) in rights.routines for each in there):
            detail = f"`{rights.role}` may not execute it"
            yield Fault(BreakKind.PRIVILEGE, name.short, reference.place, "42501", detail)
        return
    relation = live.catalog.relation(name)
    if relation is None or reference.typed or reference.verb not in _NEEDED:
        return
    for wanted, column in _wanted(reference, relation, rights):
        where = f"{relation.name.short}.{column}" if column else relation.name.short
        detail = f"`{rights.role}` has no {wanted}" + ("" if " on " in wanted else " on it")
        yield Fault(BreakKind.PRIVILEGE, where, reference.place, "42501", detail)


def _wanted(reference: TableReference, relation: Relation, rights: Rights) -> Iterator[tuple[str, str]]:
    """What the role lacks: a right on the table, or on a column that is named."""
    written, read = (
        [use.name for use in reference.columns if not use.shared and use.access is access]
        for access in (Access.WRITE, Access.READ)
    )
    for right in _NEEDED[reference.verb]:
        yield from _lacked(right, written if right != "DELETE" else [], relation, rights)
    if reference.verb in {Verb.INSERT, Verb.UPSERT}:
        yield from _numbering(relation, frozenset(written), rights)
    every = [column.name for column in relation.columns] if reference.star else []
    if read or every or reference.verb is Verb.SELECT:
        yield from _lacked("SELECT", every or read, relation, rights)


def _numbering(relation: Relation, written: frozenset[str], rights: Rights) -> Iterator[tuple[str, str]]:
    """A default that takes a number needs USAGE on its sequence, an identity column does not."""
    for column in relation.columns:
        found = _NEXT.search(column.default or "") if column.name not in written else None
        if found is None:
            continue
        *schema, name = (part.replace('"', "") for part in found[1].split("."))
        given = rights.tables.get((schema[0] if schema else relation.name.schema, name, ""))
        if given is not None and not given & {"USAGE", "UPDATE"}:
            yield f"USAGE on the sequence `{name}`", column.name


def _lacked(right: str, columns: Sequence[str], relation: Relation, rights: Rights) -> Iterator[tuple[str, str]]:
    """A right on the table counts for every column; where no column is named, one on any column is enough."""
    where = (relation.name.schema, relation.name.name)
    if right in rights.tables.get((*where, ""), frozenset()):
        return
    known = [column.name for column in relation.columns]
    allowed = {name for name in known if right in rights.tables.get((*where, name), frozenset())}
    missing = [name for name in columns if name in known and name not in allowed]
    if not allowed or len(missing) == len(known):
        yield right, ""
    else:
        yield from ((right, name) for name in dict.fromkeys(missing))


def _unread(history: History) -> Iterator[str]:
    unread = unread_of(history.migrations)
    if unread:
        which = "the migrations" if len(unread) == len(history.migrations) else f"{len(unread)} of the migrations"
        yield f"{which} are written in code: which are applied was compared by name, what they do was not read"


def _unasked(live: Live) -> Iterator[str]:
    if live.rights is not None and not live.rights.decides:
        yield (
            f"rights were not checked: `databases[].role` does not name the application's role, and this login is "
            f"`{live.rights.role}`"
        )


def _unknown(count: int) -> Iterator[str]:
    if count:
        plural = "places name" if count > 1 else "place names"
        yield f"{count} {plural} what neither the migrations nor the database have, or what fails on both alike"
