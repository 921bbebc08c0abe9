"""The matrix after its statements were run: what a server refused, and what it took although a break was claimed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.model import Catalog
from midflight.compatibility.judge import with_tried
from midflight.compatibility.lasting import with_surfaces
from midflight.compatibility.model import Break, BreakKind, Cell, Doubt, Matrix, Side, Tried
from midflight.compatibility.probes import NoProbe, Probe
from midflight.compatibility.resolve import name_of, resolve, written
from midflight.inspection.model import Context
from midflight.proof.causes import cause_of
from midflight.proof.joining import Joined, judged_by_keys, try_embeds
from midflight.proof.model import Answer, Answers, Proof
from midflight.proof.probing import probe_in
from midflight.proof.refusals import SHOWN, column_of, culprit, kind_of, object_of
from midflight.references.model import Api, CodeReferences, Reference, RoutineReference, TableReference, Verb
from midflight.text import plural, shorten

_INSERTS = frozenset({Verb.INSERT, Verb.UPSERT})
_REASON = 160
_REFUSED = "42501"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Side:
    """One cell to try: code, the schema it meets, and the one that shows whether the statement can run at all."""

    code: CodeReferences
    side: Side
    here: Answers
    there: Answers
    catalogs: tuple[Catalog, Catalog]
    standing: frozenset[tuple[BreakKind, str]] = frozenset()  # what the schema lacks for the code that runs on it today


def with_probes(contexts: Sequence[Context], proofs: Sequence[Proof]) -> tuple[Context, ...]:
    """Return the contexts, each with the matrix that is left after its statements were run."""
    known = {proof.database: proof for proof in proofs}
    return tuple(_tried(context, known.get(context.database.database)) for context in contexts)


def _tried(context: Context, proof: Proof | None) -> Context:
    if proof is None or proof.old is None or proof.new is None:
        return context
    old, new, matrix = context.old_code, context.new_code, context.matrix
    backward, forward = (context.after, context.before), (context.before, context.after)
    found = Matrix(
        old_old=matrix.old_old,
        old_new=_cell(context, matrix.old_new, _Side(old, Side.BASE, proof.new, proof.old, backward)),
        new_old=_cell(
            context, matrix.new_old, _Side(new, Side.HEAD, proof.old, proof.new, forward, _standing(context, proof.old))
        ),
        new_new=_cell(context, matrix.new_new, _Side(new, Side.HEAD, proof.new, proof.old, backward)),
    )
    return replace(context, matrix=with_surfaces(found, old, new))


def _cell(context: Context, cell: Cell, side: _Side) -> Cell:
    """Try one cell; a statement that fails on both schemas is no break of this change."""
    probed, reasons, left_out = _by_probe(context, side.code)
    claimed = _claimed(context, cell)
    hold = fail = incomplete = 0
    breaks, held = [], set[Reference]()
    for probe, references in probed.items():
        here, there = _answer(side.here, probe, references), _answer(side.there, probe, references)
        if here is None or there is None:
            left_out += 1
            reasons[side.here.reason or side.there.reason] += 1
        elif here.holds and (roles := _only_one_may(side, probe)):
            incomplete += 1
            reasons[f"what role {roles} may run differs between the schemas"] += 1
        elif here.holds:
            hold += 1
            held.update(references)
        elif there.holds and (new := _break(here, references, side, context)):
            fail += 1
            breaks += [] if probe in claimed else [new]
        elif probe in claimed and kind_of(here, references[0]):
            fail += 1  # no migration makes it: the claim stands without the other schema
        else:
            incomplete += 1
            reasons[f"{here.message} ({here.sqlstate})" if here.sqlstate else here.message] += 1
    joined = _joined(context, side)
    breaks += joined.breaks
    tried = _summed(Tried(hold, fail, incomplete, left_out), joined, reasons)
    judged = [_judged(context, found, side) for found in cell.breaks]
    known = {(found.object, found.place) for found in judged}
    fresh = [found for found in breaks if (found.object, found.place) not in known]
    return with_tried([*judged, *fresh], _open(cell.doubts, held, side.catalogs), tried)


def _summed(tried: Tried, joined: Joined, reasons: Counter[str]) -> Tried | None:
    """The statements and the embeds of a cell in one count, None where there are none."""
    reasons = reasons + Counter(joined.reasons)
    counts = (tried.hold + joined.hold, tried.fail + joined.fail, tried.incomplete)
    listed = tuple((shorten(reason, _REASON), count) for reason, count in reasons.most_common())
    summed = Tried(*counts, tried.left_out + len(joined.reasons), listed)
    return summed if any(counts) or summed.left_out else None


def _joined(context: Context, side: _Side) -> Joined:
    here, there = side.here.catalog, side.there.catalog
    return try_embeds(side.code, side.side, here, there, context) if here and there else Joined()


def _standing(context: Context, old: Answers) -> frozenset[tuple[BreakKind, str]]:
    """What old code does not find on the old schema: a history that begins in the middle has not made it."""
    found = set()
    for probe, references in _by_probe(context, context.old_code)[0].items():
        answer = _answer(old, probe, references)
        if answer is not None and not answer.holds:
            guilty = culprit(answer, references)
            kind = kind_of(answer, guilty)
            found |= {(kind, object_of(answer, guilty))} if kind else set()
    return frozenset(found)


def _by_probe(context: Context, code: CodeReferences) -> tuple[dict[Probe, list[Reference]], Counter[str], int]:
    """The references by their probe, and why others have none."""
    probed: dict[Probe, list[Reference]] = {}
    reasons: Counter[str] = Counter()
    for reference in code.references:
        probe = probe_in(context, reference)
        if isinstance(probe, Probe):
            probed.setdefault(probe, []).append(reference)
        elif probe.reason:
            reasons[probe.reason] += 1
    return probed, reasons, reasons.total()


def _claimed(context: Context, cell: Cell) -> set[Probe | NoProbe]:
    return {probe_in(context, found.reference) for found in cell.breaks if found.kind in SHOWN}


def _answer(answers: Answers, probe: Probe, references: Iterable[Reference]) -> Answer | None:
    """What one schema says of a probe: it holds where any role may run it; None where it was not asked."""
    given = answers.given.get(probe)
    if not given:
        return None
    answer = next((each for each in given if each.holds), given[0])
    lacking = next(_lacking(answers, references), "") if answer.holds else ""
    if not lacking:
        return answer
    return Answer(f'column "{lacking}" is required and the insert leaves it out', "23502", answer.role)


def _only_one_may(side: _Side, probe: Probe) -> str:
    """The roles that may run a probe on one of the schemas only."""
    here = {each.role for each in side.here.given[probe] if each.sqlstate == _REFUSED}
    there = {each.role for each in side.there.given[probe] if each.sqlstate == _REFUSED}
    return ", ".join(f"`{role}`" for role in sorted(here ^ there))


def _lacking(answers: Answers, references: Iterable[Reference]) -> Iterator[str]:
    """The columns that the inserts among the references would have to name."""
    for reference in references:
        if isinstance(reference, TableReference) and reference.payload and reference.verb in _INSERTS:
            name = name_of(reference)
            required = answers.required.get((name.schema or "public", name.name), frozenset())
            yield from sorted(required - written(reference))


def _break(answer: Answer, references: Sequence[Reference], side: _Side, context: Context) -> Break | None:
    """The break that a refusal shows, None where it says nothing of this change."""
    guilty = culprit(answer, references)
    kind = kind_of(answer, guilty)
    if kind is None:
        return None
    use = column_of(answer, guilty)
    lacking = re.match(r'column "(.+)" is required', answer.message) if kind is BreakKind.REQUIRED_COLUMN else None
    named = f"{name_of(guilty).short}.{lacking[1]}" if lacking else object_of(answer, guilty)
    statement = cause_of(named, context)
    if statement is None or (kind, named) in side.standing:
        return None
    role = f" for role `{answer.role}`" if answer.role and kind is BreakKind.PRIVILEGE else ""
    return Break(
        kind=kind,
        object=named,
        reference=guilty,
        side=side.side,
        place=use.place if use else guilty.place,
        sqlstate=answer.sqlstate,
        detail=f"the server answers `{answer.message.replace('`', chr(39))}`{role}",
        statement=statement,
        proven=True,
    )


def _judged(context: Context, found: Break, side: _Side) -> Break:
    """A claimed break with what the server says of it."""
    if found.kind is BreakKind.RELATIONSHIP:
        return judged_by_keys(found, side.here.catalog)
    probe = probe_in(context, found.reference)
    if found.kind not in SHOWN or not isinstance(probe, Probe) or found.runs_on.consumer:
        return found
    if found.kind is BreakKind.REQUIRED_COLUMN:
        answer = _answer(side.here, probe, [found.reference])
        lacking = set(_lacking(side.here, [found.reference]))
        return replace(found, proven=found.object.rsplit(".", 1)[-1] in lacking) if answer else found
    answer = _answer(side.here, probe, ())
    if answer is None or (answer.holds and not _is_visible(found)):
        return found
    return replace(found, proven=not answer.holds) if answer.holds or kind_of(answer, found.reference) else found


def _is_visible(found: Break) -> bool:
    """Whether planning the probe shows such a break; PostgREST has rules of its own on top of the server's."""
    by_names = found.reference.api is Api.POSTGREST and isinstance(found.reference, RoutineReference)
    return found.kind is not BreakKind.TYPE and not (found.kind is BreakKind.AMBIGUOUS and by_names)


def _open(doubts: Iterable[Doubt], held: set[Reference], catalogs: tuple[Catalog, Catalog]) -> Iterator[Doubt]:
    """The doubts that stay: the fold does not know every object, and the server took the statements that name it."""
    answered = {Doubt(resolve(one, *catalogs).unknown, one.place) for one in held}
    yield from (doubt for doubt in doubts if doubt not in answered)


def tried_line(tried: Tried, who: str, *, guarded: bool = False) -> str:
    """Return a clause on one cell: how many of its statements hold; `guarded` where a flag covers all that fail."""
    ran = tried.hold + tried.fail
    said = f"{who}: {tried.hold} of {plural(ran, 'statement')} {'holds' if ran == 1 else 'hold'}"
    if tried.fail:
        said += f", {tried.fail} {'breaks' if tried.fail == 1 else 'break'}{' behind a flag' if guarded else ''}"
    rest = tried.incomplete + tried.left_out
    return said + (f", {rest} undecided" if rest else "")


def undecided(matrix: Matrix) -> Iterator[str]:
    """Yield why statements of old and new code say nothing, the most frequent reasons first."""
    for who, tried in (("old code", matrix.old_new.tried), ("new code", matrix.new_old.tried)):
        if tried is not None and tried.reasons:
            shown = [f"{reason}{f' ({count} times)' if count > 1 else ''}" for reason, count in tried.reasons[:_SHOWN]]
            more = len(tried.reasons) - _SHOWN
            rest = f"; and {plural(more, 'other reason')}" if more > 0 else ""
            count = plural(tried.incomplete + tried.left_out, "statement")
            yield f"{count} of {who}: {'; '.join(shown)}{rest}"
