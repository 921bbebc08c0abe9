"""How much of a change was read, what was not, and what running it left open."""

from collections.abc import Sequence

from midflight.inspection.assess import Assessment
from midflight.proof.model import Proof
from midflight.proof.trying import undecided
from midflight.proof.wording import UNUSED, not_proven
from midflight.report.model import Coverage


def coverage(found: Assessment, proofs: Sequence[Proof] = ()) -> Coverage:
    """Return how much was read, what was not, and what running it left open."""
    old, new = found.old_code, found.new_code
    running = [context.old_code for context in found.contexts if context.versions]
    histories = (h for c in found.contexts for h in (c.database.base, c.database.head))
    elsewhere = (item for consumer in found.consumers for item in consumer.not_analysed)
    histories_unread = (item for history in histories for item in history.not_analysed)
    older = (item for code in running for item in code.not_analysed)
    unread = (*old.not_analysed, *new.not_analysed, *older, *elsewhere, *histories_unread, *found.notes, *found.unread)
    theirs = [*running, *(consumer.code for consumer in found.consumers if consumer.code)]
    named = {reference for code in theirs for reference in code.references}
    unresolved = (each for code in (old, new, *theirs) for each in code.unresolved)
    return Coverage(
        statements=sum(len({s.operation.statement for s in c.steps}) for c in found.contexts),
        opaque=found.opaque,
        references=len(set(old.references) | set(new.references) | named),
        unresolved=tuple(dict.fromkeys(unresolved)),
        not_analysed=tuple(dict.fromkeys(unread)),
        not_proven=(*(line for proof in proofs for line in not_proven(proof)), *undecided(found.matrix)) or (UNUSED,),
    )
