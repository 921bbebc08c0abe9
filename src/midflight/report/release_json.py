"""The release notes as data for machines: version 1 of a stable interface. Fields are added, never renamed."""

import json

from midflight.report.as_json import Json, to_json
from midflight.report.change_groups import kind_of, phases_by_path
from midflight.report.release_notes import Approval, Change, ReleaseNotes
from midflight.report.release_stages import stages_of
from midflight.text import utf8

VERSION = 1


def render_release_json(notes: ReleaseNotes) -> str:
    """Return the notes as JSON text: the changes, what cancels out, who approved, and the report of the range."""
    return utf8(json.dumps(_notes(notes), indent=2, ensure_ascii=False)) + "\n"


def _notes(notes: ReleaseNotes) -> dict[str, Json]:
    phases = phases_by_path(notes.report)
    labelled = [(f"#{c.number}" if c.number else c.sha[:7], c.files or frozenset()) for c in notes.changes]
    stages = stages_of(notes.plan, labelled)
    return {
        "version": VERSION,
        "title": notes.title,
        "changes": [_change(each, kind_of(each.files, phases).name.lower()) for each in notes.changes],
        "net": [
            {"object": p.object, "becomes": p.became or None, "made": p.made.path, "gone": p.gone.path}
            for p in notes.plan.passing
        ],
        "deployments": [{"changes": list(s.changes), "warning": s.warning or None} for s in stages],
        "approvals": [_approval(each) for each in notes.approvals],
        "report": to_json(notes.report),
    }


def _change(change: Change, kind: str) -> Json:
    return {
        "title": change.title,
        "number": change.number or None,
        "commit": change.sha,
        "author": change.author,
        "url": change.url or None,
        "labels": list(change.labels),
        "kind": kind,
    }


def _approval(each: Approval) -> Json:
    ticked: list[Json] = [{"item": text, "by": who or None} for text, who in each.ticked]
    return {"number": each.number, "ticked": ticked, "reviewers": list(each.reviewers)}
