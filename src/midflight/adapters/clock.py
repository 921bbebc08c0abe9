"""Tells the day."""

from datetime import UTC, datetime


def today() -> str:
    """Return the day in UTC as YYYY-MM-DD."""
    return datetime.now(tz=UTC).date().isoformat()  # noqa: TID251 - this is adapters/clock.py
