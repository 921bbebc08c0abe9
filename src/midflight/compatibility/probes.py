"""Probes: for a reference the statement that shows on a server whether it holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from midflight.catalog.model import Catalog
from midflight.compatibility.resolve import name_of
from midflight.operations.dialects.postgres.single import NotSingleError, single_query
from midflight.references.model import (
    Access,
    Api,
    Reference,
    RoutineReference,
    TableReference,
    Verb,
)
from midflight.references.numbering import NotNumberedError, numbered

_QUIET = frozenset({Verb.MENTION, Verb.WATCH})
_MOST_COLUMNS = 1_600  # of one table ("PostgreSQL Limits")


@dataclass(frozen=True, slots=True)
class Probe:
    """One statement with `$1`, `$2`, ... for its `parameters`, and what it does ("select", ..., "call").

    It is only ever planned; a call is only analysed, since a server plans none.
    """

    sql: str
    parameters: int = 0
    does: str = "select"


@dataclass(frozen=True, slots=True)
class NoProbe:
    """Why a reference has no probe; empty where it runs nothing that could fail."""

    reason: str = ""


def probe_of(reference: Reference, *catalogs: Catalog) -> Probe | NoProbe:
    """Return the probe of a reference.

    `catalogs` are those that may know an embedded relation: in PostgREST the name may also be a foreign key's or a
    column's, which no statement has.
    """
    if isinstance(reference, TableReference) and (reference.typed or reference.verb in _QUIET):
        return NoProbe()
    if reference.query:
        return _of_text(reference.query)
    if isinstance(reference, RoutineReference):
        return _call(reference)
    if reference.embedded and not any(catalog.relation(name_of(reference)) for catalog in catalogs):
        return NoProbe(f"`{reference.table}` is embedded by the name of a foreign key or a column")
    if len(reference.columns) > _MOST_COLUMNS:
        return NoProbe("it names more columns than a table can have")
    return _statement(reference)


@lru_cache(maxsize=4_096)
def _of_text(text: str) -> Probe | NoProbe:
    """The code's own statement, where it is one query in PostgreSQL's grammar."""
    try:
        sql, parameters = numbered(text)
        return Probe(sql.strip().rstrip(";"), parameters, single_query(sql))
    except (NotNumberedError, NotSingleError) as error:
        return NoProbe(str(error))


def quoted(name: str) -> str:
    """Return a name as SQL takes it unchanged."""
    return '"' + name.replace('"', '""') + '"'


def _object(reference: Reference) -> str:
    name = name_of(reference)
    return f"{quoted(name.schema)}.{quoted(name.name)}" if name.schema else quoted(name.name)


def _call(reference: RoutineReference) -> Probe | NoProbe:
    """The call as PostgREST resolves it: by the names of the arguments."""
    names = reference.arguments or ()
    if reference.arguments is None and reference.count is None:
        return NoProbe(f"the arguments of `{reference.routine}` are put together when it runs")
    first = reference.count or 0
    given = [f"${at}" for at in range(1, first + 1)]
    given += [f"{quoted(name)} => ${at}" for at, name in enumerate(names, first + 1)]
    return Probe(" ".join(("select * from", f"{_object(reference)}({', '.join(given)})")), len(given))


def _statement(reference: TableReference) -> Probe:
    """The statement that a client library or a mapper sends, as far as the columns are known."""
    reads, writes = _named(reference, Access.READ), _named(reference, Access.WRITE)
    table = _object(reference)
    match reference.verb:
        case Verb.INSERT | Verb.UPSERT:
            return _insert(reference, table, writes, reads)
        case Verb.UPDATE if writes:
            sets = ", ".join(f"{quoted(name)} = ${at}" for at, name in enumerate(writes, 1))
            words = ("update", table, "as t set", sets, *_where(reads), *_returning(reference, ()))
            return Probe(" ".join(words), len(writes), "update")
        case Verb.DELETE:
            return Probe(
                " ".join(("delete from", table, "as t", *_where(reads), *_returning(reference, ()))), 0, "delete"
            )
    return Probe(" ".join(("select", _listed(reference, reads) or "1", "from", table, "as t")))


def _insert(reference: TableReference, table: str, writes: list[str], reads: list[str]) -> Probe:
    values = ", ".join(f"${at}" for at in range(1, len(writes) + 1))
    rows = f"({', '.join(map(quoted, writes))}) values ({values})" if writes else "default values"
    words = ("insert into", table, "as t", rows, *_conflict(reference, writes), *_returning(reference, reads))
    return Probe(" ".join(words), len(writes), "insert")


def _conflict(reference: TableReference, writes: list[str]) -> Iterator[str]:
    if reference.conflict_name:
        yield f"on conflict on constraint {quoted(reference.conflict_name)}"
    elif reference.conflict:
        yield f"on conflict ({', '.join(map(quoted, reference.conflict))})"
    else:
        return
    sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in writes)
    yield f"do update set {sets}" if sets else "do nothing"


def _where(reads: list[str]) -> Iterator[str]:
    if reads:
        yield "where " + " and ".join(f"t.{quoted(name)} is not null" for name in reads)


def _returning(reference: TableReference, reads: Iterable[str]) -> Iterator[str]:
    if listed := _listed(reference, reads):
        yield f"returning {listed}"


def _listed(reference: TableReference, reads: Iterable[str]) -> str:
    return ", ".join((["t.*"] if reference.star else []) + [f"t.{quoted(name)}" for name in reads])


def _named(reference: TableReference, access: Access) -> list[str]:
    """The columns that are surely this table's."""
    return list(dict.fromkeys(use.name for use in reference.columns if use.access is access and not use.shared))


def is_by_clients(reference: Reference) -> bool:
    """Return whether PostgREST runs it, as the role that the caller's token names."""
    return reference.api is Api.POSTGREST
