"""The contraction ledger, for people and programs."""

import json
from collections.abc import Iterator

from midflight.inspection.contractions import Contraction, Ledger
from midflight.operations.shapes import quote
from midflight.text import code

_SHOWN = 10


def sql_of(each: Contraction) -> str:
    """Return the statement that drops the object; the server refuses it while something depends on it."""
    table = str(each.table)
    return f"ALTER TABLE {table} DROP COLUMN {quote(each.column)};" if each.column else f"DROP TABLE {table};"


def render_ledger(ledger: Ledger) -> str:
    """Return the ledger in Markdown."""
    return "\n".join(_lines(ledger)) + "\n"


def _lines(ledger: Ledger) -> Iterator[str]:
    yield "## Contractions\n"
    if ledger.ready:
        yield "The monitoring period is over; no code names these any more:\n"
        yield from (_line(each) for each in ledger.ready)
    else:
        yield "Nothing is ready to be dropped."
    if ledger.waiting:
        yield "\nStill watched:\n"
        yield from (f"{_what(each)}, to be dropped after {each.after}" for each in ledger.waiting)
    if ledger.never_named:
        yield f"\nNot listed: {ledger.never_named} that no code named in the whole lookback; others may use them."
    if ledger.unread:
        shown = ", ".join(code(each) for each in ledger.unread[:_SHOWN])
        more = f" and {len(ledger.unread) - _SHOWN} more" if len(ledger.unread) > _SHOWN else ""
        yield f"\nNot read, so objects may be missing above: {shown}{more}."


def _what(each: Contraction) -> str:
    return f"- {code(_name(each))}: not named since {each.stopped.day} ({each.stopped.sha[:7]})"


def _line(each: Contraction) -> str:
    first = f"; first drop {', '.join(map(code, each.dependents))}" if each.dependents else ""
    return f"{_what(each)}{first}. {code(sql_of(each))}"


def _name(each: Contraction) -> str:
    return f"{each.table.short}.{quote(each.column)}" if each.column else each.table.short


def as_json(ledger: Ledger) -> str:
    """Return the ledger for programs."""
    return json.dumps(
        {
            "ready": [_facts(each) for each in ledger.ready],
            "waiting": [_facts(each) for each in ledger.waiting],
            "never_named": ledger.never_named,
            "not_analysed": list(ledger.unread),
        },
        indent=2,
    )


def _facts(each: Contraction) -> dict[str, object]:
    return {
        "object": _name(each),
        "database": each.database,
        "stopped": {"commit": each.stopped.sha, "day": each.stopped.day},
        "after": each.after,
        "dependents": list(each.dependents),
        "sql": sql_of(each),
    }
