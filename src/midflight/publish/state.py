"""The hidden second line of our comment: what the check found and which approvals the status waits for.

The status follows from the comment alone, so that a tick can change it without another check.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from midflight.publish.model import StatusState

_STATE = re.compile(
    r"<!-- midflight:state v1 verdict=(?P<verdict>success|failure) require=(?P<require>[\w.,-]{0,2000})"
    r" settled=(?P<settled>[\w.,-]{0,2000}) said=(?P<said>[^\s<>]{0,2000}) -->"
)


@dataclass(frozen=True, slots=True)
class State:
    """What the check found (`verdict`, in words `said`), and the items that are `required` and those `settled`."""

    verdict: StatusState
    said: str
    required: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


def state_line(state: State) -> str:
    """Write the line; the words are percent-encoded, so that none can end the HTML comment."""
    return (
        f"<!-- midflight:state v1 verdict={state.verdict.value} require={','.join(state.required)}"
        f" settled={','.join(state.settled)} said={encoded(state.said)} -->"
    )


def parse_state(body: str) -> State | None:
    """Read the second line of our comment; anywhere else it is a quotation."""
    lines = body.split("\n", 2)
    found = _STATE.fullmatch(lines[1].rstrip("\r")) if len(lines) > 1 else None
    if found is None:
        return None
    return State(
        StatusState(found["verdict"]), unquote(found["said"]), _names(found["require"]), _names(found["settled"])
    )


def encoded(text: str) -> str:
    """Return a text without white space, brackets and hyphens."""
    return quote(text, safe="", errors="replace").replace("-", "%2D")


def shortened(text: str, limit: int) -> str:
    """Return a text on one line, at most so long."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
