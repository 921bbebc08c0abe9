"""Functions and procedures that a step made, replaced or dropped."""

import re
from collections.abc import Iterator

from midflight.catalog.ddl import create_routine
from midflight.operations import model as op
from midflight.operations.shapes import Parameter, Routine, RoutineKind
from midflight.plan.inverse.difference import StepDifference, changed, only_in
from midflight.plan.inverse.piece import Piece, Rank


def routine_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield the DROP of new routines (full signature) and the previous definition of replaced and dropped ones.

    Grants and comments of a dropped routine are differences of their own; only a routine that must be dropped and
    made again brings them here.
    """
    for _, routine in only_in(d.after.routines, d.before.routines):
        yield Piece(Rank.DROP_ROUTINE, drop_routine(routine), note=_replaced_unseen(routine, d))
    for _, routine in only_in(d.before.routines, d.after.routines):
        yield Piece(_rank(routine, d), create_routine(routine)[0])
    for _, before, after in changed(d.before.routines, d.after.routines):
        if replaceable(after, before):
            yield Piece(Rank.MAKE_ROUTINE, create_routine(before)[0])
        else:
            yield from _again(before, after, d)


def _replaced_unseen(routine: Routine, d: StepDifference) -> str:
    replaces = isinstance(d.operation, op.CreateRoutine) and d.operation.or_replace
    if not replaces or not d.before.why_unknown(routine.name):
        return ""
    name = routine.name.short
    return f"If `{name}` was there before the migration (the history does not show it), put its old text back instead."


def drop_routine(routine: Routine) -> str:
    """Return DROP FUNCTION IF EXISTS with the full signature, as overloads need it."""
    types = ", ".join(routine.key.types)
    if routine.kind is RoutineKind.AGGREGATE and not types:
        types = "*"
    return f"DROP {routine.kind.value} IF EXISTS {routine.name.short}({types})"


def replaceable(now: Routine, wanted: Routine) -> bool:
    """Return whether CREATE OR REPLACE can turn `now` into `wanted`.

    It cannot change the return type or the kind, rename or unname a parameter, or take away a default
    (PostgreSQL documentation, "CREATE FUNCTION"; SQLSTATE 42P13).
    """
    if (now.returns, now.kind) != (wanted.returns, wanted.kind) or len(now.parameters) != len(wanted.parameters):
        return False
    return all(_fits(one, other) for one, other in zip(now.parameters, wanted.parameters, strict=True))


def _fits(now: Parameter, wanted: Parameter) -> bool:
    if (now.type, now.mode) != (wanted.type, wanted.mode):
        return False
    return now.name in {"", wanted.name} and (now.default is None or wanted.default is not None)


def _again(before: Routine, after: Routine, d: StepDifference) -> Iterator[Piece]:
    note = f"`{before.name.short}` is dropped and made again: the server refuses while views or triggers use it."
    yield Piece(Rank.DROP_ROUTINE, drop_routine(after), note=note)
    definition, *rights = create_routine(before, d.before)
    yield Piece(Rank.MAKE_ROUTINE, definition)
    for sql in rights:
        yield Piece(Rank.RIGHTS, sql)


def _rank(routine: Routine, d: StepDifference) -> Rank:
    """Tables may need a routine in a default, a routine may need a table: the text decides which comes first."""
    words = set(re.findall(r"\w+", routine.definition.lower()))
    needs = any(name.name.lower() in words for name in d.dropped)
    return Rank.MAKE_ROUTINE if needs else Rank.MAKE_EARLY_ROUTINE
