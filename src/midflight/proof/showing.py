"""What a proof says to the rules, and how two findings on one fact become one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Context
from midflight.inspection.shown import BodyFault, FewerRows, HiddenRows, Refusal, Shown, WayBack
from midflight.operations.model import Statement
from midflight.proof.causes import cause_of_fault, made_by
from midflight.proof.model import Grade, Judged, Proof, Refused, lacks

_FAILS = "fails-on-apply"
_BY_ROWS = frozenset(
    "add-required-column blocking-index change-column-type constraint-scan contract-without-backfill foreign-key-type"
    " lossy-type-change new-write-restriction not-null-scan partition-scan set-not-null unique-build"
    " enum-value-removed type-change-rewrite".split()
)
"""Rules on statements that rows alone can make fail."""
_NOT_OURS = ("42501", "42601", "53", "57", "58", "08", "XX")
"""Codes that speak of the shadow database, its version or its bounds, not of the migration."""


def with_shown(contexts: Sequence[Context], proofs: Sequence[Proof]) -> tuple[Context, ...]:
    """Return the contexts, each with what rules tell of its proof."""
    known = {proof.database: proof for proof in proofs}
    return tuple(_with_shown(context, known.get(context.database.database)) for context in contexts)


def _with_shown(context: Context, proof: Proof | None) -> Context:
    if proof is None:
        return context
    ways = tuple(map(_way, proof.downs))
    hidden = tuple(HiddenRows(h.table, h.role, h.before, h.after, h.statement) for h in proof.hidden)
    faults = tuple(_faults(proof, context))
    fewer = tuple(FewerRows(f.name, f.role, f.before, f.after, f.statement) for f in proof.fewer)
    told = (proof.server_version, _refusal(proof), ways, faults, hidden, _sound(proof), fewer)
    return replace(context, shown=Shown(*told))


def _faults(proof: Proof, context: Context) -> Iterator[BodyFault]:
    """Yield what bodies do not find after the change, and the statement that is why."""
    for body in proof.bodies.broken if proof.bodies else ():
        made = made_by(body, context)
        for fault in body.faults:
            statement = made or cause_of_fault(fault, context)
            if statement is not None:
                told = (body.signature, body.schema, body.name, fault.line, fault.message, fault.sqlstate, statement)
                yield BodyFault(*told, own=made is not None)


def _sound(proof: Proof) -> frozenset[tuple[str, str]]:
    """The routines of which the server has checked every body of the name, and found nothing new."""
    if proof.bodies is None or proof.bodies.left_out:
        return frozenset()
    others = {(body.schema, body.name) for body in (*proof.bodies.broken, *proof.bodies.unchecked)}
    return frozenset((body.schema, body.name) for body in proof.bodies.sound) - others


def _refusal(proof: Proof) -> Refusal | None:
    found = proof.refused
    if found is None or not found.sqlstate or found.sqlstate.startswith(_NOT_OURS) or lacks(proof.stand_ins):
        return None  # what a server without the extension refuses says nothing of one that has it
    return Refusal(found.statement, found.message, found.sqlstate, found.on_rows)


def _way(judged: Judged) -> WayBack:
    restored = judged.restored
    hard = restored.grade is Grade.NOT_RESTORED
    return WayBack(judged.path, restored.differences if hard else (), restored.reason, judged.instead)


def told_once(findings: Sequence[Finding], proofs: Sequence[Proof]) -> tuple[Finding, ...]:
    """Return the findings; a statement that rows may stop, and of which a rule warns anyway, is told by that rule."""
    refused = [proof.refused for proof in proofs if proof.refused is not None and proof.refused.on_rows]
    return tuple(_told_once(findings, {each.statement: each for each in refused})) if refused else tuple(findings)


def _told_once(findings: Sequence[Finding], refused: dict[Statement, Refused]) -> Iterator[Finding]:
    warned = {
        f.statement for f in findings if f.rule in _BY_ROWS and f.level is not Level.NOTE and f.statement in refused
    }
    for finding in findings:
        if finding.rule == _FAILS and finding.statement in warned:
            continue
        seen = refused.get(finding.statement) if finding.statement and finding.rule in _BY_ROWS else None
        if seen is None:
            yield finding
        else:
            told = seen.message.replace("`", "'")
            yield replace(finding, message=f"{finding.message} On generated rows it fails: `{told}` ({seen.sqlstate}).")
