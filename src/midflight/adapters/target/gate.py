"""Reads from a database in use what the gate asks: what is applied, what is there, who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from midflight.adapters.live_catalog import read_catalog
from midflight.adapters.target.connection import QueryError, Target
from midflight.compatibility.probes import NoProbe, probe_of
from midflight.errors import SettingsError, ToolError
from midflight.inspection.gate import Live, Rights
from midflight.migrations.applied import RECORDS, SCHEMAS, Record, Row
from midflight.operations.shapes import quote
from midflight.references.model import Reference

if TYPE_CHECKING:
    from midflight.adapters.target.connection import Connection

MOST_STATEMENTS = 1000
_MOST_ROWS = 100_000
_NAME = "midflight_gate"
_OTHERWISE = frozenset({"errorMissingRTE", "op_error"})
"""Where the server finds that a query names a table that its FROM lacks, so that it is part of another query, and that
no operator takes the values (`parse_relation.c`, `parse_oper.c`): with the SQLSTATE of an object that does not exist.
"""
_SETTING = "databases[].applied"
_WHERE = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s AND c.relkind IN ('r', 'p', 'v')
ORDER BY n.nspname <> %s, NOT pg_table_is_visible(c.oid), n.nspname <> 'public', n.nspname LIMIT 1
"""
_USED = """
SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
"""
# A standby that lost its primary has replayed all it received too: only with a receiver does that mean "not behind".
_STANDBY = """
SELECT pg_is_in_recovery(), CASE WHEN NOT pg_is_in_recovery() THEN 0
WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END::float
"""
_ROLE = "SELECT count(*) FROM pg_roles WHERE rolname = %s"
_TABLES = """
SELECT n.nspname, c.relname, '', ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
WHERE has_schema_privilege(%(role)s, n.oid, 'USAGE') AND has_table_privilege(%(role)s, c.oid, p))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT n.nspname, c.relname, '', ARRAY(SELECT p FROM unnest(ARRAY['USAGE', 'UPDATE']) p
WHERE has_schema_privilege(%(role)s, n.oid, 'USAGE') AND has_sequence_privilege(%(role)s, c.oid, p))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND n.nspname !~ '^pg_'
UNION ALL
SELECT n.nspname, c.relname, a.attname, ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) p
WHERE has_schema_privilege(%(role)s, n.oid, 'USAGE') AND has_column_privilege(%(role)s, c.oid, a.attnum, p))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped
AND n.nspname !~ '^pg_'
"""
_ROUTINES = """
SELECT DISTINCT n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND has_schema_privilege(%(role)s, n.oid, 'USAGE') AND has_function_privilege(%(role)s, p.oid, 'EXECUTE')
"""


def read_applied(target: Target, format_: str, query: str = "") -> tuple[tuple[Row, ...], Record]:
    """Return what the tool wrote down; raises `ToolError` where that cannot be known.

    `query` is the team's own: one row for each applied migration, its version or file name first. A database with no
    table of the tool and no other table either has nothing applied.
    """
    if query:
        record = Record("", query)
        found = _asked(target, query, "the query of `databases[].applied`")
        return tuple(Row(str(row[0]), _state(row), _text(row, 2)) for row in found), record
    records = RECORDS.get(format_, ())
    for record in records:
        place = target.ask(_WHERE, (record.table, SCHEMAS.get(format_, ""))).rows
        if place:
            table = f"{quote(place[0][0])}.{quote(record.table)}"
            rows = _asked(target, record.query.format(table=table), f"the table `{record.table}`")
            return tuple(Row(str(row[0]), _state(row), _text(row, 2)) for row in rows), record
    if not records:
        what = f"Midflight does not know where `{format_}` writes down which migrations are applied."
        raise ToolError(what, where=_SETTING, then="Give a query for it whose rows begin with the version.")
    if target.ask(_USED).rows[0][0]:
        names = ", ".join(f"`{record.table}`" for record in records)
        raise ToolError(
            f"The database has tables but no {names}, so which migrations are applied is not known.",
            then=f"Check that `database_url` names the right database, or give a query in `{_SETTING}`.",
        )
    return (), records[0]


def _asked(target: Target, sql: str, what: str) -> Sequence[tuple[object, ...]]:
    try:
        answer = target.ask(sql, most=_MOST_ROWS)
    except QueryError as error:
        raise ToolError(
            f"Which migrations are applied could not be read from {what}: {error.what}.",
            then="Grant SELECT on it to this login, or try again when nothing holds it.",
        ) from None
    if answer.more:
        raise ToolError(f"{what} has more than {_MOST_ROWS:,} rows.", where=_SETTING)
    return answer.rows


def _state(row: Sequence[object]) -> str:
    return _text(row, 1) or "applied"


def _text(row: Sequence[object], at: int) -> str:
    return str(row[at]) if len(row) > at and row[at] is not None else ""


def check_standby(target: Target, most: float) -> tuple[str, ...]:
    """Return a note for a standby; raises `ToolError` for one that lags more than `most` seconds."""
    standby, lag = target.ask(_STANDBY).rows[0]
    if not standby:
        return ()
    if lag is None or lag > most:
        shown = "an unknown time" if lag is None else f"{lag:.0f} seconds"
        raise ToolError(
            f"The database is a standby that is {shown} behind, so a migration may not have arrived.",
            where="gate.max_replica_lag",
            then="Ask the primary, or wait.",
        )
    return (f"the database is a standby, {lag:.0f} seconds behind",)


def read_live(target: Target, references: Iterable[Reference], role: str = "") -> Live:
    """Return what is there; SQL found in code is only ever prepared, never run."""
    try:
        catalog = target.work(read_catalog)
        rights = _rights(target, role)
    except QueryError as error:
        raise ToolError(f"The database's own catalog could not be read: {error.what}.") from None
    live = Live(catalog, rights)
    probes = {
        each.query: probe.sql for each in references if each.query and not isinstance(probe := probe_of(each), NoProbe)
    }
    asked = dict(list(probes.items())[:MOST_STATEMENTS])
    refused = target.work(_preparing(asked.items()))
    left = len(probes) - len(asked)
    notes = (f"{left} more statements of the code were not prepared",) if left else ()
    return replace(live, refused=refused, tried=len(asked), notes=notes)


def _rights(target: Target, role: str) -> Rights:
    if role and not target.ask(_ROLE, (role,)).rows[0][0]:
        raise SettingsError((f"databases[].role: the database has no role `{role}`.",))
    name = role or str(target.ask("SELECT current_user").rows[0][0])
    rows = target.ask(_TABLES.replace("%(role)s", "%s"), (name,) * _TABLES.count("%(role)s"), most=_MOST_ROWS).rows
    tables = {(schema, table, column): frozenset(given) for schema, table, column, given in rows}
    routines = target.ask(_ROUTINES.replace("%(role)s", "%s"), (name,) * 2, most=_MOST_ROWS).rows
    return Rights(name, tables, frozenset((schema, routine) for schema, routine in routines), decides=bool(role))


def _preparing(statements: Iterable[tuple[str, str]]) -> Callable[[Connection], dict[str, tuple[str, str]]]:
    """Return what prepares each statement and throws it away, and says which the server does not take."""

    def prepare(connection: Connection) -> dict[str, tuple[str, str]]:
        refused: dict[str, tuple[str, str]] = {}
        for query, sql in statements:
            connection.execute(b"SAVEPOINT midflight")
            try:
                connection.execute(f"PREPARE {_NAME} AS {sql}".encode())
                connection.execute(f"DEALLOCATE {_NAME}".encode())
            except Exception as error:
                state = getattr(error, "sqlstate", None)
                if state is None:
                    raise
                if _source(error) not in _OTHERWISE:
                    refused[query] = (state, _said(error))
            connection.execute(b"ROLLBACK TO SAVEPOINT midflight")
        return refused

    return prepare


def _source(error: Exception) -> str:
    return str(getattr(getattr(error, "diag", None), "source_function", None) or "")


def _said(error: Exception) -> str:
    diagnosis = getattr(error, "diag", None)
    return str(getattr(diagnosis, "message_primary", "") or type(error).__name__)
