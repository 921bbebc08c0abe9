"""The contraction ledger, for people and programs."""

import json
from collections.abc import Iterator

from midflight.compatibility.lasting import build, days
from midflight.inspection.contraction import Contraction, Ledger
from midflight.text import code, code_block

_SHOWN = 10


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
        yield from (f"{_what(each)}, to be dropped after {each.after}{_keeps(each)}" for each in ledger.waiting)
    if ledger.never_named:
        yield f"\nNot listed: {ledger.never_named} that no code named in the whole lookback; others may use them."
    if ledger.unread:
        shown = ", ".join(code(each) for each in ledger.unread[:_SHOWN])
        more = f" and {len(ledger.unread) - _SHOWN} more" if len(ledger.unread) > _SHOWN else ""
        yield f"\nNot read, so objects may be missing above: {shown}{more}."


def _what(each: Contraction) -> str:
    return f"- {code(each.name)}: not named since {each.stopped.day} ({each.stopped.sha[:7]})"


def _line(each: Contraction) -> str:
    first = f"; first drop {', '.join(map(code, each.dependents))}" if each.dependents else ""
    file = f" in {code(each.file)}" if each.file else ""
    return f"{_what(each)}{first}. {code(each.sql)}{file} on a branch {code(each.branch)}"


def _keeps(each: Contraction) -> str:
    """Why it stays for longer than all others."""
    return f", because a {build(each.keeps)} may be in use for {days(each.keeps.days)}" if each.keeps.days else ""


def issue_of(each: Contraction) -> tuple[str, str]:
    """Return title and text of an issue that asks somebody to drop the object."""
    kind = "routine" if each.signature else "column" if each.column else "table"
    steps = [f"1. Drop {', '.join(map(code, each.dependents))} first, or change it."] if each.dependents else []
    where = f"a migration {code(each.file)}" if each.file else "a new migration"
    stopped = f"{each.stopped.day} ({each.stopped.sha[:7]})"
    unnamed = f"No code of this repository names the {kind} {code(each.name)} since {stopped}."
    lines = [
        f"{unnamed} It may be dropped after {each.after}{_keeps(each)}.",
        "",
        "1. Confirm that no other service, report or job uses it.",
        *steps,
        f"1. On a branch {code(each.branch)}, write {where}:",
        "",
        code_block(each.sql, "sql"),
    ]
    return f"Drop the {kind} {each.name}", "\n".join(lines) + "\n"


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
        "object": each.name,
        "database": each.database,
        "stopped": {"commit": each.stopped.sha, "day": each.stopped.day},
        "after": each.after,
        "dependents": list(each.dependents),
        "sql": each.sql,
        "file": each.file,
        "branch": each.branch,
        "issue": dict(zip(("title", "body"), issue_of(each), strict=True)),
    }
