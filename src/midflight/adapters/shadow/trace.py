"""What a statement locked, scanned, built and rewrote of the relations that were there before the change set."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from midflight.adapters.shadow.session import Session
from midflight.catalog.cost_model import Lock, Work
from midflight.operations.shapes import Name
from midflight.proof.costs import WEAK

_KINDS = "'r', 'p', 'm', 'v', 'f', 'i'"
_FIRST = f"""
SELECT c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text, pg_relation_filenode(c.oid)::int8,
  pg_stat_get_xact_numscans(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ({_KINDS}) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""  # noqa: S608 - put together from constants of this file
# between the statements of a stranger every word is qualified: the search path is theirs
_LOCKS = """
SELECT l.relation::pg_catalog.int8, l.mode FROM pg_catalog.pg_locks l
WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND l.locktype OPERATOR(pg_catalog.=) 'relation'
AND l.granted
"""
_NOW = """
SELECT c.oid::pg_catalog.int8, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text,
  pg_catalog.pg_relation_filenode(c.oid)::pg_catalog.int8, pg_catalog.pg_stat_get_xact_numscans(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.oid OPERATOR(pg_catalog.=) ANY ('{%s}'::pg_catalog.oid[])
"""
_KEYS = "SELECT con.conname::text, con.conrelid::int8 FROM pg_constraint con WHERE con.conrelid <> 0"
_WORK = (
    (re.compile(r'^building index "[^"]+" on table "(?P<name>[^"]+)"'), Work.INDEX_BUILD),
    (re.compile(r'^verifying table "(?P<name>[^"]+)"'), Work.SCAN),
    (re.compile(r'^rewriting table "(?P<name>[^"]+)"'), Work.REWRITE),
)
_VALIDATING = re.compile(r'^validating foreign key constraint "(?P<name>[^"]+)"')
_EMPTIES = re.compile(r"^\s*truncate\b|\bwith\s+no\s+data\s*$", re.IGNORECASE)
"""Statements whose new files are empty: that is no rewrite."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation as it stands: its name, kind, file, and how often this transaction has scanned it."""

    name: Name
    kind: str
    file: int
    scans: int


@dataclass(frozen=True, slots=True)
class Moment:
    """What is held, and the relations from before as they stand."""

    relations: dict[int, Relation]
    locks: dict[int, Lock]


class Tracer:
    """Looks at the relations from before, in the session that runs the statements."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last = Moment(_relations(session.rows(_FIRST)), {})

    def begin(self) -> None:
        """Forget what a transaction held: it has ended, or begins."""
        scans = {oid: Relation(r.name, r.kind, r.file, 0) for oid, r in self._last.relations.items()}
        self._last = Moment(scans, {})

    def look(self) -> tuple[Moment, Moment]:
        """Return how it was at the last look, and how it is now."""
        before, oids = self._last, ",".join(map(str, self._last.relations))
        relations = _relations(self._session.rows(_NOW % oids))
        self._last = Moment(relations, _locks(self._session.rows(_LOCKS), before.relations))
        return before, self._last


def _relations(rows: Iterable[tuple[object, ...]]) -> dict[int, Relation]:
    return {
        int(str(oid)): Relation(Name(str(name), str(schema)), str(kind), int(str(file or 0)), int(str(scans or 0)))
        for oid, schema, name, kind, file, scans in rows
    }


def _locks(rows: Iterable[tuple[object, ...]], known: dict[int, Relation]) -> dict[int, Lock]:
    found: dict[int, Lock] = {}
    for oid, mode in rows:
        number, lock = int(str(oid)), _lock(str(mode))
        if number in known and lock not in WEAK and (number not in found or lock.rank > found[number].rank):
            found[number] = lock
    return found


def _lock(mode: str) -> Lock:
    """`AccessExclusiveLock` as SQL writes it; a predicate lock of a serializable transaction blocks nothing."""
    words = " ".join(re.findall(r"[A-Z][a-z]+", mode.removesuffix("Lock"))).upper()
    return Lock(words) if words in {lock.value for lock in Lock} else Lock.ACCESS_SHARE


def new_locks(before: Moment, now: Moment) -> dict[Name, Lock]:
    """Return the locks that a statement took; those on indexes only where they shut readers out."""
    found = {}
    for oid, lock in now.locks.items():
        relation, held = before.relations[oid], before.locks.get(oid)
        if (held is None or lock.rank > held.rank) and relation.kind != "i":
            found[relation.name] = lock
    return found


def all_locks(before: Moment, now: Moment) -> dict[Name, Lock]:
    """Return every lock that is held, by the names that the relations had before the statement."""
    return {before.relations[oid].name: lock for oid, lock in now.locks.items()}


def scanned(before: Moment, now: Moment) -> frozenset[Name]:
    """Return the relations that a statement read from end to end."""
    olds = before.relations
    return frozenset(olds[oid].name for oid, r in now.relations.items() if oid in olds and r.scans > olds[oid].scans)


def work_of(
    sql: str,
    before: Moment,
    now: Moment,
    messages: Iterable[str],
    keys: dict[str, int],
    *,
    expected: Collection[Name] = (),
) -> dict[Name, Work]:
    """Return what was rewritten, built or verified: from the relations' files and from the server's own messages.

    A message names a table without its schema: of several the one that is locked is meant, then one that is `expected`.
    """
    found: dict[Name, Work] = {}
    if not _EMPTIES.search(sql):
        for oid, relation in now.relations.items():
            old = before.relations.get(oid)
            if old is not None and relation.kind in {"r", "m"} and old.file != relation.file:
                found[old.name] = Work.REWRITE
        meant = [*now.locks, *(oid for oid, relation in before.relations.items() if relation.name in expected)]
        likely = dict.fromkeys([*meant, *before.relations])
        tables = [before.relations[oid].name for oid in likely]
        for message in messages:
            _heard(message, tables, before, keys, found)
    return found


def _heard(message: str, tables: Sequence[Name], before: Moment, keys: dict[str, int], found: dict[Name, Work]) -> None:
    validated = _VALIDATING.match(message)
    if validated:
        relation = before.relations.get(keys.get(validated["name"], 0))
        names, work = [relation.name] if relation else [], Work.SCAN
    else:
        match, work = next(((m, w) for pattern, w in _WORK if (m := pattern.match(message))), (None, Work.NONE))
        names = [name for name in tables if match and name.name == match["name"]]
    for name in names[:1]:
        if work.rank > found.get(name, Work.NONE).rank:
            found[name] = work


def constraint_tables(session: Session) -> dict[str, int]:
    """Return the table of each constraint, by the constraint's name."""
    return {str(name): int(table) for name, table in session.rows(_KEYS)}
