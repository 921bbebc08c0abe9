"""Finds the code of some days before base in a repository's history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from midflight.adapters.deployed import Means
from midflight.adapters.git import GitRepository
from midflight.adapters.ledger import landed
from midflight.adapters.sources import Joined
from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.errors import PlatformError, SourceError
from midflight.inspection.contraction import FindOlder, Landed, Older

_MOST = 12
_UNKNOWN = "whether code stopped naming only lately what is dropped is not known"
_SHALLOW = f"{_UNKNOWN}, as the clone is shallow; check out with fetch-depth: 0"
_REMOTE = f"{_UNKNOWN}, as the checkout does not have base; check out with fetch-depth: 0"
_MANY = f"{_UNKNOWN}, as GitHub lists too many commits since; check out with fetch-depth: 0"


@dataclass(frozen=True, slots=True)
class Asked:
    """The day of the check, for how many days objects are watched, and the file that says so."""

    today: str
    watched: int
    setting: str


def older_of(source: Blobs, base: Tree, asked: Asked, opened: Callable[[], Means] = Means) -> FindOlder | None:
    """Return what looks for it; None where the source has no history or the day is not known.

    For more days than are watched, as builds live, it gives some of the trees since too, and the oldest of a younger
    history. What the checkout lacks is asked of GitHub, where `opened` gives it: one tree, whatever the days.
    """
    if not asked.today or not isinstance(source, GitRepository | Joined):
        return None

    def find(days: int) -> Older | NotAnalysed | None:
        if isinstance(source, GitRepository) and not source.is_shallow:
            return _in_history(source, base, asked, days)
        found = _at_github(source, base, asked, days, opened())
        why = _SHALLOW if isinstance(source, GitRepository) else _REMOTE
        return NotAnalysed(asked.setting, 0, found or why) if isinstance(found, str) else found

    return find


def _in_history(source: GitRepository, base: Tree, asked: Asked, days: int) -> Older | None:
    last = _before(asked.today, days)
    try:
        line = landed(source, base.revision)
    except SourceError:
        return None
    then = next((at for at, each in enumerate(line) if each.day <= last), None)
    if then is None and days <= asked.watched:
        return None
    seen = line if then is None else line[: then + 1]
    between = (source.tree(sha) for sha in _spread(seen[:-1])) if days > asked.watched else ()
    return Older(source.tree(seen[-1].sha), source, days, tuple(between))


def _at_github(source: Blobs, base: Tree, asked: Asked, days: int, means: Means) -> Older | str | None:
    """Ask for the commits since and for one archive; a text says why that gave nothing, empty where nobody is asked."""
    if means.github is None:
        return ""
    try:
        sha = means.github.versions.standing(base.revision, _before(asked.today, days - 1))
        if not sha:
            return _MANY if sha is None else None
        tree, blobs = means.github.snapshot(sha)
    except (PlatformError, SourceError) as error:
        return f"{_UNKNOWN}: {error.what}"
    return Older(tree, Joined((blobs, source)), days)


def _before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _spread(line: Sequence[Landed]) -> list[str]:
    """Give about as many commits as are worth a look, evenly over a stretch of history."""
    step = -(-len(line) // _MOST) or 1
    return [each.sha for each in line[::step]]
