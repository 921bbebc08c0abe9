"""Has a shadow server check the bodies of routines as the schema is now: none of them is run."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import closing, suppress
from dataclasses import replace

from midflight.adapters.shadow.server import ShadowServer
from midflight.adapters.shadow.session import Session
from midflight.adapters.shadow.twins import DEFAULT_PATH, by_twin
from midflight.operations.shapes import Name
from midflight.proof.bodies import Bodies, Body, Fault
from midflight.proof.model import Bounds

CHECKER = "plpgsql_check"
_FAULTS = "CREATE TEMP TABLE midflight_faults (oid bigint, line int, state text, message text, query text)"
_FOUND = "SELECT DISTINCT oid, coalesce(line, 0), state, message, query FROM pg_temp.midflight_faults ORDER BY 1, 2, 4"
_CHECK = """
INSERT INTO pg_temp.midflight_faults SELECT {oid}, lineno, sqlstate, message, coalesce(query, '')
FROM pg_catalog.plpgsql_check_function_tb({oid}::pg_catalog.oid::pg_catalog.regprocedure,
  {table}::pg_catalog.oid::pg_catalog.regclass, fatal_errors => false, other_warnings => false,
  performance_warnings => false, extra_warnings => false)
WHERE level = 'error' LIMIT {most}
"""
_MOST_FAULTS = 20  # of one routine

_ROUTINES = """
SELECT p.oid::bigint, n.nspname::text, p.proname::text, p.oid::regprocedure::text, l.lanname::text, p.prosrc,
  pg_get_functiondef(p.oid),
  ARRAY(SELECT DISTINCT t.tgrelid::bigint FROM pg_trigger t WHERE t.tgfoid = p.oid AND NOT t.tgisinternal ORDER BY 1),
  p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE l.lanname IN ('plpgsql', 'sql') AND p.prokind IN ('f', 'p') AND p.prosrc <> ''
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 4
"""
"""Routines whose body is text; one with a parsed body (`BEGIN ATOMIC`) has none, and the server guards it itself."""


def bring_checker(server: ShadowServer, database: str) -> bool:
    """Add `plpgsql_check` to a database, outside the schemas that are compared; return whether the server has it."""
    with closing(server.connect(database)) as root, suppress(Exception):  # the history's own event triggers may refuse
        if root.execute(b"SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'").fetchone() is not None:
            root.execute(b"CREATE EXTENSION IF NOT EXISTS plpgsql_check SCHEMA pg_catalog")
            return True
    return False


def check_bodies(session: Session, bounds: Bounds, routines: Collection[Name], *, checker: bool) -> Bodies:
    """Return what is wrong with the body of each of the routines on the schema as it is now.

    PL/pgSQL is asked of `plpgsql_check`, which plans every statement of a body with its variables; without it, a twin
    of the body plans them. A body in SQL is created once more with `check_function_bodies`, and taken back.
    """
    for statement in ("ROLLBACK", "DISCARD ALL", "SET search_path = ''", "SET client_min_messages = error", _FAULTS):
        session.run(statement)
    end = time.monotonic() + bounds.body_seconds
    asked: dict[int, Body] = {}
    left = 0
    for oid, schema, name, signature, language, text, definition, tables, trigger in session.rows(_ROUTINES):
        if Name(name, schema) not in routines:
            continue  # the platform's own
        body = Body(schema, name, signature, text)
        if time.monotonic() > end or not session.alive or len(asked) >= bounds.bodies:
            left += 1
        elif language == "sql":
            asked[oid] = _created(session, body, definition)
        elif trigger and not tables:
            asked[oid] = replace(body, reason="no trigger calls it")
        elif not checker:
            asked[oid] = by_twin(session, body, oid, tables)
        else:
            asked[oid] = _planned(session, body, oid, tables)
    faults: dict[int, list[Fault]] = {}
    for oid, line, state, message, query in session.rows(_FOUND) if session.alive else ():
        faults.setdefault(oid, []).append(Fault(message, state, line, query))
    found = (replace(body, faults=(*body.faults, *faults.get(oid, ()))) for oid, body in asked.items())
    return Bodies({body.signature: body for body in found}, left)


def _planned(session: Session, body: Body, oid: int, tables: list[int]) -> Body:
    for table in tables or [0]:
        session.run("BEGIN")
        failed = session.run(DEFAULT_PATH) or session.run(
            _CHECK.format(oid=int(oid), table=int(table), most=_MOST_FAULTS)
        )
        session.run("ROLLBACK" if failed else "COMMIT")
        if failed:
            return replace(body, reason=failed.message)
    return body


def _created(session: Session, body: Body, definition: str) -> Body:
    """A body in SQL, created anew: its statements are analysed, and nothing of it stays."""
    session.run("BEGIN")
    failed = session.run(DEFAULT_PATH) or session.run("SET LOCAL check_function_bodies = on") or session.run(definition)
    session.run("ROLLBACK")
    if failed is None:
        return body
    if not failed.sqlstate:
        return replace(body, reason=failed.message)
    return replace(body, faults=(Fault(failed.message, failed.sqlstate),))
