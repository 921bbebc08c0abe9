"""Runs one database's change on a shadow server: migration, rollback plan, down scripts, and what fails half-way."""

from __future__ import annotations

import re
import secrets
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace

from midflight.adapters.kept import FolderStore
from midflight.adapters.shadow import kept as shadow_kept
from midflight.adapters.shadow.bodies import bring_checker
from midflight.adapters.shadow.history import OWNER, Template, build_template, quoted, reopen
from midflight.adapters.shadow.prepared import SUPERUSER
from midflight.adapters.shadow.rows import seed
from midflight.adapters.shadow.run import Ground, Run, by_rows
from midflight.adapters.shadow.server import GivenServer, Lockdown, ServerBinaries, ShadowServer
from midflight.adapters.shadow.session import Watch
from midflight.adapters.shadow.ways import judged_downs, on_empty_tables, partial_failures
from midflight.errors import ToolError
from midflight.inspection.model import Context
from midflight.migrations.model import DatabaseChange
from midflight.operations.model import Grant
from midflight.plan.model import RollbackPlan
from midflight.proof.model import Bounds, Grade, Proof, Restored
from midflight.proof.platforms import Platform, platform_of, rests_on
from midflight.proof.repair import repaired
from midflight.proof.seeded import Seeded, unfilled

_ATTEMPTS = 5
_MOST_ROLES = 30
_NO_ROLES = frozenset({"public", "current_role", "current_user", "session_user"})
_MADE_ROLE = re.compile(r'\bcreate\s+(?:role|user|group)\s+"?(\w+)', re.IGNORECASE)
_OURS = 8
"""Connections of the superuser, and those of a server's that are reserved for it."""


def prove(  # noqa: PLR0913 - what is shown, where, and what the settings say of it
    context: Context,
    rollback: RollbackPlan,
    source: ServerBinaries | GivenServer,
    bounds: Bounds | None = None,
    *,
    role: str = "",
    rows: int = 0,
    store: FolderStore | None = None,
) -> Proof:
    """Return what running the change showed; whatever goes wrong on the way is its reason.

    The history runs with the rights that merged migrations need. The change's own SQL runs as the owner of one database
    who is no superuser; the superuser never enters that database again. The queries of old and new code are planned on
    both schemas, as the `role` that the application logs in as. `rows` are generated for each table, 0 for none.
    The `store` keeps the schema at base for the next run.
    """
    database, change = context.database.database, context.database
    if change.head.dialect != "postgres":
        return Proof(database, reason=f"its SQL is {change.head.dialect}'s, and the shadow database is PostgreSQL")
    bounds = bounds or Bounds()
    version = source.version if isinstance(source, ServerBinaries) else 0
    try:
        with ExitStack() as stack:
            keeps = _Keeps(source, change, rows, store) if store and isinstance(source, ServerBinaries) else None
            base = (keeps and _kept(stack, keeps, bounds)) or _made(stack, source, change, bounds, rows=rows)
            template = base.template
            if template.failure:
                return Proof(
                    database, base.server.version, reason=template.failure, stand_ins=tuple(template.stand_ins)
                )
            if keeps and not base.kept:
                keeps.save(base)
            return _proven(base, context, rollback, role=role)
    except ToolError as failed:
        return Proof(database, version, reason=failed.sentence)
    except Exception as lost:  # noqa: BLE001 - a server that a stranger's SQL has killed answers in many ways
        return Proof(database, version, reason=f"the shadow database was lost ({type(lost).__name__})")


@dataclass(frozen=True, slots=True)
class _Keeps:
    """Where a schema at base is kept, and which one."""

    source: ServerBinaries
    change: DatabaseChange
    rows: int
    store: FolderStore

    @property
    def platform(self) -> Platform | None:
        return platform_of(self.change.base, self.change.pending)

    @property
    def name(self) -> str:
        return shadow_kept.name_of(self.change.base, self.source, self.rows, self.platform)

    def save(self, base: _Base) -> None:
        """Keep it; what goes wrong makes the next run slower and this one no worse."""
        with suppress(Exception):
            shadow_kept.save(self.store, self.name, base.server, base.template, base.seeded)


def _kept(stack: ExitStack, keeps: _Keeps, bounds: Bounds) -> _Base | None:
    """The schema at base as it was kept, on a server that is up; None where there is none that starts."""
    found = shadow_kept.load(keeps.store, keeps.name)
    if found is None:
        return None
    template = Template(found.template, secrets.token_hex(16), "", list(found.stand_ins), found.checker, keeps.platform)
    try:
        server = stack.enter_context(ShadowServer(keeps.source, lockdown=_lockdown(bounds), unpack=found.unpack))
        return _Base(server, reopen(server, template, bounds), bounds, found.seeded, kept=True)
    except Exception:  # noqa: BLE001 - files that anybody may have written: the history is run again
        stack.close()
        return None


def _made(
    stack: ExitStack, source: ServerBinaries | GivenServer, change: DatabaseChange, bounds: Bounds, *, rows: int
) -> _Base:
    server = stack.enter_context(_server(source, bounds))
    secret = secrets.token_hex(16)
    template = build_template(server, change.base, password=secret, bounds=bounds, pending=change.pending)
    if template.failure:
        return _Base(server, template, bounds, None)
    template.checker = bring_checker(server, template.name)
    seeded = _seeded(server, template, bounds, rows=rows) if rows else None
    return _Base(server, template, bounds, seeded)


def _lockdown(bounds: Bounds) -> Lockdown:
    return Lockdown(SUPERUSER, secrets.token_hex(16), bounds.memory, server_settings(bounds))


def _server(source: ServerBinaries | GivenServer, bounds: Bounds) -> ShadowServer:
    match source:
        case GivenServer():
            from midflight.adapters.shadow.given_server import BorrowedServer  # noqa: PLC0415 - most runs start their own

            return BorrowedServer(source, temporary_bytes=bounds.disk // 2)
        case ServerBinaries():
            return ShadowServer(source, lockdown=_lockdown(bounds))


def server_settings(bounds: Bounds) -> tuple[str, ...]:
    """Settings of the server that no session can change; without workers a session has one process."""
    return (
        f"temp_file_limit={bounds.disk // 2048}kB",
        f"max_connections={bounds.connections + _OURS}",
        "max_worker_processes=0",
        "max_wal_size=64MB",
        "min_wal_size=32MB",
        "log_statement=none",
        "log_min_messages=panic",
        "log_min_error_statement=panic",
    )


def _seeded(server: ShadowServer, template: Template, bounds: Bounds, *, rows: int) -> Seeded | None:
    """The copy with rows; what goes wrong there costs the rows alone."""
    try:
        seeded = seed(server, template.name, bounds, rows=rows)
    except Exception:  # noqa: BLE001 - whatever the driver says: the proof goes on without rows
        return None
    return seeded if seeded.rows else None


@dataclass(frozen=True, slots=True)
class _Base:
    """The schema at base, without rows and with them."""

    server: ShadowServer
    template: Template
    bounds: Bounds
    seeded: Seeded | None
    kept: bool = False


def _proven(base: _Base, context: Context, rollback: RollbackPlan, *, role: str) -> Proof:
    server, template, bounds, seeded = base.server, base.template, base.bounds, base.seeded
    proof = Proof(context.database.database, server.version)
    if seeded is not None:
        proof = replace(proof, rows=seeded.rows, unfilled=tuple(unfilled(seeded)))
    for _ in range(_ATTEMPTS):
        with closing(Watch(server, seconds=bounds.change_seconds, disk=bounds.disk)) as watch:
            ground = Ground(server, template, context, watch, bounds, seeded)
            proof, missing = _on_rows_or_without(ground, rollback, proof, role=role)
            if not missing:
                proof = _with_ways(ground, rollback, proof)
                break
        template.stand_ins += _make_roles(server, missing, context)
    named = (
        rests_on(template.platform, (each.up.text for each in context.database.pending)) if template.platform else ()
    )
    return replace(proof, stand_ins=(*dict.fromkeys(template.stand_ins), *named))


def _make_roles(server: ShadowServer, missing: str, context: Context) -> list[str]:
    """Make the role that is missing and those that the change grants to: each one later would be a run anew."""
    granted = {role for step in context.steps if isinstance(step.operation, Grant) for role in step.operation.roles}
    with closing(server.connect()) as root:
        there = {str(name) for (name,) in root.execute(b"SELECT rolname FROM pg_roles").fetchall()}
        others = sorted(granted - there - {missing, *_NO_ROLES} - _own_roles(context))
        made = [missing, *others[:_MOST_ROLES]]
        for role in made:
            root.execute(f"CREATE ROLE {quoted(role)}".encode())
    return [f"role {role}" for role in made]


def _own_roles(context: Context) -> set[str]:
    """The roles that the change makes by itself, in blocks of PL/pgSQL too."""
    return {name for each in context.database.pending for name in _MADE_ROLE.findall(each.up.text)}


def _on_rows_or_without(ground: Ground, rollback: RollbackPlan, proof: Proof, *, role: str) -> tuple[Proof, str]:
    """Run the change on tables with rows; where rows alone can be why it fails, also on empty ones."""
    begun = replace(proof, statements=())
    seeded, template = ground.seeded, ground.template
    name = ground.server.create_database(OWNER, template=seeded.database if seeded else template.name)
    found, missing = Run(ground, role=role).prove(name, rollback, begun)
    ground.server.drop_database(name)
    if seeded is None or found.refused is None or not by_rows(found.refused.sqlstate):
        return found, missing
    name = ground.server.create_database(OWNER, template=template.name)
    bare, missing = Run(replace(ground, seeded=None), role=role).prove(name, rollback, begun)
    ground.server.drop_database(name)
    return (replace(bare, refused=replace(found.refused, on_rows=True)) if bare.applied else bare), missing


def _with_ways(ground: Ground, rollback: RollbackPlan, proof: Proof) -> Proof:
    """The proof with what else is run on copies of the schema; what goes wrong there costs these parts alone."""
    if not proof.applied:
        return proof
    proof = replace(proof, downs=judged_downs(ground))
    found = repaired(ground.context, proof.downs)
    if found is not None:
        plan, downs = found
        back = _without_rows_too(ground, plan, _back(ground, plan))
        if back is not None and back.grade is not Grade.NOT_RESTORED:
            return replace(proof, rollback=back, downs=downs, partial=partial_failures(ground, plan))
    proof = replace(proof, rollback=_without_rows_too(ground, rollback, proof.rollback))
    return replace(proof, partial=partial_failures(ground, rollback))


def _without_rows_too(ground: Ground, rollback: RollbackPlan, back: Restored | None) -> Restored | None:
    """What a rollback gives back that rows alone may have stopped: then that of empty tables."""
    if back is None or not back.on_rows:
        return back
    bare = on_empty_tables(ground, rollback)
    return replace(bare, on_rows=back.on_rows) if bare else back


def _back(ground: Ground, rollback: RollbackPlan) -> Restored | None:
    """Run another rollback on a copy of its own, with rows where there are any."""
    seeded = ground.seeded
    name = ground.server.create_database(OWNER, template=seeded.database if seeded else ground.template.name)
    try:
        return Run(ground).back(name, rollback)
    finally:
        ground.server.drop_database(name)
