"""Options of sequences that a step changed."""

import re
from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.operations import model as op
from midflight.plan.inverse.piece import Piece, Rank

_NUMBER = r"(-?\d+)"
_OPTIONS = {
    "AS": (r"\bAS\s+(\w+)", "AS bigint"),
    "INCREMENT": (rf"\bINCREMENT\s+(?:BY\s+)?{_NUMBER}", "INCREMENT BY 1"),
    "MINVALUE": (rf"\bMINVALUE\s+{_NUMBER}", "NO MINVALUE"),
    "MAXVALUE": (rf"\bMAXVALUE\s+{_NUMBER}", "NO MAXVALUE"),
    "START": (rf"\bSTART\s+(?:WITH\s+)?{_NUMBER}", "START WITH 1"),
    "CACHE": (rf"\bCACHE\s+{_NUMBER}", "CACHE 1"),
    "CYCLE": (r"(?<!NO )\b(CYCLE)\b", "NO CYCLE"),
}
_WRITTEN = {"INCREMENT": "INCREMENT BY", "START": "START WITH"}


def sequence_pieces(step: Step) -> Iterator[Piece]:
    """Yield ALTER SEQUENCE with the options that the statement changed, as the sequence had them (or the defaults)."""
    operation = step.operation
    if not isinstance(operation, op.AlterSequence):
        return
    name = step.before.resolve(operation.name)
    known = step.before.relations.get(name)
    words = set(re.findall(r"[A-Z]+", operation.options.upper()))
    definition = known.definition if known else ""
    back = [_previous(word, definition) for word in _OPTIONS if word in words]
    note = f"The counter of `{name.short}` does not go back: set it with setval()." if "RESTART" in words else ""
    if back or note:
        sql = f"ALTER SEQUENCE {name.short} {' '.join(back)}" if back else ""
        yield Piece(Rank.CHANGE_TABLE, sql, note=note)


def _previous(word: str, definition: str) -> str:
    pattern, default = _OPTIONS[word]
    found = re.search(pattern, definition, re.IGNORECASE)
    if found is None:
        return default
    return "CYCLE" if word == "CYCLE" else f"{_WRITTEN.get(word, word)} {found[1]}"
