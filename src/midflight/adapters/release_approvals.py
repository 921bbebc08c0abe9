"""Collects who approved the pull requests of a range: ticks in our comments, and reviews."""

from collections.abc import Sequence
from itertools import islice

from midflight.adapters.github.client import GitHub
from midflight.publish.approvals import approved
from midflight.report.release_notes import Approval, Change

MAX_ASKED = 50  # pull requests: two or three requests each


def approvals_of(github: GitHub, changes: Sequence[Change]) -> tuple[Approval, ...]:
    """Return the approvals of the pull requests, of fifty at most."""
    return tuple(_approval(github, change) for change in islice(changes, MAX_ASKED))


def _approval(github: GitHub, change: Change) -> Approval:
    ticked = [tick for comment in github.own_comments(change.number) for tick in approved(comment.body)]
    return Approval(change.number, change.url, tuple(dict.fromkeys(ticked)), github.approvers(change.number))
