"""Counts the requests of a run, and keeps what GitHub says is left of the hour's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Budget:
    """Requests made so far, and the limit as the newest answer tells it; -1 where none did."""

    reads: int = 0
    writes: int = 0
    limit: int = -1
    left: int = -1
    reset: int = -1

    def count(self, verb: str, headers: Mapping[str, object]) -> None:
        """Count one request; headers have lower-case names ("Rate limits for the REST API", GitHub documentation)."""
        if verb == "GET":
            self.reads += 1
        else:
            self.writes += 1
        told = [_number(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")]
        if -1 not in told:
            self.limit, self.left, self.reset = told

    def made_since(self, before: "Budget", limits: "Budget") -> "Budget":
        """Return what was asked since an earlier count, with the limits that one of the clients was told."""
        reads, writes = self.reads - before.reads, self.writes - before.writes
        return Budget(reads, writes, limits.limit, limits.left, limits.reset)

    @property
    def sentence(self) -> str:
        """`GitHub: 6 requests (3 reads, 3 writes), 994 of 1,000 left until 14:00 UTC`."""
        made = self.reads + self.writes
        requests, reads, writes = (
            _counted(made, "request"),
            _counted(self.reads, "read"),
            _counted(self.writes, "write"),
        )
        left = f", {self.left:,} of {self.limit:,} left until {_time(self.reset)}" if self.limit >= 0 else ""
        return f"GitHub: {requests} ({reads}, {writes}){left}"


MADE = Budget()
"""All requests of this process, whichever repository they were for: what the command line tells at its end."""


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1


def _time(reset: int) -> str:
    try:
        return f"{datetime.fromtimestamp(reset, UTC):%H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return "the next hour"
