"""The phrases that findings share."""

from collections.abc import Iterable, Sequence

from midflight.compatibility.model import Break, Cell
from midflight.inspection.model import Context
from midflight.operations.model import Statement
from midflight.references.model import Place


def at(place: Place) -> str:
    """Return `path:line` as inline code."""
    return f"`{place.path}:{place.line}`"


def listed(places: Sequence[Place], limit: int = 3) -> str:
    """Return places as a sentence part: two of them, or three and how many more."""
    return _joined([at(place) for place in dict.fromkeys(places)], limit)


def _joined(shown: Sequence[str], limit: int) -> str:
    if len(shown) > limit:
        return f"{', '.join(shown[:limit])} and {len(shown) - limit} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def named(objects: Sequence[str], limit: int = 3) -> str:
    """Return names as inline code: all of them up to a limit, or the first and how many more."""
    return _joined([f"`{name}`" for name in objects], limit)


def breaks_at(cell: Cell, statement: Statement, objects: Iterable[str] = ()) -> tuple[Break, ...]:
    """Return the breaks that a statement causes, those of the named objects where some are given."""
    wanted = set(objects)
    return tuple(b for b in cell.breaks if b.statement == statement and (not wanted or b.object in wanted))


def places(breaks: Iterable[Break]) -> tuple[Place, ...]:
    """Return the lines of code that break, each once."""
    return tuple(dict.fromkeys(found.place for found in breaks))


def searched(context: Context) -> str:
    """Return the sentence that shows the search behind "no code names it"."""
    count = context.old_code.files
    where = _joined([f"`{old.name}`" if old.name else "base" for old in context.versions] or ["base"], 3)
    return f"no resolved reference in {count} searched code {'file' if count == 1 else 'files'} at {where}"
