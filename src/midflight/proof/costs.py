"""What a statement took on the server beside what the model says of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.inspection.costs import by_statement, step_costs
from midflight.inspection.finding import Finding
from midflight.inspection.model import Context
from midflight.operations.model import Statement
from midflight.operations.shapes import Name
from midflight.proof.model import Proof, Traced

WEAK = frozenset({Lock.ACCESS_SHARE, Lock.ROW_SHARE})
"""Locks that reading takes: they make nothing wait but an ACCESS EXCLUSIVE lock."""
_MAKES_ROUTINE = re.compile(r"\s*create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was held of each relation from before when a statement had run; `new` by that statement itself.

    `scanned` are those that it read from end to end; the server counts a search without an index too.
    """

    statement: Statement
    milliseconds: float
    new: dict[Name, Lock]
    all: dict[Name, Lock]
    work: dict[Name, Work]
    scanned: frozenset[Name] = frozenset()
    locks_seen: bool = True


def modelled(context: Context, version: int) -> dict[Statement, dict[Name, Held]]:
    """Return what the model says that each pending statement holds on a server of that version."""
    there = replace(context, postgres_version=version) if version else context
    found: dict[Statement, dict[Name, Held]] = {}
    for statement, costs in by_statement(there, step_costs(there)).items():
        held = found.setdefault(statement, {})
        for each in (each for cost in costs for each in cost.held):
            known = held.get(each.relation, each)
            held[each.relation] = Held(
                each.relation,
                max(known.lock, each.lock, key=lambda lock: lock.rank),
                max(known.work, each.work, key=lambda work: work.rank),
            )
    return found


def traced(seen: Seen, model: dict[Name, Held] | None) -> Traced:
    """Return what was seen of a statement, and where the model differs; None is a statement without a model."""
    expected = {name for name, held in (model or {}).items() if held.work is Work.SCAN}
    work = {**dict.fromkeys(seen.scanned & expected, Work.SCAN), **seen.work}
    seen = replace(seen, work=work, new=_lasting(seen))
    names = sorted(seen.new.keys() | seen.work.keys())
    held = tuple(
        Held(name, seen.new.get(name) or seen.all.get(name) or Lock.ACCESS_SHARE, seen.work.get(name, Work.NONE))
        for name in names
    )
    against = tuple(_against(seen, model)) if model is not None else ()
    return Traced(seen.statement, round(seen.milliseconds, 1), held, seen.locks_seen, against)


def _lasting(seen: Seen) -> dict[Name, Lock]:
    """The new locks; the server reads a new routine's body with the locks that its statements would take to run."""
    if not _MAKES_ROUTINE.match(seen.statement.text):
        return seen.new
    return {name: lock for name, lock in seen.new.items() if lock.rank > Lock.ROW_EXCLUSIVE.rank}


def _against(seen: Seen, model: dict[Name, Held]) -> Iterator[str]:
    for name in sorted(seen.new.keys() | model.keys() | seen.work.keys()):
        said = model.get(name)
        if seen.locks_seen:
            yield from _lock_against(name, seen, said)
        work = seen.work.get(name, Work.NONE)
        claimed = said.work if said else Work.NONE
        unseen = claimed is Work.SCAN and not seen.locks_seen  # the server counts scans by transaction
        if work is not claimed and not (work is Work.NONE and unseen):
            yield f"`{name.short}`: the server did {_work(work)}, the model says {_work(claimed)}"


def _lock_against(name: Name, seen: Seen, said: Held | None) -> Iterator[str]:
    new, held = seen.new.get(name), seen.all.get(name)
    if new is not None and (said is None or new.rank > said.lock.rank):
        yield f"`{name.short}`: the server took {new.value}, the model says {said.lock.value if said else 'nothing'}"
    elif said is not None and said.lock not in WEAK and (held is None or held.rank < said.lock.rank):
        was = held.value if held else "nothing"
        yield f"`{name.short}`: the server took {was}, the model says {said.lock.value}"


def _work(work: Work) -> str:
    return {Work.NONE: "no work", Work.SCAN: "a scan", Work.INDEX_BUILD: "an index build"}.get(work, "a rewrite")


def with_evidence(findings: Sequence[Finding], proofs: Sequence[Proof]) -> tuple[Finding, ...]:
    """Return the findings, each cost marked as traced where its statement ran, and corrected where it differed."""
    ran = {each.statement: each for proof in proofs for each in proof.statements}
    return tuple(_with_evidence(finding, ran) for finding in findings)


def _with_evidence(finding: Finding, ran: dict[Statement, Traced]) -> Finding:
    cost, seen = finding.cost, ran.get(finding.statement) if finding.statement else None
    if cost is None or seen is None or not seen.locks_seen:
        return finding
    if seen.against:
        return replace(finding, cost=Cost(seen.held, cost.note, traced=True))
    return replace(finding, cost=replace(cost, traced=True))
