"""One connection to the shadow database on which a stranger's SQL runs: every statement ends within its bound."""

from __future__ import annotations

import select
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midflight.adapters.shadow.server import ShadowServer
from midflight.text import printable, shorten

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGconn, PGresult

_LOOK = 0.1
_KILL_SECONDS = 2.0
_MESSAGES = 500
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a statement did not run to its end; `sqlstate` is empty where a bound ended it."""

    message: str
    sqlstate: str = ""


class Watch:
    """Ends what exceeds its bounds, from outside: over the superuser's connection to a database of its own."""

    def __init__(self, server: ShadowServer, *, seconds: float, disk: int) -> None:
        self._server, self._disk = server, disk
        self._superuser = server.connect()
        self._end = time.monotonic() + seconds
        self._used, self._free = self._size(), _free(server.home)
        self._looked = 0.0

    def remaining(self) -> float:
        """Seconds until everything must have ended."""
        return self._end - time.monotonic()

    def exceeded(self) -> str:
        """Why what runs must end now, empty while it may go on; the disk is looked at a few times a second."""
        if self.remaining() <= 0:
            return "the time for all of it was over"
        if time.monotonic() - self._looked > _LOOK:
            self._looked = time.monotonic()
            if self._wrote_too_much():
                return f"it wrote more than {self._disk // _MEGABYTE} MB"
        return ""

    def _wrote_too_much(self) -> bool:
        # a folder of a thousand files takes long to add up: only when the disk has so much less room
        if self._server.local and self._free - _free(self._server.home) < self._disk // 2:
            return False
        return self._size() - self._used > self._disk

    def _size(self) -> int:
        if self._server.local:
            return _size(self._server.home)
        stored = self._superuser.execute(b"SELECT sum(pg_database_size(oid))::bigint FROM pg_database").fetchall()
        return int(stored[0][0])

    def end(self, pid: int) -> None:
        """End a session, and the server with it when the session does not end within a moment."""
        last = time.monotonic() + _KILL_SECONDS
        with suppress(Exception):  # a server that is gone has ended it
            self._superuser.execute(b"SELECT pg_terminate_backend(%s)", (pid,))
            while self._superuser.execute(b"SELECT FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone():
                if time.monotonic() > last:
                    self._server.stop()
                time.sleep(_LOOK / 5)

    def close(self) -> None:
        """Close the superuser's connection."""
        self._superuser.close()


class Session:
    """A connection that runs SQL statement by statement, and throws away the rows that come back."""

    def __init__(self, connection: Connection[Any], watch: Watch, *, seconds: float) -> None:
        self._connection, self._watch, self._seconds = connection, watch, seconds
        self._pid = connection.info.backend_pid
        self.messages: list[str] = []
        connection.add_notice_handler(lambda notice: self._hear(notice.message_primary or ""))

    @property
    def connection(self) -> Connection[Any]:
        """The driver's connection, for queries of our own."""
        return self._connection

    @property
    def alive(self) -> bool:
        """Whether the connection can still be used."""
        return not self._connection.closed

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction block is open."""
        return self.alive and int(self._connection.info.transaction_status) != 0

    def run(self, sql: str) -> Failure | None:
        """Run SQL and return why it failed; a bound ends the session, an error of SQL does not."""

        def send(driver: PGconn) -> None:
            driver.send_query(utf8(sql))
            driver.set_single_row_mode()

        return self._guarded(send)

    def prepare(self, name: str, sql: str) -> Failure | None:
        """Have the server analyse one statement under a name; it takes no second one this way."""
        return self._guarded(lambda driver: driver.send_prepare(name.encode(), utf8(sql)))

    def _guarded(self, send: Callable[[PGconn], None]) -> Failure | None:
        if not self.alive:
            return Failure("its connection was ended")
        left = self._watch.remaining()
        try:
            return self._sent(send, time.monotonic() + min(self._seconds, left))
        except Exception as lost:  # noqa: BLE001 - whatever the driver says of a connection that is gone
            self._connection.close()
            if "terminating connection" in str(lost):
                return Failure("its connection was ended")
            return Failure(f"its connection was lost: {_short(str(lost))}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of our own."""
        return self._connection.execute(query.encode()).fetchall()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _hear(self, message: str) -> None:
        if len(self.messages) < _MESSAGES:
            self.messages.append(message[:300])

    def _sent(self, send: Callable[[PGconn], None], end: float) -> Failure | None:
        driver = self._connection.pgconn
        send(driver)
        failure: Failure | None = None
        for result in self._results(driver, end):
            if isinstance(result, Failure):
                return result
            failure = failure or _failure(result)
        if driver.status != 0:
            self._connection.close()
        return failure

    def _results(self, driver: PGconn, end: float) -> Iterator[PGresult | Failure]:
        while True:
            over = self._wait(driver, end)
            if over:
                yield self._ended(over)
                return
            result = driver.get_result()
            if result is None:
                return
            if result.status in _COPYING:
                yield self._ended("it copies rows over the connection, which is not done here")
                return
            yield result

    def _wait(self, driver: PGconn, end: float) -> str:
        """Wait for the next result; return why to wait no longer."""
        unsent = driver.flush()
        while True:
            late = f"it did not end within {self._seconds:g} s" if time.monotonic() >= end else ""
            if over := late or self._watch.exceeded():
                return over
            if not unsent and not driver.is_busy():
                return ""
            readable, _, _ = select.select([driver.socket], [driver.socket] if unsent else [], [], _LOOK)
            if readable:
                driver.consume_input()
            unsent = driver.flush() if unsent else 0

    def _ended(self, why: str) -> Failure:
        self._connection.close()  # what the session still wants to send is not read
        self._watch.end(self._pid)
        return Failure(why)


_COPYING = frozenset({3, 4, 8})  # PGRES_COPY_OUT, PGRES_COPY_IN, PGRES_COPY_BOTH ("libpq", PostgreSQL documentation)
_FATAL = 7  # PGRES_FATAL_ERROR
_SQLSTATE, _PRIMARY = ord("C"), ord("M")


def _failure(result: PGresult) -> Failure | None:
    if result.status != _FATAL:
        return None
    state, primary = result.error_field(_SQLSTATE) or b"", result.error_field(_PRIMARY) or result.error_message
    return Failure(_short(primary.decode("utf-8", "replace")), state.decode("ascii", "replace"))


def utf8(sql: str) -> bytes:
    """Return SQL as the server reads it: a zero byte would end it early, a lone surrogate is no character."""
    return sql.replace("\x00", " ").encode("utf-8", "replace")


def _short(text: str) -> str:
    return shorten(" ".join(printable(text).split()), 300)


def _size(folder: Path) -> int:
    """Bytes in all files below a folder; those that vanish meanwhile count as none."""
    return sum(_sizes(folder))


def _free(folder: Path) -> int:
    """Bytes that the disk below a folder has left, 0 where the folder is gone."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _sizes(folder: Path) -> Iterator[int]:
    for name in ("data/base", "data/pg_wal", "data/log", "."):
        for path in _files(folder / name, deep=name != "."):
            with suppress(OSError):
                yield path.stat().st_size


def _files(folder: Path, *, deep: bool) -> Iterator[Path]:
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_file():
                yield path
            elif deep:
                yield from _files(path, deep=True)
