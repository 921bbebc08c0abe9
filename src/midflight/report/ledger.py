"""The contraction ledger, for people and programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from midflight.compatibility.lasting import build, days
from midflight.inspection.contraction import Contraction, Ledger
from midflight.inspection.flags_left import FlagsLeft, TwoPaths
from midflight.references.flag_reads import Unset
from midflight.references.model import Place
from midflight.text import code, code_block, plural

_SHOWN = 10
_PLACES = 3
_ISSUE = 50
_CLOSES = "\nA scheduled run keeps this list, and closes the issue when nothing is left on it.\n"
_UNSET = {
    Unset.ON: "on where nothing sets it",
    Unset.OFF: "off where nothing sets it",
    Unset.UNKNOWN: "the code does not say where it stands",
}


def render_ledger(ledger: Ledger, flags: FlagsLeft | None = None) -> str:
    """Return the ledger in Markdown."""
    return "\n".join((*_lines(ledger), *(_flag_lines(flags) if flags else ()))) + "\n"


def _flag_lines(flags: FlagsLeft) -> Iterator[str]:
    if flags.ready:
        yield f"\nFlags with both paths for more than {days(flags.days)}: take the one that does not run out.\n"
        yield from (_flag_line(each) for each in flags.ready)
    if flags.waiting:
        yield f"\nFlags that got their second path in the last {days(flags.days)}:\n"
        yield from (_flag_line(each) for each in flags.waiting)


def _flag_line(each: TwoPaths) -> str:
    at = f"read at {code(_at(each.flag.place))}, {_UNSET[each.unset]}"
    return f"- {code(each.flag.flag)} ({at}): on {_places(each.on)}; off {_places(each.off)}"


def _places(places: Sequence[Place]) -> str:
    more = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
    return ", ".join(code(_at(place)) for place in places[:_PLACES]) + more


def _at(place: Place) -> str:
    return f"{place.path}:{place.line}"


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


def ledger_issue(ledger: Ledger, flags: FlagsLeft) -> tuple[str, str]:
    """Return title and text of the one issue that lists what may go now; both are empty where nothing may."""
    if not ledger.ready and not flags.ready:
        return "", ""
    objects = plural(len(ledger.ready), "object") if ledger.ready else ""
    paths = plural(len(flags.ready), "flag") if flags.ready else ""
    return f"May be removed now: {' and '.join(each for each in (objects, paths) if each)}", "\n".join(
        (*_issue_lines(ledger), *_flag_lines(FlagsLeft(ready=flags.ready[:_ISSUE], days=flags.days)), _CLOSES)
    )


def _issue_lines(ledger: Ledger) -> Iterator[str]:
    if ledger.ready:
        yield "No code of this repository names these any more, and the monitoring period is over. Confirm that"
        yield "no other service, report or job uses them.\n"
    for each in ledger.ready[:_ISSUE]:
        yield _line(replace(each, dependents=each.dependents[:_SHOWN]))
    if len(ledger.ready) > _ISSUE:
        yield f"- and {len(ledger.ready) - _ISSUE} more: `midflight contractions` lists them"


def as_json(ledger: Ledger, flags: FlagsLeft | None = None) -> str:
    """Return the ledger for programs."""
    left = flags or FlagsLeft()
    return json.dumps(
        {
            "ready": [_facts(each) for each in ledger.ready],
            "waiting": [_facts(each) for each in ledger.waiting],
            "flags": {
                "ready": [_flag_facts(each) for each in left.ready],
                "waiting": [_flag_facts(each) for each in left.waiting],
            },
            "never_named": ledger.never_named,
            "not_analysed": list(ledger.unread),
        },
        indent=2,
    )


def _flag_facts(each: TwoPaths) -> dict[str, object]:
    return {
        "flag": each.flag.flag,
        "provider": each.flag.provider,
        "read": _at(each.flag.place),
        "unset": each.unset.value,
        "on": [_at(place) for place in each.on],
        "off": [_at(place) for place in each.off],
    }


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
