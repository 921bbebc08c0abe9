"""Reads which queries a database in use has counted."""

from midflight.adapters.target.connection import QueryError, Target
from midflight.inspection.contract_gate import Counted, Query

_MOST = 5000
_VIEW = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %s ORDER BY NOT pg_table_is_visible(c.oid) LIMIT 1
"""


def read_counted(target: Target) -> Counted:
    """Return the queries of `pg_stat_statements`; where that is not there or not readable, why."""
    schema = target.ask(_VIEW, ("pg_stat_statements",)).rows
    if not schema:
        return Counted(why="the extension `pg_stat_statements` is not installed")
    place = '"' + str(schema[0][0]).replace('"', '""') + '"'
    own = "WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    try:
        sql = f"SELECT query, calls FROM {place}.pg_stat_statements {own} ORDER BY calls DESC"  # noqa: S608 - quoted
        answer = target.ask(sql, most=_MOST)
    except QueryError as error:
        return Counted(why=f"`pg_stat_statements`: {error.what}")
    if any(str(text).startswith("<insufficient privilege>") for text, _ in answer.rows):
        return Counted(why="this login may not see the queries of others: grant it `pg_read_all_stats`")
    queries = tuple(Query(str(text), int(calls)) for text, calls in answer.rows if text)
    return Counted(queries, _since(target, place))


def _since(target: Target, place: str) -> str:
    if not target.ask(_VIEW, ("pg_stat_statements_info",)).rows:
        return ""
    try:
        found = target.ask(f"SELECT stats_reset::timestamp(0)::text FROM {place}.pg_stat_statements_info")  # noqa: S608 - quoted
    except QueryError:
        return ""
    return str(found.rows[0][0]) if found.rows and found.rows[0][0] else ""
