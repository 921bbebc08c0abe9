"""Give the databases of one repository short names that differ."""

from collections import Counter
from dataclasses import replace

from midflight.migrations.model import History

_STRUCTURE = frozenset(
    "migrations migration migrate sqls src resources sql internal pkg packages apps services libs crates"
    " modules versions meta lib app".split()
)
_WEAK = frozenset("db database databases prisma drizzle supabase schema hasura dbmate flyway store storage".split())


def name_databases(histories: tuple[History, ...]) -> tuple[History, ...]:
    """Name each by the last telling part of its folder; where two would be equal, by the whole folder."""
    names = [_short(history.folder) for history in histories]
    counts = Counter(names)
    full = [name if counts[name] == 1 else history.folder for name, history in zip(names, histories, strict=True)]
    again = Counter(full)
    return tuple(
        replace(history, database=name if again[name] == 1 else f"{name} ({history.format})")
        for name, history in zip(full, histories, strict=True)
    )


def _short(folder: str) -> str:
    parts = [part for part in folder.replace("src/main/", "src/").split("/") if part and part.lower() not in _STRUCTURE]
    telling = [part for part in parts if part.lower() not in _WEAK]
    return next(reversed(telling or parts), folder or "database")
