"""The gate's answer, for people and programs."""

import json
from collections.abc import Iterator, Sequence

from midflight.compatibility.model import BreakKind
from midflight.inspection.gate import Gate, Obstacle, Verdict
from midflight.migrations.model import History, Migration
from midflight.report.templates import render

_SHOWN = 50
_LINES = 3
_MADE = frozenset({BreakKind.MISSING_TABLE, BreakKind.MISSING_COLUMN, BreakKind.MISSING_ROUTINE})


def headline(gate: Gate) -> str:
    """Return the answer on one line."""
    if gate.verdict is Verdict.GO and gate.contract:
        return "Go: nothing that runs is seen to name what the pending migrations take away"
    if gate.verdict is Verdict.GO:
        return "Go: the database has what this revision names"
    return f"No-go: {'; '.join(gate.reasons)}"


def render_gate(gate: Gate, history: History, revision: str) -> str:
    """Return the answer in Markdown."""
    named = _grouped(gate.afterwards.obstacles) if gate.afterwards else []
    view = {**gate_view(gate, history, revision), "named": named}
    view |= {"lacking": _grouped([each for each in gate.obstacles if each.sure])}
    view |= {"uncertain": _grouped([each for each in gate.obstacles if not each.sure])}
    view |= {"removing": [{"path": each.path, "behind": _behind(each, gate)} for each in gate.removing]}
    return render("gate.md.j2", gate=view, shown=_SHOWN)


def gate_json(gate: Gate, history: History, revision: str) -> str:
    """Return the answer for programs."""
    return json.dumps({"version": 1, **gate_view(gate, history, revision)}, indent=2, ensure_ascii=False) + "\n"


def gate_view(gate: Gate, history: History, revision: str) -> dict[str, object]:
    """Return what is told of the answer, as values that JSON has."""
    standing = gate.standing
    late = {each.path for each in standing.late}
    return {
        "verdict": str(gate.verdict),
        "headline": headline(gate),
        "revision": revision,
        "database": history.database,
        "contract": gate.contract,
        "reasons": list(gate.reasons),
        "obstacles": [_obstacle(each) for each in gate.obstacles],
        "apply": list(_to_apply(gate)),
        "after": _paths(gate.removing),
        "afterwards": _afterwards(gate.afterwards) if gate.afterwards else None,
        "migrations": {
            "applied": len(standing.applied),
            "pending": [{"path": each.path, "out_of_order": each.path in late} for each in standing.pending],
            "failed": list(standing.failed),
            "foreign": list(standing.foreign),
            "edited": _paths(standing.edited),
        },
        "checked": {"references": gate.checked, "statements": gate.tried},
        "notes": list(gate.notes),
    }


def _to_apply(gate: Gate) -> Iterator[str]:
    """The migrations to apply: what the code needs, and what else adds something, in the order of the history."""
    needed = {each.migration.path for each in gate.obstacles if each.migration}
    for each in () if gate.contract else gate.standing.pending:
        if each.path in needed or each not in gate.removing:
            yield each.path


def _behind(removal: Migration, gate: Gate) -> str:
    """Return the last migration that is to be applied first and comes behind one that is to be applied later."""
    pending = list(gate.standing.pending)
    behind = pending[pending.index(removal) + 1 :]
    return next((each.path for each in reversed(behind) if each not in gate.removing), "")


def _obstacle(each: Obstacle) -> dict[str, object]:
    return {
        "kind": str(each.kind),
        "object": each.object,
        "path": each.place.path,
        "line": each.place.line,
        "detail": each.detail,
        "sqlstate": each.sqlstate,
        "sure": each.sure,
        "code": " ".join(each.text.split()),
        "migration": each.migration.path if each.migration else None,
    }


def _afterwards(contraction: Gate) -> dict[str, object]:
    """Whether what only takes away may be applied once the code is out."""
    return {
        "verdict": str(contraction.verdict),
        "reasons": list(contraction.reasons),
        "obstacles": [_obstacle(each) for each in contraction.obstacles],
        "notes": list(contraction.notes),
    }


def _grouped(obstacles: Sequence[Obstacle]) -> list[dict[str, object]]:
    """Return what is lacking, each with the first of the lines that name it."""
    groups: dict[tuple[str, str], list[Obstacle]] = {}
    for each in obstacles:
        groups.setdefault((each.object, each.detail), []).append(each)
    return [
        {
            **_obstacle(found[0]),
            "does": "makes it" if found[0].kind in _MADE else "mends it",
            "lines": [{"at": f"{e.place.path}:{e.place.line}", "code": _short(e)} for e in found[:_LINES]],
            "more": max(0, len(found) - _LINES),
        }
        for found in groups.values()
    ]


def _short(each: Obstacle) -> str:
    return " ".join(each.text.split())[:120]


def _paths(migrations: Sequence[Migration]) -> list[str]:
    return [each.path for each in migrations]
