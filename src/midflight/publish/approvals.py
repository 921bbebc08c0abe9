"""The boxes of the checklist in our comment: which are ticked, by whom, and which ticks outlive a push."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from midflight.plan.approval import REQUIRABLE
from midflight.publish.model import StatusState
from midflight.publish.override import described as override_described
from midflight.publish.override import kept, moment, parse_override
from midflight.publish.state import parse_state, shortened
from midflight.text import markdown

_BOX = re.compile(
    r"- \[(?P<tick>[ xX])\] (?P<text>[^\n]*?)(?: <sub>(?P<said>[^<\n]*)</sub>)?"
    r" <!-- midflight:item (?P<id>[\w.:/-]{1,200}) of=(?P<of>[\w.-]{1,80})"
    r"(?: by=(?P<by>[\w\[\]-]{1,60}) at=(?P<at>[\w:.-]{0,40}))? -->"
)
_COUNT = re.compile(r"^\*\*[^*\n]{1,80}\*\* <!-- midflight:approvals -->", re.MULTILINE)
_NAMES = {identity: name for name, identity in REQUIRABLE.items()}
UNKNOWN = "not counted: who ticked it is not known, tick it again"


@dataclass(frozen=True, slots=True)
class Box:
    """One item: `of` is the fingerprint of what it approves, `by` who ticked it, `said` the small print behind it."""

    id: str
    of: str
    text: str
    ticked: bool
    by: str = ""
    at: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody did to our comment: its text before and after, who, and when."""

    before: str
    after: str
    by: str
    at: str
    may_write: bool


def boxes(body: str) -> Mapping[str, Box]:
    """Return the boxes by id, the first of each; what a quotation or a list inside a list shows is none."""
    found: dict[str, Box] = {}
    for line in _lines(body):
        if box := _parsed(line):
            found.setdefault(box.id, box)
    return found


def approved(body: str) -> tuple[tuple[str, str], ...]:
    """Return what people have approved in our comment, each item with who ticked it."""
    return tuple((_NAMES.get(box.id, box.id), f"@{box.by}") for box in boxes(body).values() if box.ticked and box.by)


def open_approvals(body: str) -> tuple[str, ...]:
    """Return the ids of the required items that neither Midflight nor a person with a name has approved."""
    state, found = parse_state(body), boxes(body)
    required = state.required if state else ()
    settled = state.settled if state else ()
    return tuple(i for i in required if i not in settled and not (i in found and found[i].ticked and found[i].by))


def standing(body: str) -> tuple[StatusState, str] | None:
    """Return the commit status that follows from our comment; None where it tells no verdict."""
    state = parse_state(body)
    if override := parse_override(body):
        return StatusState.SUCCESS, override_described(override)
    if state is None:
        return None
    still = open_approvals(body)
    if state.verdict is StatusState.SUCCESS and still:
        names = ", ".join(_NAMES.get(identity, identity) for identity in still)
        return StatusState.PENDING, shortened(f"{counted(len(still), len(state.required))}: {names}", 140)
    return state.verdict, shortened(state.said, 140)


def counted(still: int, required: int) -> str:
    """Return how many approvals are open: "2 of 5 approvals open"."""
    return f"{still} of {required} approval{'' if required == 1 else 's'} open"


def joined(old: str, new: str) -> str:
    """Return a new comment with what holds of the one that it replaces: ticks of what has not changed, the override.

    A tick of a required item that nobody vouches for (made while no workflow ran) is not carried over.
    """
    before, state = boxes(old), parse_state(new)
    required = state.required if state else ()
    return _recounted(kept(old, _rewritten(new, lambda box: _carried(box, before.get(box.id), box.id in required))))


def answered(body: str, edit: Edit) -> str:
    """Return our comment, as it is now, after what somebody ticked or unticked in it."""
    before, after = boxes(edit.before), boxes(edit.after)

    def answer(box: Box) -> Box:
        was, is_ = before.get(box.id), after.get(box.id)
        if was is None or is_ is None or was.ticked == is_.ticked or is_.of != box.of:
            return box
        return _ticked(box, edit) if is_.ticked else _unticked(box, was, edit)

    return _recounted(_rewritten(body, answer))


def changed_boxes(before: str, after: str) -> bool:
    """Whether an edit ticked or unticked anything."""
    old, new = boxes(before), boxes(after)
    return any(old[i].ticked != new[i].ticked for i in old.keys() & new.keys())


def _ticked(box: Box, edit: Edit) -> Box:
    who = markdown(f"@{edit.by}")
    if not edit.may_write:
        return replace(box, ticked=False, by="", at="", said=f"the tick of {who} does not count: no write access")
    return replace(box, ticked=True, by=edit.by, at=edit.at, said=f"✓ {who}, {moment(edit.at)}")


def _unticked(box: Box, was: Box, edit: Edit) -> Box:
    return replace(box, ticked=False, by="", at="", said="") if edit.may_write else was


def _carried(box: Box, was: Box | None, required: bool) -> Box:
    if was is None or box.ticked or box.by:
        return box
    if was.of != box.of:
        return replace(box, said=f"cleared: {_changed(was, box)}") if was.by else box
    if was.ticked and required and not was.by:
        return replace(box, said=UNKNOWN)
    return replace(box, ticked=was.ticked, by=was.by, at=was.at, said=was.said)


def _changed(was: Box, box: Box) -> str:
    same = was.of.partition(".")[0] == box.of.partition(".")[0]
    return "what it says changed" if same else "the migration changed"


def _rewritten(body: str, change: Callable[[Box], Box]) -> str:
    seen: set[str] = set()
    lines = _lines(body)
    for at, line in enumerate(lines):
        box = _parsed(line)
        if box and box.id not in seen:
            seen.add(box.id)
            lines[at] = _line(change(box))
    return "\n".join(lines)


def _recounted(body: str) -> str:
    state, still = parse_state(body), len(open_approvals(body))
    if state is None or not state.required:
        return body
    said = counted(still, len(state.required)) if still else "Nothing is left to approve"
    return _COUNT.sub(f"**{said}** <!-- midflight:approvals -->", body, count=1)


def _parsed(line: str) -> Box | None:
    found = _BOX.fullmatch(line)
    if found is None:
        return None
    return Box(
        id=found["id"],
        of=found["of"],
        text=found["text"],
        ticked=found["tick"] != " ",
        by=found["by"] or "",
        at=found["at"] or "",
        said=found["said"] or "",
    )


def _line(box: Box) -> str:
    said = f" <sub>{box.said}</sub>" if box.said else ""
    by = f" by={box.by} at={box.at}" if box.by else ""
    return f"- [{'x' if box.ticked else ' '}] {box.text}{said} <!-- midflight:item {box.id} of={box.of}{by} -->"


def _lines(body: str) -> list[str]:
    return body.replace("\r\n", "\n").split("\n")
