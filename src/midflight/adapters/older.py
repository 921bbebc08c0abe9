"""Finds the code of some days before base in a repository's history."""

from datetime import date, timedelta

from midflight.adapters.git import GitRepository
from midflight.adapters.ledger import landed
from midflight.adapters.sources import Joined
from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.errors import SourceError
from midflight.inspection.contraction import FindOlder, Older

_UNKNOWN = "whether code stopped naming only lately what is dropped is not known"
_SHALLOW = f"{_UNKNOWN}, as the clone is shallow; check out with fetch-depth: 0"
_REMOTE = f"{_UNKNOWN}, as the checkout does not have base; check out with fetch-depth: 0"


def older_of(source: Blobs, base: Tree, *, days: int, today: str, setting: str) -> FindOlder | None:
    """Return what looks for it; None where the source has no history or the day is not known.

    `setting` is the file that is named where the history is cut off, or not there."""
    if isinstance(source, Joined) and today:
        return lambda: NotAnalysed(setting, 0, _REMOTE)
    if not isinstance(source, GitRepository) or not today:
        return None

    def find() -> Older | NotAnalysed | None:
        if source.is_shallow:
            return NotAnalysed(setting, 0, _SHALLOW)
        last = (date.fromisoformat(today) - timedelta(days=days)).isoformat()
        try:
            line = landed(source, base.revision)
        except SourceError:
            return None
        then = next((each for each in line if each.day <= last), None)
        return Older(source.tree(then.sha), source, days) if then else None

    return find
