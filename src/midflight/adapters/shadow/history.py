"""The schema at base, made on a shadow server with the rights that merged migrations need, then closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from midflight.adapters.shadow.server import ShadowServer
from midflight.adapters.shadow.session import Failure, Session, Watch
from midflight.adapters.shadow.standins import MADE, provide
from midflight.migrations.model import History, Migration, Script, Transactions
from midflight.proof.model import Bounds
from midflight.proof.platforms import Platform, platform_of
from midflight.proof.units import holds_code, is_unread, statements_of
from midflight.text import plural

if TYPE_CHECKING:
    from midflight.adapters.shadow.server import Connection

OWNER = "postgres"
"""The role that everything belongs to: the name that migrations grant to and that hosted databases log in with."""

_FILES = {"django": ("django.sql", "auth_user")}
"""What a framework's own applications make, and a table by which a history shows that it makes them itself."""

_OWN_TABLES = {
    "diesel": "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, "
    "run_on timestamp NOT NULL DEFAULT now())",
    "dbmate": "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)",
    "prisma": "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, "
    "finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, "
    "started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)",
    "rails": "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)",
    "sqlx": "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, "
    "installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, "
    "execution_time bigint NOT NULL)",
}
"""The table in which a tool writes down what it has applied: it is there before the first migration."""

_ROLE = re.compile(r'\Arole "(.+)" does not exist\Z', re.DOTALL)
_EXTENSION = re.compile(r'\Acreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)"?', re.IGNORECASE)
_SCHEMA = re.compile(r'\bschema\s+"?(\w+)"?', re.IGNORECASE)
_INDEX = re.compile(
    r'\Acreate\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?"?(\w+)"?', re.IGNORECASE
)
_KIND = re.compile(r"\busing\s+(?:gist|spgist|brin|hnsw|ivfflat)\b", re.IGNORECASE)
_RETRIED = frozenset({"22023", "3F000"})  # a version that the server has not, and nothing on the search path
_NO_INDEX = frozenset({"42704", "22023", "0A000"})
_OWN_END = re.compile(r"(?<!\bon )\b(commit|end\s+transaction)\b", re.IGNORECASE)
_APART = frozenset({"25001", "55P04", "42601", "58P01", "0A000", "22023", "3F000"})
"""Why a file that is one query may fail where its statements alone do not: what runs outside a transaction, a label
used where it was added, psql's own commands, and extensions that this server lacks."""
_MOST_ROLES = 50


@dataclass(slots=True)
class Template:
    """A database with the schema at base, which nobody is connected to; `failure` says why it is not whole."""

    name: str
    password: str
    failure: str = ""
    stand_ins: list[str] = field(default_factory=list)
    checker: bool = False  # whether `plpgsql_check` is in it
    platform: Platform | None = None  # whose schemas are stood in for


def build_template(
    server: ShadowServer, history: History, *, password: str, bounds: Bounds, pending: Iterable[Migration] = ()
) -> Template:
    """Apply the history and return its database; afterwards no role but the server's own is a superuser.

    The `pending` migrations are not applied; what they name tells of the platform as well.
    """
    with closing(server.connect()) as root:
        root.execute(f"CREATE ROLE {OWNER} LOGIN SUPERUSER PASSWORD '{password}'".encode())
        root.execute(b"REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC")
        if server.local:
            provide(root, server.home, OWNER)
    template = Template(server.create_database(OWNER), password, platform=platform_of(history, pending))
    with closing(Watch(server, seconds=bounds.history_seconds, disk=bounds.disk)) as watch:
        history_of = Builder(server, template, watch, bounds)
        template.failure = history_of.prepare(history) or history_of.apply(history)
        template.stand_ins += history_of.stand_ins()
    if not template.failure:
        with closing(server.connect()) as root:
            _shut(root, server.version, bounds)
    return template


def reopen(server: ShadowServer, template: Template, bounds: Bounds) -> Template:
    """Take a kept schema at base over: the owner gets the password, and all rights over the server are gone again."""
    with closing(server.connect()) as root:
        root.execute(f"ALTER ROLE {OWNER} LOGIN PASSWORD '{template.password}'".encode())
        provide(root, server.home, OWNER)
        _shut(root, server.version, bounds)
    return template


def _shut(root: Connection, version: int, bounds: Bounds) -> None:
    for statement in _closing(root, version):
        root.execute(statement.encode())
    root.execute(f"ALTER ROLE {OWNER} CONNECTION LIMIT {bounds.connections}".encode())


class Builder:
    """Runs merged migrations on one database, with stand-ins for what is made outside of them."""

    def __init__(self, server: ShadowServer, template: Template, watch: Watch, bounds: Bounds) -> None:
        self._server, self._template, self._watch, self._bounds = server, template, watch, bounds
        self._unread: list[str] = []

    def prepare(self, history: History) -> str:
        """Run what the tool's platform has made before the first migration."""
        text = _OWN_TABLES.get(history.format, "")
        if self._template.platform is not None:
            text = f"{text};\n{_prelude(self._template.platform.prelude)}"
        named, table = _FILES.get(history.format, ("", ""))
        if named and not any(_makes(table, migration) for migration in history.migrations):
            text += f";\n{_prelude(named)}"
        if not text:
            return ""
        with closing(self.session()) as session:
            failed = session.run(text)
        return f"the platform's own schema does not apply: {failed.message}" if failed else ""

    def apply(self, history: History) -> str:
        """Run all migrations, each as its own session; return why one failed."""
        server = f"PostgreSQL {self._server.version}"
        with closing(self.session()) as session:
            for migration in history.migrations:
                session.run("DISCARD ALL")
                failed = self.script(session, migration.up)
                if failed:
                    code = f" ({failed.sqlstate})" if failed.sqlstate else ""
                    code += f"; the server lacks {', '.join(lacks)}" if (lacks := self._lacking()) else ""
                    return f"the history does not apply on {server}: `{migration.path}`: {failed.message}{code}"
        return ""

    def _lacking(self) -> list[str]:
        return [each for each in self._template.stand_ins if each.startswith("extension ")]

    def session(self) -> Session:
        """Return a connection as the owner."""
        connection = self._server.connect(self._template.name, user=OWNER, password=self._template.password)
        return Session(connection, self._watch, seconds=self._bounds.history_seconds)

    def script(self, session: Session, script: Script) -> Failure | None:
        """Run a script as its tool does, or statement by statement where that alone fails; return why it failed."""
        whole = script.transactions is not Transactions.NONE and not holds_code(script.text)
        if whole and not _OWN_END.search(script.text):
            failed = self._with_roles(session, script.text)
            if failed is None or not (failed.sqlstate in _APART or _at_an_index(script.text, failed)):
                return failed
        return self._statements(session, script)

    def _statements(self, session: Session, script: Script) -> Failure | None:
        for statement in statements_of(script):
            if is_unread(statement):
                self._unread.append(f"`{statement.path}:{statement.line}`")
                continue
            failed = self._with_roles(session, statement.text)
            if failed and failed.sqlstate in _RETRIED and not self._any_version(session, statement.text):
                continue
            if failed and not self._lacks(statement.text, failed):
                return failed
        return None

    def _with_roles(self, session: Session, sql: str) -> Failure | None:
        """Run SQL; roles that it names and that nobody made are made, for they are made outside migrations."""
        failed = session.run(sql)
        while (missing := missing_role(failed)) and len(self._template.stand_ins) < _MOST_ROLES:
            session.run("ROLLBACK")
            if session.run(f"CREATE ROLE {quoted(missing)}"):
                return failed
            self._template.stand_ins.append(f"role {missing}")
            failed = session.run(sql)
        return failed

    def _any_version(self, session: Session, sql: str) -> Failure | None:
        """Create an extension in the version there is, and in a schema where a dump has emptied the search path."""
        extension, schema = _EXTENSION.match(sql.strip()), _SCHEMA.search(sql)
        if extension is None:
            return Failure("it creates no extension")
        place = quoted(schema.group(1) if schema else "public")
        return session.run(f"CREATE EXTENSION IF NOT EXISTS {quoted(extension.group(1))} SCHEMA {place} CASCADE")

    def _lacks(self, sql: str, failed: Failure) -> bool:
        extension = _EXTENSION.match(sql.strip())
        if extension is not None and failed.sqlstate in {"58P01", "0A000"}:
            self._template.stand_ins.append(f"extension {extension.group(1)}")
            return True
        index = _INDEX.match(sql.strip())
        if index is None or not (_at_an_index(sql, failed) and self._made()):
            return False
        self._template.stand_ins.append(f"index {index.group(1)}")
        return True

    def stand_ins(self) -> list[str]:
        """Return the extensions that the history has made and that hold nothing but names, and what was left out."""
        steps = plural(len(self._unread), "step")
        code = [f"code that is not read ({steps}, the first at {self._unread[0]})"] if self._unread else []
        return [*(f"extension {name}" for name in self._made()), *code]

    def _made(self) -> list[str]:
        with closing(self._server.connect(self._template.name)) as root:
            return [name for (name,) in root.execute(MADE.encode()).fetchall()]


def _prelude(name: str) -> str:
    return (files("midflight.adapters.shadow") / "preludes" / name).read_text(encoding="utf-8")


def _makes(table: str, migration: Migration) -> bool:
    return (
        re.search(rf'\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?"?{table}\b', migration.up.text, re.IGNORECASE)
        is not None
    )


def _at_an_index(text: str, failed: Failure) -> bool:
    """Whether it may fail at an index of a kind that a stand-in has not: its operators or its parameters."""
    return failed.sqlstate in _NO_INDEX and bool(_KIND.search(text))


def missing_role(failed: Failure | None) -> str:
    """Return the role that a statement names and that there is not, empty when it failed for something else."""
    match = _ROLE.match(failed.message) if failed and failed.sqlstate == "42704" else None
    return match.group(1) if match else ""


def quoted(name: str) -> str:
    """Return a name as SQL always takes it."""
    return '"' + name.replace('"', '""') + '"'


def _closing(root: Connection, version: int) -> Iterator[str]:
    """Yield what takes all rights over the server away; CREATEROLE is a way up before 16 ("Role Attributes")."""
    roles = "SELECT rolname FROM pg_roles WHERE oid <> 10 AND rolname !~ '^pg_' AND rolname <> current_user"
    for (role,) in root.execute(roles.encode()).fetchall():
        create = "CREATEROLE" if role == OWNER and version >= 16 else "NOCREATEROLE"
        yield f"ALTER ROLE {quoted(role)} NOSUPERUSER NOCREATEDB NOREPLICATION {create}"
    granted = """SELECT g.rolname, m.rolname FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid
        JOIN pg_roles m ON m.oid = a.member WHERE g.rolname ~ '^pg_' AND m.rolname !~ '^pg_'"""
    for group, member in root.execute(granted.encode()).fetchall():
        yield f"REVOKE {quoted(group)} FROM {quoted(member)}"
