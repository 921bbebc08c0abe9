"""Decides what is written of the contraction ledger: the one issue with what may go now."""

from midflight.publish.model import TellIncident

_OVER = "Nothing on the list is left. Closed by the scheduled run."


def decide_ledger(title: str, body: str, key: str, *, whole: bool) -> tuple[TellIncident, ...]:
    """Give the issue, and close it where there is no text; what was not read as a `whole` closes none.

    The key is one that no watch of the same job has.
    """
    if not title and not whole:
        return ()
    return (TellIncident(f"{key}/contractions", "", title, body or _OVER, over=not title),)
