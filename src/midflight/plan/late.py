"""Which statements of a rollback wait, because they name what a later one gives back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from midflight.catalog.model import Relation, RelationKind, Step
from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.plan.inverse.relations import STAR, view_text
from midflight.plan.model import Inverse

_WORD = re.compile(r"[^\W\d][\w$]*")


@dataclass(frozen=True, slots=True)
class Undone:
    """The steps of one statement, and what undoes them."""

    steps: tuple[Step, ...]
    inverse: Inverse


def in_time(undone: Sequence[Undone], steps: Sequence[Step], context: Context) -> list[Undone]:
    """Return what undoes a migration with what has to wait moved back.

    Views come last where one selects `*` or names a column that the migration has renamed before it drops the view:
    only the tables as they were fit their text. A routine in SQL goes back to its previous body once the routines are
    there that the body calls, for the server looks for them.
    """
    late = any(_fits_only_before(step, context) for step in steps)
    last = [each for each in undone if late and all(_is_view_as_before(step, context) for step in each.steps)]
    return [*_behind_what_they_call([each for each in undone if each not in last]), *last]


# --- views ----------------------------------------------------------------------------------------------------------


def _dropped_view(step: Step, context: Context) -> tuple[Relation, Relation] | None:
    """The view that a step drops, as it was before the change set and as it is dropped."""
    if not isinstance(step.operation, op.DropView):
        return None
    name = step.before.resolve(step.operation.name)
    before, dropped = context.before.relations.get(name), step.before.relations.get(name)
    return (before, dropped) if before and dropped else None


def _fits_only_before(step: Step, context: Context) -> bool:
    views = _dropped_view(step, context)
    if views is None:
        return False
    before, dropped = views
    text = view_text(dropped)
    # a rename changes what a view reads, and its text only where the word can mean nothing else
    return bool(STAR.search(text)) or (text == view_text(before) and set(before.reads) != set(dropped.reads))


def _is_view_as_before(step: Step, context: Context) -> bool:
    """Whether a step drops a view with the text from before, or an index of a view, which comes back behind it."""
    if isinstance(step.operation, op.DropIndex):
        index = step.before.indexes.get(step.before.resolve(step.operation.name))
        table = step.before.relations.get(index.table) if index else None
        return table is not None and table.kind is RelationKind.MATERIALIZED_VIEW
    views = _dropped_view(step, context)
    return views is not None and view_text(views[0]) == view_text(views[1])


# --- routines -------------------------------------------------------------------------------------------------------


def _behind_what_they_call(undone: Sequence[Undone]) -> list[Undone]:
    ordered: list[Undone] = []
    waiting: list[tuple[Undone, int]] = []
    restored = [_routines_back(each) for each in undone]
    for place, each in enumerate(undone):
        calls = _called_from_sql(each)
        until = max((later for later in range(place + 1, len(undone)) if restored[later] & calls), default=place)
        if until > place:
            waiting.append((each, until))
            continue
        ordered += [each, *(other for other, awaited in waiting if awaited == place)]
    return ordered


def _routines_back(undone: Undone) -> frozenset[str]:
    operations = (step.operation for step in undone.steps)
    return frozenset(operation.name.name for operation in operations if isinstance(operation, op.DropRoutine))


def _called_from_sql(undone: Undone) -> frozenset[str]:
    """The words of a body that the server checks, where all that is undone is its replacement."""
    if not all(_replaces_sql(step) for step in undone.steps):
        return frozenset()
    return frozenset(_WORD.findall(undone.inverse.sql))


def _replaces_sql(step: Step) -> bool:
    operation = step.operation
    if not isinstance(operation, op.CreateRoutine) or not operation.or_replace:
        return False
    return any(r.language.lower() == "sql" for r in step.before.routines_named(operation.routine.name))
