"""Counts the generated rows that each role sees, as a signed-in user where the platform has users."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from midflight.adapters.shadow.history import quoted
from midflight.adapters.shadow.session import Session
from midflight.proof.model import Bounds
from midflight.proof.visibility import Source, Visible

_COUNTS = "CREATE TEMP TABLE midflight_counts (number int, seen bigint)"
_PATH = 'SET search_path = "$user", public, extensions'
"""What bodies in SQL without a path of their own rely on."""
_USERS = "SELECT id::text FROM auth.users WHERE id IS NOT NULL ORDER BY id LIMIT 3"
_CLAIMS = """
SELECT set_config('request.jwt.claim.sub', '{user}', true), set_config('request.jwt.claim.role', '{role}', true),
  set_config('request.jwt.claims', '{{"sub": "{user}", "role": "{role}"}}', true)
"""


def count_visible(
    session: Session, tables: Sequence[Source], roles: Iterable[str], owner: str, bounds: Bounds
) -> Visible:
    """Return how many rows of each table, view and routine each role sees, added up over a few users of the platform.

    The counting runs the conditions of policies and what views and routines ask, so each has its bound like any
    statement of the change; what is refused or stopped is left out.
    """
    for statement in ("ROLLBACK", "DISCARD ALL", _PATH, "SET client_min_messages = error", _COUNTS):
        session.run(statement)
    session.run("GRANT INSERT ON pg_temp.midflight_counts TO PUBLIC")
    end = time.monotonic() + bounds.visible_seconds
    users = _users(session)
    asked = [(table, role, user) for table in tables for role in (owner, *roles) for user in _as(role, owner, users)]
    for number, (table, role, user) in enumerate(asked):
        if time.monotonic() > end or not session.alive:
            break
        _count(session, number, table, role, user, owner=owner)
    found: dict[tuple[Source, str], int] = {}
    for number, seen in session.rows("SELECT number, seen FROM pg_temp.midflight_counts") if session.alive else ():
        table, role, _ = asked[number]
        found[table, role] = found.get((table, role), 0) + int(seen)
    return found


def _as(role: str, owner: str, users: Sequence[str]) -> Sequence[str]:
    return users if users and role not in {owner, "anon"} else ("",)


def _users(session: Session) -> Sequence[str]:
    ((there,),) = session.rows("SELECT to_regclass('auth.users') IS NOT NULL")
    if not there:
        return ()
    return [user for (user,) in session.rows(_USERS) if user.replace("-", "").isalnum()]


def _count(session: Session, number: int, table: Source, role: str, user: str, *, owner: str) -> None:
    steps = ["BEGIN"]
    steps += [_CLAIMS.format(user=user, role=role)] if user and role.isidentifier() else []
    steps += [f"SET LOCAL ROLE {quoted(role)}"] if role != owner else []
    steps += [f"INSERT INTO pg_temp.midflight_counts SELECT {number}, count(*) FROM {table}"]  # noqa: S608 - a quoted name
    for step in steps:
        if session.run(step):
            session.run("ROLLBACK")
            return
    session.run("COMMIT")
