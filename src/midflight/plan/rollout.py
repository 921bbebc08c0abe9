"""The code that a rollout is about: what at head needs the new schema, and what at base still needs the old one."""

from collections.abc import Iterator, Sequence

from midflight.compatibility.model import Matrix
from midflight.inspection.model import Context
from midflight.operations.shapes import Name
from midflight.plan.flags import needs_new
from midflight.plan.model import Planned
from midflight.plan.words import code
from midflight.references.model import Access, Reference, RoutineReference, Verb


def rollout_items(contexts: Sequence[Context], matrix: Matrix) -> tuple[Planned, ...]:
    """Return one item for each place in code."""
    return tuple(dict.fromkeys((*_needing(contexts), *_leaving(matrix))))


def code_differs(contexts: Sequence[Context]) -> bool:
    """Return whether old and new code use the database differently, wherever that is."""
    return any(_uses(c.old_code.references) != _uses(c.new_code.references) for c in contexts)


def _uses(references: Sequence[Reference]) -> frozenset[tuple[str, str]]:
    return frozenset((r.place.path, r.text) for r in references)


def _needing(contexts: Sequence[Context]) -> Iterator[Planned]:
    for context in contexts:
        for reference in context.new_code.references:
            if needs_new(reference, context):
                name = _name(reference)
                text = f"{verb_of(reference)} {code(name)}"
                yield Planned(reference.place.path, reference.place.line, text, object=name)


def _leaving(matrix: Matrix) -> Iterator[Planned]:
    for found in matrix.old_new.breaks:
        runs = found.runs_on
        kept = any(found.place.path.startswith(f"{name}:") for name in runs.versions)
        if not runs.consumer and not kept:  # no deployment of this repository changes those
            # the line is one of base, where the reader of head would not find it
            yield Planned(found.place.path, 0, f"old code needs {code(found.object)}", object=found.object)


def _name(reference: Reference) -> str:
    plain = reference.routine if isinstance(reference, RoutineReference) else reference.table
    return Name(plain, reference.schema).short


def verb_of(reference: Reference) -> str:
    """Return what the code does with the object: "calls", "writes to", "reads"."""
    if isinstance(reference, RoutineReference):
        return "calls"
    writes = reference.verb in {Verb.INSERT, Verb.UPDATE, Verb.UPSERT, Verb.DELETE}
    return "writes to" if writes or any(c.access is Access.WRITE for c in reference.columns) else "reads"
