"""Finds the code of some days before base in a repository's history."""

from collections.abc import Sequence
from datetime import date, timedelta

from midflight.adapters.git import GitRepository
from midflight.adapters.ledger import landed
from midflight.adapters.sources import Joined
from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.errors import SourceError
from midflight.inspection.contraction import FindOlder, Landed, Older

_MOST = 12
_UNKNOWN = "whether code stopped naming only lately what is dropped is not known"
_SHALLOW = f"{_UNKNOWN}, as the clone is shallow; check out with fetch-depth: 0"
_REMOTE = f"{_UNKNOWN}, as the checkout does not have base; check out with fetch-depth: 0"


def older_of(source: Blobs, base: Tree, *, watched: int, today: str, setting: str) -> FindOlder | None:
    """Return what looks for it; None where the source has no history or the day is not known.

    For more days than are `watched`, as builds live, it gives some of the trees since too, and the oldest of a younger
    history. `setting` is the file that is named where the history is cut off, or not there."""
    if isinstance(source, Joined) and today:
        return lambda _: NotAnalysed(setting, 0, _REMOTE)
    if not isinstance(source, GitRepository) or not today:
        return None

    def find(days: int) -> Older | NotAnalysed | None:
        if source.is_shallow:
            return NotAnalysed(setting, 0, _SHALLOW)
        last = (date.fromisoformat(today) - timedelta(days=days)).isoformat()
        try:
            line = landed(source, base.revision)
        except SourceError:
            return None
        then = next((at for at, each in enumerate(line) if each.day <= last), None)
        if then is None and days <= watched:
            return None
        seen = line if then is None else line[: then + 1]
        between = (source.tree(sha) for sha in _spread(seen[:-1])) if days > watched else ()
        return Older(source.tree(seen[-1].sha), source, days, tuple(between))

    return find


def _spread(line: Sequence[Landed]) -> list[str]:
    """Give about as many commits as are worth a look, evenly over a stretch of history."""
    step = -(-len(line) // _MOST) or 1
    return [each.sha for each in line[::step]]
