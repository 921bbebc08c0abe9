"""One change run on one copy of the schema at base: traced, rolled back, and run once more."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace

from midflight.adapters.live_catalog import read_catalog
from midflight.adapters.shadow.bodies import check_bodies
from midflight.adapters.shadow.history import OWNER, Template, missing_role
from midflight.adapters.shadow.probes import ask, let_in
from midflight.adapters.shadow.rows import kept
from midflight.adapters.shadow.schema_facts import read_facts
from midflight.adapters.shadow.server import ShadowServer
from midflight.adapters.shadow.session import Failure, Session, Watch
from midflight.adapters.shadow.standins import MADE
from midflight.adapters.shadow.trace import Tracer, all_locks, constraint_tables, new_locks, scanned, work_of
from midflight.adapters.shadow.visible import count_visible
from midflight.catalog.model import Catalog
from midflight.inspection.model import Context
from midflight.operations.model import Statement
from midflight.plan.model import RollbackPlan, RollbackStep
from midflight.plan.words import summary
from midflight.proof.bodies import Bodies, Compared, compare_bodies
from midflight.proof.compare import compare_facts
from midflight.proof.costs import Seen, modelled, traced
from midflight.proof.drift import drift_of
from midflight.proof.joining import has_embeds
from midflight.proof.losses import losses
from midflight.proof.model import Answers, Bounds, Fact, Grade, Proof, Refused, Restored, Traced, lacks
from midflight.proof.platforms import speaks_of
from midflight.proof.probing import probes_for, roles_for
from midflight.proof.seeded import Seeded
from midflight.proof.units import Unit, undoing, units
from midflight.proof.visibility import Source, Visible, fewer, hidden, looked_at

_CONTROL = re.compile(r"\s*(begin|start|commit|end|rollback|abort|savepoint|release|prepare)\b", re.IGNORECASE)
_ALONE = frozenset({"25001", "2D000", "55P04"})
"""What says that a statement does not run inside a transaction ("PostgreSQL Error Codes")."""
_REFUSED = "42501"
_BY_STAND_INS = frozenset({"42704", "42883", "22023", "22P02", "0A000", "42P17"})
"""What a stand-in for an extension may be the cause of: it has fewer types, functions, parameters and operators."""
_BY_ROWS = ("22", "23", "54", "P0", "55006")
"""What rows alone can cause: data exceptions, integrity, limits, what a statement raises by itself, pending triggers
("PostgreSQL Error Codes")."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a change is run: the server, the database at base, the copy with rows, and the bounds of all of it."""

    server: ShadowServer
    template: Template
    context: Context
    watch: Watch
    bounds: Bounds
    seeded: Seeded | None = None

    def session(self, database: str) -> Session:
        """Return a connection as the owner, who is no superuser."""
        seconds, waits = self.bounds.statement_seconds, self.bounds.lock_seconds
        options = (
            f"-c statement_timeout={int(seconds * 1000)} -c lock_timeout={int(waits * 1000)} "
            "-c client_min_messages=debug1 -c idle_in_transaction_session_timeout=0"
        )
        password = self.template.password
        connection = self.server.connect(database, user=OWNER, password=password, options=options)
        return Session(connection, self.watch, seconds=seconds + 1)


class Run:
    """One copy of the schema at base on which the change is run."""

    def __init__(self, ground: Ground, *, role: str = "") -> None:
        self._ground, self._context, self._bounds = ground, ground.context, ground.bounds
        self._model = modelled(ground.context, ground.server.version)
        self._traced: list[Traced] = []
        self._probes = probes_for(ground.context, role)
        self._roles = roles_for(ground.context, role)

    def prove(self, database: str, rollback: RollbackPlan, proof: Proof) -> tuple[Proof, str]:
        """Return the proof, and the role that is missing where there is one: then all begins anew."""
        tables = looked_at(self._context, self._ground.seeded)
        known = let_in(self._ground.server, self._roles) if self._probes or tables else frozenset()
        proof, bodies = replace(proof, old=self._ask(database, known)), self._bodies(database)
        seen = self._visible(database, tables, known)
        with closing(self._ground.session(database)) as session:
            drift = drift_of(self._context.before, read_catalog(session.connection))
            before = facts(session)
            tracer, keys = Tracer(session), constraint_tables(session)
            session.run("DISCARD ALL")
            failed = self._apply(session, tracer, keys)
            ran = replace(proof, statements=tuple(self._traced), drift=drift)
            lacking = self._stand_ins(session)
            if failed is not None:
                statement, failure = failed
                told = not (self._by_platform(failure) or (lacking and failure.sqlstate in _BY_STAND_INS))
                refused = Refused(statement, failure.message, failure.sqlstate) if told else None
                return replace(ran, reason=_why(*failed), refused=refused), missing_role(failure)
            done = replace(ran, applied=True, new=self._ask(database, known), bodies=self._compared(database, bodies))
            now = self._visible(database, tables, known)
            lost = tuple(hidden(self._context, seen, now, OWNER)), tuple(fewer(self._context, seen, now, OWNER))
            done = replace(done, hidden=lost[0], fewer=lost[1])
            return replace(done, rollback=self._back(session, rollback, before)), ""

    def _stand_ins(self, session: Session) -> bool:
        """Note the extensions that the change itself made and that are stand-ins; whether there is any at all."""
        known = self._ground.template.stand_ins
        if session.alive:
            if session.in_transaction:
                session.run("ROLLBACK")
            known += [each for (name,) in session.rows(MADE) if (each := f"extension {name}") not in known]
        return lacks(known)

    def _by_platform(self, failure: Failure) -> bool:
        """Whether a statement may have failed for what the stand-in for a platform's own schemas has not."""
        platform = self._ground.template.platform
        return platform is not None and speaks_of(platform, failure.message)

    def _ask(self, database: str, known: frozenset[str]) -> Answers:
        """What the schema, as it is now, says of the statements of old and new code."""
        if not self._probes:
            return Answers()
        probes = {probe: tuple(role for role in roles if role in known) for probe, roles in self._probes.items()}
        answers = ask(self._ground.server, database, self._ground.template.password, probes, self._bounds)
        return replace(answers, unknown=tuple(sorted(self._roles - known)), catalog=self._catalog(database))

    def _catalog(self, database: str) -> Catalog | None:
        """The server's own schema, asked for where code embeds: what PostgREST joins by are its foreign keys."""
        if not has_embeds(self._context):
            return None
        with closing(self._ground.session(database)) as session:
            return read_catalog(session.connection)

    def _bodies(self, database: str) -> Bodies:
        catalogs = (self._context.before, self._context.after)
        routines = {routine.name for catalog in catalogs for routine in catalog.routines.values()}
        if not routines:
            return Bodies()
        with closing(self._ground.session(database)) as session:
            return check_bodies(session, self._bounds, routines, checker=self._ground.template.checker)

    def _visible(self, database: str, tables: tuple[Source, ...], roles: frozenset[str]) -> Visible:
        if not tables:
            return {}
        with closing(self._ground.session(database)) as session:
            return count_visible(session, tables, sorted(roles), OWNER, self._bounds)

    def _compared(self, database: str, old: Bodies) -> Compared:
        lacks = any(each.startswith("extension ") for each in self._ground.template.stand_ins)
        return compare_bodies(old, self._bodies(database), stand_ins=lacks, platform=self._ground.template.platform)

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
            work_of(statement.text, before, now, messages, keys, expected=self._model.get(statement, ())),
            scanned=scanned(before, now) if locks else frozenset(),
            locks_seen=locks,
        )
        self._traced.append(traced(seen, self._model.get(statement)))

    def back(self, database: str, rollback: RollbackPlan) -> Restored | None:
        """Return what another rollback gives back, None where the migration does not apply."""
        with closing(self._ground.session(database)) as session:
            before = facts(session)
            session.run("DISCARD ALL")
            if any(run_unit(session, unit) for unit in units(self._context)):
                return None
            return self._back(session, rollback, before)

    def _back(self, session: Session, rollback: RollbackPlan, before: frozenset[Fact]) -> Restored | None:
        """Run the rollback plan, compare schema and rows, and run the migration once more."""
        steps = list(undoing(rollback, self._context))
        if not steps:
            return None
        restored = run_back(session, steps, before)
        seeded = self._ground.seeded
        if seeded is not None and restored.grade is not Grade.NOT_RESTORED:
            restored = replace(restored, losses=self._losses(session, seeded))
        return restored if restored.grade is Grade.NOT_RESTORED else with_again(session, restored, self._context)

    def _losses(self, session: Session, seeded: Seeded) -> tuple[str, ...]:
        with closing(self._ground.session(seeded.database)) as untouched:
            untouched.run("SET search_path = ''")
            return losses(kept(untouched.rows, session.rows, seeded))


def facts(session: Session) -> frozenset[Fact]:
    """Return the schema, read without anything that the statements before have set."""
    for statement in ("ROLLBACK", "DISCARD ALL", "SET search_path = ''", "SET client_min_messages = warning"):
        session.run(statement)
    return read_facts(session.rows)


def run_back(session: Session, steps: Iterable[tuple[RollbackStep, Unit]], before: frozenset[Fact]) -> Restored:
    """Run the steps of a rollback, and compare the schema with the one before."""
    for step, unit in steps:
        session.run("DISCARD ALL")
        failed = run_unit(session, unit)
        if failed:
            reason = f"{_undoing(step)} fails: {told(failed)}"
            return Restored(Grade.NOT_RESTORED, reason=reason, on_rows=reason if by_rows(failed.sqlstate) else "")
    return compare_facts(before, facts(session))


def _undoing(step: RollbackStep) -> str:
    if step.source != "computed":
        return f"the down script `{step.source}`"
    return f"undoing `{summary(step.statement)}`" if step.statement else "the rollback"


def with_again(session: Session, restored: Restored, context: Context) -> Restored:
    """Run the migration once more."""
    session.run("DISCARD ALL")
    return replace(restored, again=all(run_unit(session, unit) is None for unit in units(context)))


def by_rows(sqlstate: str) -> bool:
    """Return whether rows alone can be why the server refused a statement."""
    return sqlstate.startswith(_BY_ROWS)


def _timed(session: Session, sql: str) -> tuple[Failure | None, float]:
    session.messages = []
    begin = time.monotonic()
    failed = session.run(sql)
    return failed, time.monotonic() - begin


def run_unit(session: Session, unit: Unit) -> Failure | None:
    """Run statements as their tool does, and return why one failed."""
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
        return f"{place} needs rights that the shadow database gives to nobody: {told(failed)}"
    if failed.sqlstate:
        return f"{place} fails on the shadow database: {told(failed)}"
    return f"{place} was stopped: {failed.message}"


def told(failed: Failure) -> str:
    """Return what the server says, with its code."""
    return f"{failed.message} ({failed.sqlstate})" if failed.sqlstate else failed.message
