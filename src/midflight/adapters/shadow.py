"""Runs one database's change on a shadow server: migration, rollback plan, and the migration once more."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import closing
from dataclasses import replace

from midflight.adapters.live_catalog import read_catalog
from midflight.adapters.postgres import Lockdown, ServerBinaries, ShadowServer
from midflight.adapters.schema_facts import read_facts
from midflight.adapters.shadow_history import OWNER, Template, build_template, missing_role, quoted
from midflight.adapters.shadow_probes import ask, let_in
from midflight.adapters.shadow_session import Failure, Session, Watch
from midflight.adapters.shadow_trace import (
    Tracer,
    all_locks,
    constraint_tables,
    new_locks,
    scanned,
    work_of,
)
from midflight.errors import ToolError
from midflight.inspection.model import Context
from midflight.operations.model import Statement
from midflight.plan.model import RollbackPlan
from midflight.plan.words import summary
from midflight.proof.compare import compare_facts
from midflight.proof.costs import Seen, modelled, traced
from midflight.proof.drift import drift_of
from midflight.proof.model import Answers, Bounds, Fact, Grade, Proof, Restored, Traced
from midflight.proof.probing import probes_for, roles_for
from midflight.proof.units import Unit, undoing, units

_SUPERUSER = "midflight_shadow"
_CONTROL = re.compile(r"\s*(begin|start|commit|end|rollback|abort|savepoint|release|prepare)\b", re.IGNORECASE)
_ALONE = frozenset({"25001", "2D000", "55P04"})
"""What says that a statement does not run inside a transaction ("PostgreSQL Error Codes")."""
_ATTEMPTS = 5
_REFUSED = "42501"


def prove(
    context: Context,
    rollback: RollbackPlan,
    binaries: ServerBinaries,
    bounds: Bounds | None = None,
    *,
    role: str = "",
) -> Proof:
    """Return what running the change showed; whatever goes wrong on the way is its reason.

    The history runs with the rights that merged migrations need. The change's own SQL runs as the owner of one database
    who is no superuser; the superuser never enters that database again. The queries of old and new code are planned on
    both schemas, as the `role` that the application logs in as.
    """
    database, change = context.database.database, context.database
    if change.head.dialect != "postgres":
        return Proof(database, reason=f"its SQL is {change.head.dialect}'s, and the shadow database is PostgreSQL")
    bounds = bounds or Bounds()
    lockdown = Lockdown(_SUPERUSER, secrets.token_hex(16), bounds.memory, _settings(bounds))
    try:
        with ShadowServer(binaries, lockdown=lockdown) as server:
            template = build_template(server, change.base, password=secrets.token_hex(16), bounds=bounds)
            if template.failure:
                return Proof(database, server.version, reason=template.failure, stand_ins=tuple(template.stand_ins))
            return _proven(server, template, context, rollback, bounds, role=role)
    except ToolError as failed:
        return Proof(database, binaries.version, reason=failed.sentence)
    except Exception as lost:  # noqa: BLE001 - a server that a stranger's SQL has killed answers in many ways
        return Proof(database, binaries.version, reason=f"the shadow database was lost ({type(lost).__name__})")


def _settings(bounds: Bounds) -> tuple[str, ...]:
    """Settings of the server that no session can change; without workers a session has one process."""
    return (
        f"temp_file_limit={bounds.disk // 2048}kB",
        "max_worker_processes=0",
        "max_wal_size=64MB",
        "min_wal_size=32MB",
        "log_statement=none",
        "log_min_messages=panic",
        "log_min_error_statement=panic",
    )


def _proven(
    server: ShadowServer, template: Template, context: Context, rollback: RollbackPlan, bounds: Bounds, *, role: str
) -> Proof:
    proof = Proof(context.database.database, server.version)
    for _ in range(_ATTEMPTS):
        name = server.create_database(OWNER, template=template.name)
        with closing(Watch(server, seconds=bounds.change_seconds, disk=bounds.disk)) as watch:
            run = _Run(server, template, context, watch=watch, bounds=bounds, role=role)
            proof, missing = run.prove(name, rollback, proof)
        if not missing:
            break
        with closing(server.connect()) as root:
            root.execute(f"CREATE ROLE {quoted(missing)}".encode())
        template.stand_ins.append(f"role {missing}")
        server.drop_database(name)
    return replace(proof, stand_ins=tuple(dict.fromkeys(template.stand_ins)))


class _Run:
    """One copy of the schema at base on which the change is run."""

    def __init__(
        self,
        server: ShadowServer,
        template: Template,
        context: Context,
        *,
        watch: Watch,
        bounds: Bounds,
        role: str = "",
    ) -> None:
        self._server, self._template, self._context = server, template, context
        self._watch, self._bounds = watch, bounds
        self._model = modelled(context, server.version)
        self._traced: list[Traced] = []
        self._probes = probes_for(context, role)
        self._roles = roles_for(context, role)

    def prove(self, database: str, rollback: RollbackPlan, proof: Proof) -> tuple[Proof, str]:
        """Return the proof, and the role that is missing where there is one: then all begins anew."""
        known = let_in(self._server, self._roles) if self._probes else frozenset()
        proof = replace(proof, old=self._ask(database, known))
        with closing(self._session(database)) as session:
            drift = drift_of(self._context.before, read_catalog(session.connection))
            before = self._facts(session)
            tracer, keys = Tracer(session), constraint_tables(session)
            session.run("DISCARD ALL")
            failed = self._apply(session, tracer, keys)
            ran = replace(proof, statements=tuple(self._traced), drift=drift)
            if failed is not None:
                return replace(ran, reason=_why(*failed)), missing_role(failed[1])
            done = replace(ran, applied=True, new=self._ask(database, known))
            return replace(done, rollback=self._back(session, rollback, before)), ""

    def _session(self, database: str) -> Session:
        seconds, waits = self._bounds.statement_seconds, self._bounds.lock_seconds
        options = (
            f"-c statement_timeout={int(seconds * 1000)} -c lock_timeout={int(waits * 1000)} "
            "-c client_min_messages=debug1 -c idle_in_transaction_session_timeout=0"
        )
        password = self._template.password
        connection = self._server.connect(database, user=OWNER, password=password, options=options)
        return Session(connection, self._watch, seconds=seconds + 1)

    def _ask(self, database: str, known: frozenset[str]) -> Answers:
        """What the schema, as it is now, says of the statements of old and new code."""
        if not self._probes:
            return Answers()
        probes = {probe: tuple(role for role in roles if role in known) for probe, roles in self._probes.items()}
        answers = ask(self._server, database, self._template.password, probes, self._bounds)
        return replace(answers, unknown=tuple(sorted(self._roles - known)))

    def _facts(self, session: Session) -> frozenset[Fact]:
        """The schema, read without anything that the statements before have set."""
        for statement in ("ROLLBACK", "DISCARD ALL", "SET search_path = ''", "SET client_min_messages = warning"):
            session.run(statement)
        return read_facts(session.rows)

    def _apply(self, session: Session, tracer: Tracer, keys: dict[str, int]) -> tuple[Statement, Failure] | None:
        for unit in units(self._context):
            if unit.together:
                session.run("BEGIN")
                tracer.begin()
            for statement in unit.statements:
                failed = self._trace(session, statement, tracer, keys)
                if failed:
                    return statement, failed
            if session.in_transaction and (failed := session.run("COMMIT")):
                return unit.statements[-1], failed
        return None

    def _trace(self, session: Session, statement: Statement, tracer: Tracer, keys: dict[str, int]) -> Failure | None:
        """Run a statement and look at what it holds; one that stands alone is looked at in a transaction of its own."""
        control = bool(_CONTROL.match(statement.text))
        own = not session.in_transaction and not control
        if own:
            session.run("BEGIN")
            tracer.begin()
        failed, seconds = _timed(session, statement.text)
        alone = own and failed is not None and failed.sqlstate in _ALONE
        if own and failed is not None and session.alive:
            session.run("ROLLBACK")
        if alone:
            failed, seconds = _timed(session, statement.text)
        if failed is None and not control:
            self._look(session, statement, seconds, tracer, keys, locks=not alone)
        if own and failed is None and session.in_transaction:
            failed = session.run("COMMIT")
        return failed

    def _look(
        self,
        session: Session,
        statement: Statement,
        seconds: float,
        tracer: Tracer,
        keys: dict[str, int],
        *,
        locks: bool,
    ) -> None:
        messages, session.messages = session.messages, []
        before, now = tracer.look()
        seen = Seen(
            statement,
            seconds * 1000,
            new_locks(before, now) if locks else {},
            all_locks(before, now) if locks else {},
            work_of(statement.text, before, now, messages, keys),
            scanned=scanned(before, now) if locks else frozenset(),
            locks_seen=locks,
        )
        self._traced.append(traced(seen, self._model.get(statement)))

    def _back(self, session: Session, rollback: RollbackPlan, before: frozenset[Fact]) -> Restored | None:
        """Run the rollback plan, compare, and run the migration once more."""
        steps = list(undoing(rollback, self._context))
        if not steps:
            return None
        for step, unit in steps:
            session.run("DISCARD ALL")
            failed = _run_unit(session, unit)
            if failed:
                what = f"undoing `{summary(step.statement)}`" if step.statement else "the rollback"
                return Restored(Grade.NOT_RESTORED, reason=f"{what} fails: {_told(failed)}")
        restored = compare_facts(before, self._facts(session))
        if restored.grade is Grade.NOT_RESTORED:
            return restored
        session.run("DISCARD ALL")
        again = all(_run_unit(session, unit) is None for unit in units(self._context))
        return replace(restored, again=again)


def _timed(session: Session, sql: str) -> tuple[Failure | None, float]:
    session.messages = []
    begin = time.monotonic()
    failed = session.run(sql)
    return failed, time.monotonic() - begin


def _run_unit(session: Session, unit: Unit) -> Failure | None:
    if unit.together:
        session.run("BEGIN")
    for statement in unit.statements:
        failed = session.run(statement.text)
        if failed:
            session.run("ROLLBACK")
            return failed
    return session.run("COMMIT") if session.in_transaction else None


def _why(statement: Statement, failed: Failure) -> str:
    place = f"`{statement.path}:{statement.line}`"
    if failed.sqlstate == _REFUSED:
        return f"{place} needs rights that the shadow database gives to nobody: {_told(failed)}"
    if failed.sqlstate:
        return f"{place} fails on the shadow database: {_told(failed)}"
    return f"{place} was stopped: {failed.message}"


def _told(failed: Failure) -> str:
    return f"{failed.message} ({failed.sqlstate})" if failed.sqlstate else failed.message
