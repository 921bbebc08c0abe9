"""What a watch found, for people and programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from midflight.plan.model import Plan, RollbackStep, Speed
from midflight.plan.watching import Kind, Measured, Standing, Watch
from midflight.report.limits import COMMENT, SUMMARY, Limits
from midflight.report.parts import emergency_of, undo_of
from midflight.report.templates import render
from midflight.report.view import Cut, EmergencyView, Sql, UndoStep, cut
from midflight.text import plural, shorten, utf16_length

BARS = "▁▂▃▄▅▆▇█"
MOST_ISSUE = 65_000  # GitHub takes 65,536 characters, and our marker stands before them
_ORDER = (Standing.CROSSED, Standing.UNKNOWN, Standing.FINE)
_THEN = {
    Kind.ERROR_RATE: "Investigate immediately",
    Kind.CALL_FAILURES: "Enable the fallback",
    Kind.ORPHANED_ROWS: "Roll back the deployment",
    Kind.COUNT: "Investigate immediately",
}
_SPEEDS = {
    Kind.CALL_FAILURES: frozenset({Speed.FLAG}),
    Kind.ORPHANED_ROWS: frozenset({Speed.FLAG, Speed.CODE, Speed.DATABASE}),
    Kind.ERROR_RATE: frozenset({Speed.FLAG, Speed.CODE}),
    Kind.COUNT: frozenset({Speed.FLAG, Speed.CODE}),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One value of the table."""

    purpose: str
    standing: str
    value: str
    limit: str
    curve: str
    then: str
    why: str


@dataclass(frozen=True, slots=True)
class Left:
    """Something left unfinished."""

    object: str
    what: str
    then: str
    paste: Sql


@dataclass(frozen=True, slots=True)
class WatchView:
    """What the templates see; `undo` is the part of the rollback plan that fits what is crossed."""

    headline: str
    standing: str
    lines: Cut[Line]
    left: Cut[Left]
    doubts: Cut[str]
    undo: Cut[UndoStep]
    emergency: Cut[EmergencyView]
    from_: str
    to: str
    run: str
    proven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """What was deployed: the two ends, and the plan of what lies between them, None where no range was given."""

    from_: str = ""
    to: str = ""
    plan: Plan | None = None
    run: str = ""


def watch_headline(watch: Watch) -> str:
    """Return one sentence, at most 140 characters: it is the status's description too."""
    left = f"; {plural(len(watch.leftovers), 'thing')} left unfinished" if watch.leftovers else ""
    match watch.standing:
        case Standing.CROSSED if watch.crossed:
            names = ", ".join(each.measure.purpose for each in watch.crossed)
            return shorten(f"{plural(len(watch.crossed), 'threshold')} crossed: {' '.join(names.split())}{left}", 140)
        case Standing.CROSSED:
            return f"{plural(len(watch.leftovers), 'thing')} left unfinished by deployments"
        case Standing.UNKNOWN:
            return shorten(f"Could not tell: {' '.join(watch.doubts[0].split())}", 140)
        case _ if not watch.measured:
            return f"No query is configured{left or '; nothing left unfinished'}"
        case _:
            limits = "its limit" if len(watch.measured) == 1 else "their limits"
            return f"{plural(len(watch.measured), 'value')} within {limits}{left}"


def render_watch(watch: Watch, deployed: Range) -> str:
    """Return the summary in Markdown."""
    return render("watch.md.j2", view=_view(watch, deployed, SUMMARY[2]))


def render_incident(watch: Watch, deployed: Range) -> str:
    """Return the text of the issue: what to do first, and why."""
    for limits in COMMENT:
        text = render("incident.md.j2", view=_view(watch, deployed, limits))
        if utf16_length(text) <= MOST_ISSUE:
            break
    return text


def incident_title(watch: Watch) -> str:
    """Return the title of the issue."""
    return f"Midflight watch: {watch_headline(watch)}"


def rollback_part(watch: Watch, plan: Plan | None) -> tuple[RollbackStep, ...]:
    """Return the steps that fit what is crossed; the code is reverted where there is no flag to switch."""
    if plan is None or not watch.crossed:
        return ()
    wanted = frozenset(speed for each in watch.crossed for speed in _SPEEDS[each.measure.kind])
    found = tuple(step for step in plan.rollback.steps if step.speed in wanted)
    return found or tuple(step for step in plan.rollback.steps if step.speed is Speed.CODE)


def _view(watch: Watch, deployed: Range, limits: Limits) -> WatchView:
    plan = deployed.plan
    undo = rollback_part(watch, plan)
    emergency = plan.emergency if plan and watch.crossed else ()
    flags = [guard.flag for guard in plan.flags] if plan else []
    return WatchView(
        headline=watch_headline(watch),
        standing=watch.standing.value,
        lines=cut([_line(each, flags) for each in sorted(watch.measured, key=_worst_first)], 100),
        left=cut([_left(*each) for each in _texts(watch)], limits.items),
        doubts=cut([shorten(each, 400) for each in watch.doubts], limits.items),
        undo=cut([undo_of(step, limits) for step in undo], limits.items),
        emergency=cut([emergency_of(part, limits) for part in emergency], limits.items),
        from_=deployed.from_[:40],
        to=deployed.to[:40],
        run=deployed.run,
    )


def _worst_first(each: Measured) -> int:
    return _ORDER.index(each.standing)


def _texts(watch: Watch) -> list[tuple[str, str, str, str]]:
    return [(each.object, each.what, each.then, each.sql) for each in watch.leftovers]


def _left(name: str, what: str, then: str, sql: str) -> Left:
    return Left(shorten(name, 200), shorten(what, 400), then, Sql(sql) if len(sql) <= 400 else Sql("", len(sql)))


def _line(each: Measured, flags: Sequence[str]) -> Line:
    crossed = each.standing is Standing.CROSSED
    return Line(
        purpose=shorten(each.measure.purpose, 200),
        standing=each.standing.value,
        value=_value(each),
        limit="" if each.limit is None else f"{each.limit:g}{_unit(each)}",
        curve=sparkline((*each.points, each.value) if each.value is not None and each.points else each.points),
        then=_then(each, flags) if crossed else "",
        why=shorten(each.unknown, 300),
    )


def _then(each: Measured, flags: Sequence[str]) -> str:
    if each.measure.kind is Kind.CALL_FAILURES and flags:
        return f"Enable the fallback: switch {', '.join(f'`{flag}`' for flag in flags[:5])} off"
    return _THEN[each.measure.kind]


def _value(each: Measured) -> str:
    if each.value is None:
        return "could not tell"
    told = f"{each.value:.3g}%" if each.measure.is_share else f"{each.value:,.10g}"
    return f"{told} ({each.detail})" if each.detail else told


def _unit(each: Measured) -> str:
    return "%" if each.measure.is_share else ""


def sparkline(values: Sequence[float]) -> str:
    """Return a curve of eight heights; a flat one lies at the bottom."""
    if not values:
        return ""
    low, high = min(values), max(values)
    step = (high - low) / (len(BARS) - 1)
    return "".join(BARS[round((value - low) / step)] if step else BARS[0] for value in values)


def watch_json(watch: Watch, deployed: Range) -> str:
    """Return the answer for programs."""
    steps = rollback_part(watch, deployed.plan)
    facts = {
        "standing": watch.standing.value,
        "headline": watch_headline(watch),
        "from": deployed.from_,
        "to": deployed.to,
        "values": [_facts(each) for each in watch.measured],
        "leftovers": [dict(zip(("object", "what", "then", "sql"), each, strict=True)) for each in _texts(watch)],
        "unknown": list(watch.doubts),
        "rollback": [{"speed": s.speed.value, "do": s.do, "sql": s.sql, "command": s.command} for s in steps],
    }
    return json.dumps(facts, indent=2) + "\n"


def _facts(each: Measured) -> dict[str, object]:
    return {
        "purpose": each.measure.purpose,
        "kind": each.measure.kind.value,
        "standing": each.standing.value,
        "value": each.value,
        "limit": each.limit,
        "detail": each.detail,
        "unknown": each.unknown,
        "before": list(each.points),
    }
