"""What an item of the checklist approves, so that a tick counts only as long as that stays the same."""

import re
from collections.abc import Sequence
from hashlib import sha256

from midflight.inspection.model import Context
from midflight.plan.model import ChecklistItem, ItemState
from midflight.report.model import Report

_LENGTH = 10
_LINE = re.compile(r":\d+\b")  # a line number says where something stands, not what it is


def digest_of(contexts: Sequence[Context]) -> str:
    """Return a digest of the change's migrations: their scripts without regard to white space, names and place."""
    texts = (
        f"{context.database.database}\0{change.status.value}\0{' '.join(change.migration.up.text.split())}"
        for context in contexts
        for change in context.database.changes
    )
    return _digest("\0".join(texts))


def fingerprint(report: Report, item: ChecklistItem) -> str:
    """Return what a tick of the item approves: the migrations' digest, and that of what the item says."""
    said = f"{item.id}\0{item.text}\0{item.state.value}\0{_LINE.sub('', item.evidence)}\0{report.plan.order.value}"
    return f"{report.digest or '0'}.{_digest(said)}"


def required_items(report: Report) -> tuple[str, ...]:
    """Return the ids of the items that the team requires and that this checklist has."""
    known = {item.id for checklist in report.plan.checklists for item in checklist.items}
    return tuple(identity for identity in report.required if identity in known) if not report.quiet else ()


def settled_items(report: Report) -> tuple[str, ...]:
    """Return the required items that need no person, because Midflight has verified them."""
    verified = {
        item.id for checklist in report.plan.checklists for item in checklist.items if item.state is ItemState.VERIFIED
    }
    return tuple(identity for identity in required_items(report) if identity in verified)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
