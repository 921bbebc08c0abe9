"""The rollback plan in the strategy's three speeds: flag, code, database."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from midflight.catalog.model import Step
from midflight.compatibility.model import Matrix, State
from midflight.inspection.model import Context
from midflight.migrations.model import Migration
from midflight.operations.model import Statement
from midflight.plan.flags import FALLBACK, toggle
from midflight.plan.history import forget
from midflight.plan.inverse import invert
from midflight.plan.inverse.piece import sentences, worst
from midflight.plan.late import Undone, in_time
from midflight.plan.model import Inverse, Reversibility, RollbackPlan, RollbackStep, Speed
from midflight.plan.net import lasting
from midflight.plan.options import MergeMethod, PlanOptions
from midflight.plan.words import code, listed, summary
from midflight.references.model import Guard

_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NO_EFFECT = re.compile(r"(select\s+1|begin|commit|do\s+nothing)?;?", re.IGNORECASE)


def plan_rollback(contexts: Sequence[Context], flags: Sequence[Guard], options: PlanOptions) -> RollbackPlan:
    """Return all steps, fastest first: switch the flag off, revert the code, and only then the database.

    The database goes back in reverse order, one step a statement, or by the author's down script where there is one.
    """
    database = tuple(step for context in reversed(contexts) for step in _database(context, options))
    told = _usually_not_needed(database, contexts) if not options.unread else (*_unread(options), *database)
    steps = (
        *(_flag(flag, options) for flag in flags if flag.provider != FALLBACK),
        _code([c.matrix for c in contexts], options, with_database=bool(told)),
        *told,
    )
    return RollbackPlan(worst(step.grade for step in told), steps)


# --- flag and code --------------------------------------------------------------------------------------------------


def _flag(flag: Guard, options: PlanOptions) -> RollbackStep:
    do, command = toggle(flag, options)
    restarts = flag.provider == "environment" and "Deno" not in flag.set_by
    time = "as fast as the service restarts, no deployment needed" if restarts else "instant, no deployment needed"
    return RollbackStep(Speed.FLAG, do, command=command, time=time)


def _code(matrices: Sequence[Matrix], options: PlanOptions, *, with_database: bool) -> RollbackStep:
    return RollbackStep(
        Speed.CODE,
        f"Revert the code. {_enough(matrices, options.unread, with_database=with_database)}",
        command=f"{revert_command(options)}\ngit push origin {shlex.quote(options.branch)}",
        time=f"about {options.code_minutes} minutes",
    )


def revert_command(options: PlanOptions) -> str:
    """Return the git command that reverts the pull request, by the way it was merged."""
    match options.merge_method:
        case MergeMethod.MERGE:
            return f"git revert --no-edit -m 1 {_revision(options.merged, 'merge commit')}"
        case MergeMethod.REBASE:
            first = _revision(options.base, "last commit before")
            return f"git revert --no-edit {first}..{_revision(options.merged or options.head, 'last commit')}"
        case _:
            return f"git revert --no-edit {_revision(options.merged, 'squash commit')}"


def _revision(revision: str, placeholder: str) -> str:
    return shlex.quote(revision) if revision else f"<{placeholder}>"


def _enough(matrices: Sequence[Matrix], unread: Sequence[str], *, with_database: bool) -> str:
    states = {m.old_new.state for m in matrices}
    if unread:
        return f"Whether that alone is enough could not be told: what {listed(map(code, unread))} does is not known."
    if not with_database or not matrices:
        return "That is all: no migration has to go back."
    if State.BREAKS in states:
        broken = listed(code(b.object) for m in matrices for b in m.old_new.breaks if b.guard is None)
        return (
            f"That alone is not enough: old code breaks on the new schema ({broken}), "
            "so roll the database back right after."
        )
    if State.UNDETERMINED in states:
        return "Whether that alone is enough could not be told: check that old code holds on the new schema."
    if State.DEGRADES in states:
        return "That alone is enough while the flag of the old code stays as it is: the database can stay."
    return "That alone is enough: old code holds on the new schema, the database can stay."


# --- database -------------------------------------------------------------------------------------------------------


def _database(context: Context, options: PlanOptions) -> Iterator[RollbackStep]:
    time = f"about {options.database_minutes} minutes, last resort"
    by_hand: list[tuple[Migration, Statement]] = []
    for migration, steps in reversed(_by_migration(context)):
        if migration is not None and migration.down is not None and not is_empty(migration.down.text):
            seen = context.shown.way_back(migration.down.path)
            if seen is None or not seen.instead:
                yield _down(migration, steps, context, time)
                continue
        undone = undo(steps, context)
        if undone and migration is not None:
            by_hand.append((migration, undone[0][0]))
        for statement, inverse in undone:
            yield RollbackStep(
                Speed.DATABASE,
                f"Undo {code(summary(statement))}.",
                sql=inverse.sql,
                time=time,
                grade=inverse.grade,
                note=inverse.note,
                statement=statement,
            )
    if by_hand:
        yield _forget(by_hand, context, time)


def _unread(options: PlanOptions) -> Iterator[RollbackStep]:
    """Migrations that are programs: how far they can be undone is known to those who wrote them."""
    for path in reversed(options.unread):
        yield RollbackStep(
            Speed.DATABASE,
            f"Undo {code(path)} with its own tool, if it has a way back.",
            time=f"about {options.database_minutes} minutes, last resort",
            grade=Reversibility.IRREVERSIBLE,
            note="It is written in code and was not read: whether something is lost is not known.",
        )


def _forget(undone: Sequence[tuple[Migration, Statement]], context: Context, time: str) -> RollbackStep:
    versions = listed(code(migration.version or migration.path) for migration, _ in undone)
    gone = {migration.path for migration in context.database.pending}
    kept = [migration for migration in context.database.head.migrations if migration.path not in gone]
    return RollbackStep(
        Speed.DATABASE,
        f"Let the migration tool forget {versions}, or the next deployment takes it for applied.",
        command=forget(context.database.head.format, [migration for migration, _ in undone], kept),
        time=time,
        statement=undone[0][1],
    )


def _by_migration(context: Context) -> list[tuple[Migration | None, list[Step]]]:
    known = {m.version: m for m in context.database.head.migrations}
    known |= {m.version: m for m in context.database.pending}
    return [(known.get(version), list(steps)) for version, steps in groupby(context.steps, lambda s: s.migration)]


def undo(steps: Sequence[Step], context: Context) -> list[tuple[Statement, Inverse]]:
    """Return the inverse of each statement of a migration, in the order in which they run."""
    found: list[Undone] = []
    grouped = [list(group) for _, group in groupby(lasting(steps, context), lambda step: step.operation.statement)]
    for parts in reversed(grouped):
        inverse = combined([invert(step) for step in reversed(parts)])
        if inverse.sql or inverse.note:
            found.append(Undone(tuple(parts), inverse))
    return [(undone.steps[0].operation.statement, undone.inverse) for undone in in_time(found, steps, context)]


def combined(inverses: Sequence[Inverse]) -> Inverse:
    """Return inverses, already in the order in which they run, as one."""
    return Inverse(
        "\n".join(i.sql for i in inverses if i.sql),
        worst(i.grade for i in inverses),
        sentences(i.note for i in inverses),
    )


def _down(migration: Migration, steps: Sequence[Step], context: Context, time: str) -> RollbackStep:
    computed = [invert(step) for step in lasting(steps, context)]
    down = migration.down
    return RollbackStep(
        Speed.DATABASE,
        f"Run the author's down script of {code(migration.version or migration.path)}.",
        sql=down.text.strip() if down else "",
        time=time,
        grade=worst(inverse.grade for inverse in computed),
        note=sentences(inverse.note for inverse in computed if inverse.grade is not Reversibility.LOSSLESS),
        statement=steps[0].operation.statement,
        source=down.path if down else "computed",
    )


def is_empty(sql: str) -> bool:
    """Return whether a down script does nothing: only comments, or a statement without effect."""
    return bool(_NO_EFFECT.fullmatch(_SQL_COMMENT.sub("", sql).strip()))


def _usually_not_needed(steps: tuple[RollbackStep, ...], contexts: Sequence[Context]) -> tuple[RollbackStep, ...]:
    if not steps or any(c.matrix.old_new.state is not State.HOLDS for c in contexts):
        return steps
    first = steps[0]
    note = f"Usually not needed: old code holds on the new schema. {first.note}".strip()
    with_note = replace(first, note=note)
    return (with_note, *steps[1:])
