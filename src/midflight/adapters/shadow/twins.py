"""Plans the statements of a PL/pgSQL body without its checker: a twin of the routine only ever explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from midflight.adapters.shadow.history import quoted
from midflight.adapters.shadow.session import Failure, Session
from midflight.operations.dialects.postgres.tree import UnreadableError
from midflight.operations.dialects.postgres.twins import twin_of
from midflight.proof.bodies import Body

DEFAULT_PATH = "SET LOCAL search_path TO DEFAULT"
"""A name without a schema is looked up where an application's session looks."""

_TYPES = """
SELECT coalesce(p.proargnames, '{{}}')::text[], p.proname::text, coalesce(p.proconfig, '{{}}')::text[],
  ARRAY(SELECT pg_catalog.format_type(t.oid, NULL)
    FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY a(type, at)
    JOIN pg_catalog.pg_type t ON t.oid = a.type ORDER BY a.at),
  EXISTS (SELECT FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) a(type)
    JOIN pg_catalog.pg_type t ON t.oid = a.type WHERE t.typtype = 'p'),
  EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgfoid = p.oid
    AND coalesce(t.tgnewtable, t.tgoldtable) IS NOT NULL)
FROM pg_catalog.pg_proc p WHERE p.oid = {oid}
"""
_TRIGGER = (
    "tg_name name; tg_when text; tg_level text; tg_op text; tg_relid oid; tg_relname name; tg_table_name name; "
    "tg_table_schema name; tg_nargs integer; tg_argv text[];"
)


def by_twin(session: Session, body: Body, oid: int, tables: Sequence[int]) -> Body:
    """Return the body with the reason why it was not planned; its faults are in the table of faults.

    The twin is the session's own (`pg_temp`) and has the arguments, the name and the settings of the routine.
    """
    facts: tuple[Any, ...]
    (facts,) = session.rows(_TYPES.format(oid=int(oid)))
    _, _, _, _, pseudo, transition = facts
    if pseudo:
        return replace(body, reason="a type of its arguments is known when it is called")
    if transition:
        return replace(body, reason="its trigger has transition tables")
    try:
        twin = twin_of(body.text, lambda line: _noted(oid, line))
    except UnreadableError as error:
        return replace(body, reason=str(error))
    for table in tables or [0]:
        declared = f"{_TRIGGER} {_rows(session, table)}" if table else ""
        text = f"DECLARE midflight_plan record; {declared} BEGIN\n{twin.text}\nEND;"
        if failed := _planned(session, facts, text):
            return replace(body, reason=f"its twin is not read: {failed.message}")
    skipped = ", ".join(f"`{word}`" for word in twin.skipped[:3])
    return replace(body, partly=f"{skipped} in it is not planned") if skipped else body


def _planned(session: Session, facts: tuple[Any, ...], text: str) -> Failure | None:
    """Create the twin, call it with NULLs, and take it away."""
    names, name, settings, types, _, _ = facts
    named = (names + [""] * len(types))[: len(types)]
    arguments = ", ".join(f"{quoted(each) if each else ''} {of}" for each, of in zip(named, types, strict=True))
    nulls = ", ".join(f"NULL::{of}" for of in types)
    body = text.replace("'", "''")
    path = next((each.partition("=")[2] for each in settings if each.startswith("search_path=")), None)
    session.run("BEGIN")
    failed = (
        session.run(DEFAULT_PATH if path is None else _path(path))
        or session.run("SET LOCAL standard_conforming_strings = on")
        or session.run(
            f"CREATE FUNCTION pg_temp.{quoted(name)}({arguments}) RETURNS pg_catalog.void LANGUAGE plpgsql AS '{body}'"
        )
        or session.run(f"SELECT pg_temp.{quoted(name)}({nulls})")
        or session.run(f"DROP FUNCTION pg_temp.{quoted(name)}({', '.join(types)})")
    )
    session.run("ROLLBACK" if failed else "COMMIT")
    return failed


def _path(kept: str) -> str:
    """A search path as the catalog keeps it: `""` is an empty one, which SET does not take so written."""
    text = kept.replace("'", "''")
    return f"SELECT pg_catalog.set_config('search_path', '{text}', true)"


def _rows(session: Session, table: int) -> str:
    """The rows that a trigger of the table sees."""
    query = f"SELECT {int(table)}::pg_catalog.oid::pg_catalog.regclass::text"
    ((name,),) = session.rows(query)
    return f"new {name}%ROWTYPE; old {name}%ROWTYPE;"


def _noted(oid: int, line: int) -> str:
    return f"INSERT INTO pg_temp.midflight_faults VALUES ({int(oid)}, {line}, SQLSTATE, SQLERRM, '');"  # noqa: S608 - two numbers of our own
