"""A throw-away server that somebody else has started, such as a job's service container: used and put back."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from midflight.adapters.shadow.history import OWNER, quoted
from midflight.adapters.shadow.prepared import SUPERUSER
from midflight.adapters.shadow.server import GivenServer, Lockdown, ServerBinaries, ShadowServer
from midflight.adapters.target.connection import why_unreachable
from midflight.errors import ToolError
from midflight.proof.given import Address, Found, in_use, wrong_address

if TYPE_CHECKING:
    from midflight.adapters.shadow.server import Connection

SETTING = "shadow_database_url"
_ASIDE = "midflight_aside"
_LOOK = """SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  (SELECT array_agg(datname::text) FROM pg_database),
  (SELECT count(*) FROM pg_class c WHERE c.oid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
  + (SELECT count(*) FROM pg_proc p WHERE p.oid >= 16384
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'))
  + (SELECT count(*) FROM pg_type t WHERE t.oid >= 16384 AND t.typtype IN ('d', 'e', 'r')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')),
  (SELECT sum(pg_database_size(oid)) FROM pg_database WHERE has_database_privilege(oid, 'CONNECT')),
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
  pg_is_in_recovery() OR EXISTS (SELECT FROM pg_replication_slots) OR EXISTS (SELECT FROM pg_stat_replication)"""
"""Objects of users have numbers from 16384 on ("Object Identifier Assignment", PostgreSQL documentation)."""
_ROLES = "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE oid <> 10"
_RIGHTS = ("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION")


def why_not(given: GivenServer) -> str:
    """Return why the server must not or cannot be used, empty when it may; nothing of its address is told."""
    try:
        parts = _parts(given.url)
        if wrong := wrong_address(
            _address(parts), deployed=_address(_parts(given.deployed)) if given.deployed else None
        ):
            return f"`{SETTING}` is refused: {wrong}"
        with contextlib.closing(_entered(parts)) as connection:
            superuser, databases, objects, size, sessions, replicated = connection.execute(_LOOK.encode()).fetchall()[0]
            found = Found(superuser, tuple(databases), int(objects), int(size), sessions, replicated)
            used = in_use(found, connection.info.dbname)
    except ToolError as failed:
        return failed.what
    except psycopg.Error as failed:
        return f"the server of `{SETTING}` could not be asked ({type(failed).__name__})"
    return f"`{SETTING}` is refused: {used}" if used else ""


class BorrowedServer(ShadowServer):
    """A server that was given, while the block lasts: afterwards its databases and roles are those of before."""

    local = False

    def __init__(self, given: GivenServer, *, temporary_bytes: int) -> None:
        super().__init__(ServerBinaries(Path()), lockdown=Lockdown(SUPERUSER, secrets.token_hex(16)))
        self._given, self._temporary = given, temporary_bytes
        self._parts = _parts(given.url)
        self._before: _Before | None = None

    @property
    def version(self) -> int:
        """The server's major version."""
        return self._before.version if self._before else 0

    def dsn(self, database: str = "postgres", *, user: str = "") -> str:
        """Return the connection string of a database, without a password; no user is the superuser."""
        kept = {name: value for name, value in self._parts.items() if name not in {"password", "user", "dbname"}}
        return make_conninfo("", **kept, dbname=database, user=user or SUPERUSER)

    def __enter__(self) -> Self:
        """Look once more whether it may be used, and make a superuser of our own, who can move its login aside."""
        if refused := why_not(self._given):
            raise ToolError(f"{refused}.", then="Give a server that is there for this alone.")
        assert self._lockdown is not None  # noqa: S101 - set by our own constructor
        with contextlib.closing(_entered(self._parts)) as given:
            self._before = _before(given)
            given.execute(f"CREATE ROLE {SUPERUSER} LOGIN SUPERUSER PASSWORD '{self._lockdown.password}'".encode())
        if OWNER in self._before.roles:
            self._execute(f"ALTER ROLE {OWNER} RENAME TO {_ASIDE}")
        self._execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {quoted(self._before.named)} FROM PUBLIC")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the server back as it was."""
        self.stop()

    def stop(self) -> None:
        """Drop what was made and undo what was changed; more than once does no harm."""
        before, self._before = self._before, None
        if before is None:
            return
        with contextlib.closing(self.connect()) as root:
            for statement in _back(root, before):
                root.execute(statement.encode())
        with contextlib.closing(_entered(self._parts)) as given:
            given.execute(f"DROP ROLE {SUPERUSER}".encode())

    def create_database(self, owner: str = "", *, template: str = "") -> str:
        """Return the name of a new database, whose sessions may write only so much to temporary files."""
        name = super().create_database(owner, template=template)
        self._execute(f"ALTER DATABASE \"{name}\" SET temp_file_limit = '{self._temporary // 1024}kB'")
        return name


@dataclass(frozen=True, slots=True)
class _Before:
    version: int
    databases: frozenset[str]
    roles: Mapping[str, tuple[bool, ...]]  # with what each may do; the server's first superuser is None of them
    password: str
    named: str  # the database that the address names


def _before(given: Connection) -> _Before:
    databases = frozenset(name for (name,) in given.execute(b"SELECT datname FROM pg_database").fetchall())
    roles = {name: tuple(rights) for name, *rights in given.execute(_ROLES.encode()).fetchall()}
    first = given.execute(b"SELECT rolname FROM pg_roles WHERE oid = 10").fetchall()
    stored = given.execute(b"SELECT rolpassword FROM pg_authid WHERE rolname = %s", (OWNER,)).fetchone()
    known = {**{name: () for (name,) in first}, **roles}
    version, named = given.info.server_version // 10000, given.info.dbname
    return _Before(version, databases, known, (stored and stored[0]) or "", named)


def _back(root: Connection, before: _Before) -> Iterator[str]:
    """Yield what makes databases, roles and rights those of before; a renamed role loses an MD5 password."""
    for (name,) in root.execute(b"SELECT datname FROM pg_database").fetchall():
        if name not in before.databases:
            yield f"DROP DATABASE {quoted(name)} WITH (FORCE)"
    ours = {*before.roles, SUPERUSER, _ASIDE} - {OWNER}
    for (name,) in root.execute(b"SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'").fetchall():
        if name not in ours:
            yield f"DROP OWNED BY {quoted(name)}"
            yield f"DROP ROLE {quoted(name)}"
    if OWNER in before.roles:
        yield f"ALTER ROLE {_ASIDE} RENAME TO {OWNER}"
        if before.password:
            yield f"ALTER ROLE {OWNER} PASSWORD '{before.password}'"
    for name, rights in before.roles.items():
        if rights and not name.startswith("pg_"):
            told = (right if has else f"NO{right}" for right, has in zip(_RIGHTS, rights, strict=True))
            yield f"ALTER ROLE {quoted(name)} {' '.join(told)}"
    yield "GRANT CONNECT ON DATABASE template1 TO PUBLIC"
    for name in {"postgres", before.named}:
        yield f"GRANT CONNECT, TEMPORARY ON DATABASE {quoted(name)} TO PUBLIC"


def _parts(url: str) -> Mapping[str, Any]:
    try:
        return conninfo_to_dict(url)
    except psycopg.Error:
        raise ToolError(f"`{SETTING}` is no address of a PostgreSQL server (`postgresql://...`).") from None


def _address(parts: Mapping[str, Any]) -> Address:
    named = ",".join(str(parts.get(key) or "") for key in ("host", "hostaddr"))
    user = str(parts.get("user") or "")
    return Address(tuple(filter(None, named.split(","))), str(parts.get("dbname") or user), user)


def _entered(parts: Mapping[str, Any]) -> Connection:
    try:
        return psycopg.connect("", **{**parts, "connect_timeout": 10}, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        why = why_unreachable(str(error), parts)
        raise ToolError(f"the server of `{SETTING}` could not be reached: {why}") from None
