"""A proof in sentences."""

from collections import Counter
from collections.abc import Iterator, Sequence

from midflight.proof.bodies import Compared
from midflight.proof.model import Grade, Proof, Restored
from midflight.text import plural, shorten

UNUSED = "nothing was executed: no shadow database was used"
_SHOWN = 3


def rollback_line(proof: Proof) -> str:
    """Return one sentence about the rollback plan, empty where there was none to run."""
    back, server = proof.rollback, f"PostgreSQL {proof.server_version}"
    if not proof.applied or back is None:
        return ""
    if back.reason:
        return f"Not restored on {server}: {back.reason}."
    match back.grade:
        case Grade.RESTORED:
            return f"Proven on {server}: applied, rolled back, schema restored{_again(back.again)}{_rows(back)}."
        case Grade.BUT_FOR:
            said = f"Proven on {server}: applied, rolled back, schema restored{_again(back.again)}, but for"
            return f"{said} {_some(back.differences)}{_rows(back)}."
        case _:
            return (
                f"Run on {server}: applied and rolled back, but the schema is not restored: {_some(back.differences)}."
            )


def rollback_proof(proofs: Sequence[Proof]) -> str:
    """Return in a few words what running the rollback plans of all databases showed, empty where none was run."""
    ran = [(proof, proof.rollback) for proof in proofs if proof.applied and proof.rollback is not None]
    if not ran:
        return ""
    server = f"PostgreSQL {', '.join(dict.fromkeys(str(proof.server_version) for proof, _ in ran))}"
    if any(back.reason or back.grade not in {Grade.RESTORED, Grade.BUT_FOR} for _, back in ran):
        return f"not restored on {server}"
    differ = sum(len(back.differences) for _, back in ran)
    return f"proven on {server}" + (f" but for {plural(differ, 'difference')}" if differ else "")


def not_proven(proof: Proof) -> Iterator[str]:
    """Yield what the proof leaves open, with the reason; the name of the database stands first."""
    if not proof.applied:
        yield f"`{proof.database}`: {proof.reason}"
        return
    server = f"PostgreSQL {proof.server_version}"
    yield f"`{proof.database}`: the migrations ran on {server} on {_on(proof)}{_unasked(proof)}"
    if proof.unfilled:
        yield f"`{proof.database}`: {'; '.join(proof.unfilled)}"
    yield from _half_way(proof)
    yield from _unchecked(proof)
    yield from _rests_on(proof)
    unseen = sum(1 for each in proof.statements if not each.locks_seen)
    if unseen:
        yield f"`{proof.database}`: the locks of {plural(unseen, 'statement')} that cannot run inside a transaction"
    if proof.rollback is None:
        yield f"`{proof.database}`: there is no rollback to run"
    elif proof.rollback.grade is Grade.NOT_RESTORED:
        why = proof.rollback.reason or _some(proof.rollback.differences)
        yield f"`{proof.database}`: the rollback does not restore the schema on {server}: {why}"


def _rests_on(proof: Proof) -> Iterator[str]:
    """Yield what was stood in for, and what of the history was left out."""
    code = [each for each in proof.stand_ins if each.startswith("code ")]
    named = [each for each in proof.stand_ins if each not in code]
    if named:
        yield f"`{proof.database}`: what depends on stand-ins for what the server lacks: {', '.join(named)}"
    yield from (f"`{proof.database}`: what depends on {each}, which was left out of the history" for each in code)


def _on(proof: Proof) -> str:
    if proof.refused is not None and proof.refused.on_rows:
        return "tables without rows, as with generated ones they fail"
    if proof.rows:
        return f"{proof.rows:,} generated rows, which are not those of production"
    return "tables without rows, so what only data shows was not seen"


def _rows(back: Restored) -> str:
    """What becomes of rows."""
    if back.on_rows:
        return f"; with generated rows {back.on_rows}"
    return f"; it loses {_some(back.losses)}" if back.losses else ""


def _half_way(proof: Proof) -> Iterator[str]:
    """Yield what is left where the migration fails half-way."""
    for each in proof.partial:
        back = each.restored
        if back.grade is Grade.NOT_RESTORED:
            at = f"`{each.statement.path}:{each.statement.line}`"
            left = back.reason or _some(back.differences)
            yield f"`{proof.database}`: after a failure at {at} the schema is not restored: {left}"


def half_way_line(proof: Proof) -> str:
    """Return one sentence on the failures half-way that the rollback repairs, empty without any."""
    restored = [each for each in proof.partial if each.restored.grade is not Grade.NOT_RESTORED]
    if not restored:
        return ""
    lines = ", ".join(f"`{each.statement.path}:{each.statement.line}`" for each in restored[:_SHOWN])
    more = f" and {len(restored) - _SHOWN} more" if len(restored) > _SHOWN else ""
    return f"After a failure at {lines}{more} the rollback restores the schema as well."


def bodies_line(compared: Compared) -> str:
    """Return a clause on the bodies of routines after the change, empty where none was checked."""
    if not compared.checked:
        return ""
    hold, count = len(compared.sound), len(compared.broken)
    said = f"routine bodies: {hold} of {compared.checked} {'holds' if compared.checked == 1 else 'hold'}"
    said += f", {count} {'breaks' if count == 1 else 'break'}" if count else ""
    said += f", {compared.before} broken before" if compared.before else ""
    left = len(compared.unchecked) + compared.left_out
    return said + (f", {left} not checked" if left else "")


def _unchecked(proof: Proof) -> Iterator[str]:
    """Yield why bodies of routines were not checked."""
    if proof.bodies is None:
        return
    reasons = Counter(body.reason for body in proof.bodies.unchecked)
    if proof.bodies.left_out:
        reasons["the bounds of time and number ended it"] = proof.bodies.left_out
    if reasons:
        shown = "; ".join(f"{why}{f' ({count} times)' if count > 1 else ''}" for why, count in reasons.most_common())
        yield f"`{proof.database}`: the bodies of {plural(reasons.total(), 'routine')}: {shorten(shown, 300)}"


def _unasked(proof: Proof) -> str:
    if proof.new is None or not proof.new.given:
        return "; the queries of old and new code were not run"
    unknown = "; no query was run as the roles " + ", ".join(f"`{role}`" for role in proof.new.unknown)
    return "; the queries of old and new code were planned, not run" + (unknown if proof.new.unknown else "")


def _again(again: bool | None) -> str:
    return "" if again is None else ", and applied again" if again else ", but it does not apply again"


def _some(differences: tuple[str, ...]) -> str:
    more = len(differences) - _SHOWN
    return "; ".join(differences[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
