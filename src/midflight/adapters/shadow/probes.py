"""Plans probes on a shadow server, each in a transaction of its own that is rolled back: none is executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from midflight.adapters.shadow.history import OWNER, quoted
from midflight.adapters.shadow.server import ShadowServer
from midflight.adapters.shadow.session import Failure, Session, Watch
from midflight.compatibility.probes import Probe
from midflight.proof.model import Answer, Answers, Bounds

if TYPE_CHECKING:
    from midflight.adapters.shadow.server import Connection

_NAME = "midflight_probe"
_SECONDS = 1.0
_LOST = 3
"""So many probes may cost their connection before no more are run."""

_REQUIRED = """
SELECT n.nspname, c.relname, array_agg(a.attname::text)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p') AND a.attnum > 0
  AND NOT a.attisdropped AND NOT a.atthasdef AND a.attidentity = '' AND (a.attnotnull OR t.typnotnull)
  AND t.typdefault IS NULL AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgtype & 7 = 7)
GROUP BY 1, 2
"""
"""An insert must name these: NOT NULL without a default; a trigger BEFORE INSERT FOR EACH ROW may fill them in.

The bits of `tgtype` are ROW 1, BEFORE 2 and INSERT 4 (PostgreSQL's `pg_trigger.h`).
"""


def let_in(server: ShadowServer, roles: frozenset[str]) -> frozenset[str]:
    """Let the owner take on the roles, and return those that there are; what is special to the server stays so."""
    with closing(server.connect()) as root:
        rows = root.execute(b"SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND NOT rolsuper").fetchall()
        known = frozenset(str(name) for (name,) in rows) & roles - {OWNER}
        for role in sorted(known):
            root.execute(f"GRANT {quoted(role)} TO {quoted(OWNER)}".encode())
    return known


def ask(
    server: ShadowServer, database: str, password: str, probes: Mapping[Probe, tuple[str, ...]], bounds: Bounds
) -> Answers:
    """Return what the database says of each probe; `probes` gives the roles that run it, none is the owner."""
    given: dict[Probe, tuple[Answer, ...]] = {}
    required: dict[tuple[str, str], frozenset[str]] = {}
    why = "the bounds of time and number ended it"
    with closing(Watch(server, seconds=bounds.probe_seconds, disk=bounds.disk)) as watch:
        try:
            with closing(_Asking(server, database, password, watch)) as asking:
                required = asking.required()
                for probe, roles in probes.items():
                    if watch.remaining() <= 0 or len(given) >= bounds.probes or asking.lost > _LOST:
                        break
                    given[probe] = tuple(asking.answer(probe, role) for role in roles or ("",))
        except Exception as lost:  # noqa: BLE001 - whatever the driver says of a connection that is gone
            why = f"the connection was lost ({type(lost).__name__})"
    left = len(probes) - len(given)
    return Answers(given, required, f"{why} before {left} more" if left else "")


class _Asking:
    """A connection to one schema, made anew where a probe has cost it."""

    def __init__(self, server: ShadowServer, database: str, password: str, watch: Watch) -> None:
        self._server, self._database, self._password, self._watch = server, database, password, watch
        self._session = self._connect()
        self.lost = 0

    def _connect(self) -> Session:
        connection = _connection(self._server, self._database, self._password)
        return Session(connection, self._watch, seconds=_SECONDS * 2)

    def required(self) -> dict[tuple[str, str], frozenset[str]]:
        """What inserts must name, by schema and table."""
        return {(schema, table): frozenset(columns) for schema, table, columns in self._session.rows(_REQUIRED)}

    def answer(self, probe: Probe, role: str) -> Answer:
        """Ask once."""
        if not self._session.alive:
            self.lost += 1
            self._session = self._connect()
        failed = next((failure for failure in self._steps(probe, role) if failure is not None), None)
        self._session.run("ROLLBACK")
        self._session.run(f"DEALLOCATE {_NAME}")
        return Answer(failed.message, failed.sqlstate, role) if failed else Answer(role=role)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _steps(self, probe: Probe, role: str) -> Iterator[Failure | None]:
        """Yield how each step ends: a plan for any value is made, for NULLs would be folded into it."""
        yield self._session.run("BEGIN")
        yield self._session.run(f"SET LOCAL ROLE {quoted(role)}") if role else None
        yield self._session.prepare(_NAME, probe.sql)
        if probe.does != "call":
            values = f"({', '.join(['NULL'] * probe.parameters)})" if probe.parameters else ""
            yield self._session.run(f"EXPLAIN EXECUTE {_NAME}{values}")


def _connection(server: ShadowServer, database: str, password: str) -> Connection:
    options = (
        f"-c statement_timeout={int(_SECONDS * 1000)} -c lock_timeout=200 -c client_min_messages=error "
        "-c plan_cache_mode=force_generic_plan -c idle_in_transaction_session_timeout=0"
    )
    return server.connect(database, user=OWNER, password=password, options=options)
