"""The inverse of one step, whatever its operation."""

from itertools import chain

from midflight.catalog.model import Step
from midflight.operations import model as op
from midflight.plan.inverse.attached import attached_pieces
from midflight.plan.inverse.columns import column_pieces
from midflight.plan.inverse.constraints import constraint_pieces, index_pieces
from midflight.plan.inverse.data import undo_data
from midflight.plan.inverse.difference import step_difference
from midflight.plan.inverse.piece import NOTHING, joined, terminated
from midflight.plan.inverse.relations import relation_pieces
from midflight.plan.inverse.renames import is_rename, rename_back
from midflight.plan.inverse.rights import comment_pieces, container_pieces, other_pieces, right_pieces
from midflight.plan.inverse.routines import routine_pieces
from midflight.plan.inverse.sequences import sequence_pieces
from midflight.plan.inverse.types import type_pieces
from midflight.plan.inverse.unknown import undo_unknown
from midflight.plan.inverse.unmodelled import owner_unknown, undo_unmodelled
from midflight.plan.inverse.views import view_pieces
from midflight.plan.model import Inverse

SUBJECTS = (
    container_pieces,
    type_pieces,
    relation_pieces,
    column_pieces,
    constraint_pieces,
    index_pieces,
    routine_pieces,
    view_pieces,
    attached_pieces,
    other_pieces,
    right_pieces,
    comment_pieces,
)


def invert(step: Step) -> Inverse:
    """Return the SQL that undoes a step, what it gives back, and a caveat; empty SQL where nothing changed.

    The definitions come from the catalog before the step, so it restores what CASCADE took along as well.
    """
    operation = step.operation
    if is_rename(operation):
        sql = rename_back(step)
        return Inverse(terminated(sql), NOTHING.grade) if sql else NOTHING
    told = undo_data(operation, step.before) or undo_unmodelled(operation, step.before) or undo_unknown(step)
    return told if told is not None else _from_catalogs(step)


def _from_catalogs(step: Step) -> Inverse:
    if step.before == step.after and not isinstance(step.operation, op.SetOwner | op.AlterSequence):
        return NOTHING
    d = step_difference(step)
    pieces = [*chain.from_iterable(subject(d) for subject in SUBJECTS), *sequence_pieces(step)]
    found = joined(pieces)
    if isinstance(step.operation, op.SetOwner) and not found.sql:
        return owner_unknown(step.operation)
    return found
