"""Ways back on copies of the schema without rows: the plan, each author's down script, and from half-way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from midflight.adapters.shadow.history import OWNER
from midflight.adapters.shadow.run import Ground, facts, run_back, run_unit, with_again
from midflight.adapters.shadow.session import Session
from midflight.inspection.down import ways_back
from midflight.inspection.model import Context
from midflight.operations.model import Statement
from midflight.plan.model import RollbackPlan, RollbackStep, Speed
from midflight.proof.model import Grade, Judged, Partial, Restored
from midflight.proof.units import Unit, statements_of, undoing, units

_DOWNS = 8
_PARTS = 8
_TIME = 2.0
"""Seconds that must be left of the bound for one more way to be run."""


@contextmanager
def _copy(ground: Ground) -> Iterator[Session]:
    name = ground.server.create_database(OWNER, template=ground.template.name)
    try:
        with closing(ground.session(name)) as session:
            yield session
    finally:
        ground.server.drop_database(name)


def _may_go_on(ground: Ground) -> bool:
    return ground.watch.remaining() > _TIME and not ground.watch.exceeded()


def on_empty_tables(ground: Ground, rollback: RollbackPlan) -> Restored | None:
    """Return what the plan gives back where the tables have no rows."""
    if not _may_go_on(ground):
        return None
    with _copy(ground) as session:
        before = facts(session)
        for unit in units(ground.context):
            session.run("DISCARD ALL")
            if run_unit(session, unit):
                return None
        restored = replace(run_back(session, undoing(rollback, ground.context), before), on_rows="")
        return restored if restored.grade is Grade.NOT_RESTORED else with_again(session, restored, ground.context)


def judged_downs(ground: Ground) -> tuple[Judged, ...]:
    """Return what each author's down script gives back of the schema before its migration: up, down, and up again."""
    ways = {way.migration.version: way for way in ways_back(ground.context)}
    found: list[Judged] = []
    if not ways or not _may_go_on(ground):
        return ()
    with _copy(ground) as session:
        for migration in ground.context.database.pending:
            ups = units(_only(ground, migration.version))
            before = facts(session) if migration.version in ways else frozenset()
            if any(_run_all(session, [unit]) for unit in ups):
                break
            if migration.version not in ways or migration.down is None:
                continue
            if len(found) == _DOWNS or not _may_go_on(ground):
                break
            statements = statements_of(migration.down)
            unit = Unit(statements, together=bool(statements) and statements[0].in_transaction)
            step = RollbackStep(Speed.DATABASE, "", source=migration.down.path)
            restored = run_back(session, [(step, unit)], before)
            again = not restored.reason and not any(_run_all(session, [one]) for one in ups)
            found.append(Judged(migration.down.path, replace(restored, again=again, on_rows="")))
            if not again:
                break
    return tuple(found)


def _only(ground: Ground, version: str) -> Context:
    context = ground.context
    return replace(context, steps=tuple(step for step in context.steps if step.migration == version))


def _run_all(session: Session, ups: list[Unit]) -> bool:
    session.run("DISCARD ALL")
    return any(run_unit(session, unit) is not None for unit in ups)


def partial_failures(ground: Ground, rollback: RollbackPlan) -> tuple[Partial, ...]:
    """Return what the rollback gives back after each prefix of statements that a failure would leave applied."""
    parts = list(_parts(ground))
    steps = list(undoing(rollback, ground.context))
    found: list[Partial] = []
    for number in range(1, len(parts)):
        if len(found) == _PARTS or not _may_go_on(ground):
            break
        ran = [statement for part in parts[:number] for statement in part.statements]
        undone = [(step, unit) for step, unit in steps if step.source != "computed" or step.statement in ran]
        with _copy(ground) as session:
            before = facts(session)
            if any(_run_all(session, [part]) for part in parts[:number]):
                break
            found.append(Partial(_first(parts[number]), replace(run_back(session, undone, before), on_rows="")))
    return tuple(found)


def _first(part: Unit) -> Statement:
    return part.statements[0]


def _parts(ground: Ground) -> Iterator[Unit]:
    """What is applied whole or not at all."""
    for unit in units(ground.context):
        if unit.together:
            yield unit
        else:
            yield from (Unit((statement,), together=False) for statement in unit.statements)
