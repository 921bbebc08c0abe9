"""The emergency override: who lets a change through in spite of what was found, and the banner that says so."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from midflight.publish.marker import parse_marker
from midflight.publish.state import encoded, shortened
from midflight.text import markdown

LABEL = "midflight:override"
MAX_REASON = 300

_BANNER = re.compile(
    r"<!-- midflight:override v1 how=(?P<how>comment|label) by=(?P<by>[\w\[\]-]{1,60}) at=(?P<at>[\w:.-]{0,40})"
    r" head=(?P<head>[0-9a-f]{0,64}) reason=(?P<reason>[^\s<>]{0,4000}) -->\r?\n(?:>[^\n]*\n)*\n?"
)


class How(StrEnum):
    """What the override was said with."""

    COMMENT = "comment"
    LABEL = "label"


_ENDS = {
    How.COMMENT: "The override ends with the next push.",
    How.LABEL: f"The override ends when the label `{LABEL}` is removed.",
}


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody with write access lets the commit `head` through; `at` is GitHub's time, empty where not known."""

    by: str
    reason: str
    head: str
    how: How
    at: str = ""


def described(override: Override) -> str:
    """Return the description of the status, at most 140 characters."""
    return shortened(f"overridden by @{override.by}: {override.reason}", 140)


def banner(override: Override) -> str:
    """Return the lines at the top of the comment."""
    reason = shortened(override.reason, MAX_REASON)
    hidden = (
        f"<!-- midflight:override v1 how={override.how.value} by={override.by} at={override.at}"
        f" head={override.head} reason={encoded(reason)} -->"
    )
    when = f" on {moment(override.at)}" if override.at else ""
    said = f"**Overridden** by {markdown('@' + override.by)}{when}: {markdown(reason).rstrip('.')}."
    return f"{hidden}\n> [!CAUTION]\n> {said} What was found stays below. {_ENDS[override.how]}\n\n"


def parse_override(body: str) -> Override | None:
    """Read the banner below the two hidden lines of our comment; anywhere else it is a quotation."""
    found = _BANNER.match(_below(body))
    if found is None:
        return None
    return Override(found["by"], unquote(found["reason"]), found["head"], How(found["how"]), found["at"])


def with_override(body: str, override: Override | None) -> str:
    """Return our comment with the banner of an override, or without any."""
    below = _below(body)
    top = body[: len(body) - len(below)]
    rest = below[found.end() :] if (found := _BANNER.match(below)) else below
    return f"{top}{banner(override) if override else ''}{rest}"


def still_valid(body: str, head: str) -> Override | None:
    """Return the override by comment that holds for a commit: it was said when that commit was the head."""
    found = parse_override(body)
    return found if found and found.how is How.COMMENT and found.head == head else None


def kept(old: str, new: str) -> str:
    """Return the new comment with the override that the old one has, where it still holds."""
    marker = parse_marker(new)
    found = still_valid(old, marker.head) if marker and parse_override(new) is None else None
    return with_override(new, found) if found else new


def moment(at: str) -> str:
    """Return GitHub's time ("2026-11-22T14:03:11Z") for people: "2026-11-22 14:03 UTC"."""
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", at)
    return f"{found[1]} {found[2]} UTC" if found else at


def _below(body: str) -> str:
    """The text below the marker and the state."""
    return body.split("\n", 2)[2] if body.count("\n") >= 2 else ""
