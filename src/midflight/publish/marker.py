"""The hidden first line that makes a comment ours: its key, and the commit that the body speaks of."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_FIRST_LINE = re.compile(r"<!-- midflight:comment v[0-9]{1,4} key=([^\s<>]{1,400}) head=([0-9a-f]{0,64}) -->")


@dataclass(frozen=True, slots=True)
class Marker:
    """Which of our comments it is (`key`) and which commit it reports on (`head`, a full id)."""

    key: str
    head: str


def marker_line(marker: Marker) -> str:
    """Write the marker; the key is percent-encoded, so that no key can end the HTML comment."""
    return f"<!-- midflight:comment v1 key={quote(marker.key, safe='')} head={marker.head} -->"


def parse_marker(body: str) -> Marker | None:
    """Find the marker on the first line of a comment; anywhere else it is a quotation."""
    found = _FIRST_LINE.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return Marker(key=unquote(found[1]), head=found[2]) if found else None
