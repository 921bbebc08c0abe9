"""What the team says of its tables: how large, how busy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from midflight.operations.shapes import Name


class Size(StrEnum):
    """How long a scan of the table takes: no time, or longer than users wait."""

    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class TableFact:
    """What is known of the tables that a glob matches (`events`, `public.events_*`, `*`).

    `hot` tables are used by every request: a short lock on them is felt. `by` says where that stands.
    """

    pattern: str
    size: Size | None = None
    hot: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """All that is known: what the team says, in its order, and then what was counted, by "schema.table"."""

    facts: tuple[TableFact, ...] = ()
    counted: Mapping[str, TableFact] = field(default_factory=dict)

    def of(self, table: Name) -> TableFact | None:
        """Return the first entry that matches a resolved name, with its schema or without."""
        full = f"{table.schema}.{table.name}"
        said = (f for f in self.facts if any(fnmatchcase(w, f.pattern) for w in (table.short, table.name, full)))
        return next(said, None) or self.counted.get(full)

    def is_small(self, table: Name) -> bool:
        """Return whether the table is known to be small and not busy."""
        fact = self.of(table)
        return fact is not None and fact.size is Size.SMALL and not fact.hot

    def is_felt(self, table: Name) -> bool:
        """Return whether the table is known to be large or busy."""
        fact = self.of(table)
        return fact is not None and (fact.size is Size.LARGE or fact.hot)
