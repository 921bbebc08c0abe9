"""A read-only connection to a database that is in use: bounded in time, and silent about how it is reached."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from midflight.errors import SettingsError, ToolError

if TYPE_CHECKING:
    from psycopg import Connection as _Connection

    Connection = _Connection[tuple[Any, ...]]

T = TypeVar("T")
_HIDDEN = ("password", "user", "host", "hostaddr", "dbname", "sslpassword", "passfile", "service")
_LOST = "The connection to the database was lost in the middle."
_CHECK = "Check `database_url`."
_REFUSED = (
    (r"password authentication failed|no password supplied|scram|role \S+ does not exist", "It refuses the login."),
    (r"database \S+ does not exist", "It has no database of that name."),
    (r"certificate|ssl|tls", "The encrypted connection could not be made: the certificate or `sslmode` does not fit."),
    (r"no pg_hba\.conf entry|not permitted|permission denied for database", "It does not let this login in from here."),
    (r"too many|remaining connection slots", "It has no connection left."),
    (r"starting up|shutting down|recovery mode|not yet accepting", "It is starting or shutting down."),
    (r"timeout|timed out", "It did not answer in time."),
    (r"resolve|translate host name|name or service not known", "Its host name is not known."),
    (r"refused|no such file|unreachable|no route", "Nothing listens there."),
    (
        r"unsupported startup parameter",
        "A pooler stands before it that takes none of the parameters of `database_url`.",
    ),
)
_FAILED = {
    "57014": "it took longer than {statement:g} seconds",
    "55P03": "it waited longer than {lock:g} seconds for a lock that another session holds",
    "42501": "this login may not read it",
    "25006": "it writes, and the transaction only reads",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds: to connect, for a statement, for a lock that it waits for, and for all that is asked together."""

    connect: int = 10
    statement: float = 15.0
    lock: float = 2.0
    whole: float = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: its columns' names, its rows, and whether more rows were left unread."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool = False


class QueryError(ToolError):
    """Why one query has no answer; others may have."""


class Target:
    """A database that is only read: each query in a read-only transaction of its own that is rolled back."""

    def __init__(self, connection: Connection, bounds: Bounds, secrets: tuple[str, ...]) -> None:
        self._connection = connection
        self._bounds = bounds
        self._secrets = secrets

    def __repr__(self) -> str:
        return "Target()"

    def ask(self, sql: str, parameters: tuple[object, ...] = (), *, most: int = 1000) -> Answer:
        """Run one query that only reads and give at most `most` of its rows.

        It is run by way of a cursor, which takes queries alone. Raises `QueryError` where it fails, and `ToolError`
        where the connection is gone.
        """
        psycopg = _psycopg()
        try:
            self._connection.execute(_settings(self._bounds).encode())
            with self._connection.cursor(name="midflight") as cursor:
                cursor.execute(sql.encode(), parameters or None)
                columns = tuple(column.name for column in cursor.description or ())
                rows = cursor.fetchmany(most + 1)
            self._connection.rollback()
        except psycopg.Error as error:
            raise self._failed(error) from None
        return Answer(columns, tuple(rows[:most]), len(rows) > most)

    def work(self, question: Callable[[Connection], T]) -> T:
        """Ask more than one query in one transaction, which only reads and is rolled back; raises as `ask` does."""
        psycopg = _psycopg()
        try:
            self._connection.execute(_settings(self._bounds).encode())
            found = question(self._connection)
            self._connection.rollback()
        except psycopg.Error as error:
            raise self._failed(error) from None
        return found

    def _failed(self, error: Any) -> ToolError:  # noqa: ANN401 (psycopg is imported when it is needed)
        with contextlib.suppress(_psycopg().Error):
            self._connection.rollback()
        if self._connection.closed or self._connection.broken:
            return ToolError(_LOST, then="Run it again; until then nothing is known.")
        known = _FAILED.get(error.sqlstate or "", "").format(statement=self._bounds.statement, lock=self._bounds.lock)
        told = error.diag.message_primary or type(error).__name__
        return QueryError(known or _redacted(told, self._secrets))


@contextmanager
def open_target(url: str, bounds: Bounds = Bounds()) -> Iterator[Target]:
    """Connect to the database of a URL as libpq reads it (`sslmode` and `sslrootcert` too); nothing shows the URL.

    After `bounds.whole` seconds the connection is cut, whatever the server or the network does.
    """
    psycopg = _psycopg()
    given = _parsed(url)
    try:
        connection = psycopg.connect(**_connecting(given, bounds), autocommit=False, prepare_threshold=None)
    except psycopg.Error as error:
        unreachable = f"The database could not be reached. {why_unreachable(str(error), given)}"
        raise ToolError(unreachable, then=_CHECK) from None
    connection.read_only = True
    timer = threading.Timer(bounds.whole, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield Target(connection, bounds, _secrets(given))
    finally:
        timer.cancel()
        with contextlib.suppress(psycopg.Error):
            connection.close()


def _parsed(url: str) -> Mapping[str, Any]:
    psycopg = _psycopg()
    try:
        found: Mapping[str, Any] = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        found = {}
    if not found:
        raise SettingsError(("database_url: this is no address of a PostgreSQL database (`postgresql://...`).",))
    return found


def _connecting(given: Mapping[str, Any], bounds: Bounds) -> Mapping[str, Any]:
    """The parameters: what is not set by the URL is set so that a dead network is noticed."""
    alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
    return {**alive, "application_name": "midflight", **given, "connect_timeout": bounds.connect}


def _settings(bounds: Bounds) -> str:
    """What holds for one transaction; set inside it, since poolers take no such parameters at the start."""
    return "; ".join(
        f"SET LOCAL {name} = {int(seconds * 1000)}"
        for name, seconds in (
            ("statement_timeout", bounds.statement),
            ("lock_timeout", bounds.lock),
            ("idle_in_transaction_session_timeout", bounds.whole),
        )
    )


def _cut(connection: Connection) -> None:
    with contextlib.suppress(OSError, _psycopg().Error), socket.socket(fileno=_copied(connection)) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def _copied(connection: Connection) -> int:
    return os.dup(connection.fileno())


def why_unreachable(told: str, given: Mapping[str, Any]) -> str:
    """Return why a connection could not be made, in a sentence that tells nothing of its parameters."""
    text = told.lower()
    why = next((sentence for pattern, sentence in _REFUSED if re.search(pattern, text)), "")
    return why or f"It says: {_redacted(told, _secrets(given))}"


def _secrets(given: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(value for key in _HIDDEN if (value := str(given.get(key) or "")))


def _redacted(told: str, secrets: tuple[str, ...]) -> str:
    line = " ".join(told.split())[:300]
    for secret in sorted(secrets, key=len, reverse=True):
        line = line.replace(secret, "***") if len(secret) > 2 else line
    return line


def _psycopg() -> ModuleType:
    try:
        importlib.import_module("psycopg.conninfo")
        return importlib.import_module("psycopg")
    except ImportError as missing:
        raise ToolError(
            "psycopg is not installed, and a database cannot be asked without it.",
            then="Install midflight with its `shadow` extra, or `psycopg[binary]`.",
        ) from missing
