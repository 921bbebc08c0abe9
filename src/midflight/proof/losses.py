"""Which generated rows and values are gone after a migration and its rollback."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from midflight.operations.shapes import Name, quote

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of one table before and after, a hash for each value and None for NULL; `keys` are the primary key's."""

    table: Name
    columns: tuple[str, ...]
    keys: frozenset[int]
    before: tuple[Row, ...]
    after: tuple[Row, ...]


def losses(tables: Iterable[Kept]) -> tuple[str, ...]:
    """Return what each table has lost: rows, and values of rows that are still there."""
    return tuple(line for table in tables for line in _of_table(table))


def _of_table(kept: Kept) -> Iterator[str]:
    if Counter(kept.before) == Counter(kept.after):
        return
    rows = len(kept.before)
    gone = _rows_gone(kept)
    if gone:
        yield f"{gone:,} of {rows:,} rows of `{kept.table.short}`"
    for number, column in enumerate(kept.columns):
        lost, values = _values_gone(kept, number)
        if lost:
            yield f"`{kept.table.short}.{quote(column)}` ({lost:,} of {values:,} values)"


def _key(row: Row, keys: frozenset[int]) -> Row:
    return tuple(row[number] for number in sorted(keys))


def _rows_gone(kept: Kept) -> int:
    if not kept.keys:
        return max(0, len(kept.before) - len(kept.after))
    left = Counter(_key(row, kept.keys) for row in kept.after)
    return (Counter(_key(row, kept.keys) for row in kept.before) - left).total()


def _values_gone(kept: Kept, column: int) -> tuple[int, int]:
    """How many values of a column are no longer where they were, of the rows that are still there; and of how many."""
    if not kept.keys:
        was = Counter(row[column] for row in kept.before if row[column] is not None)
        now = Counter(row[column] for row in kept.after if row[column] is not None)
        return max(0, (was - now).total() - _rows_gone(kept)), was.total()
    now_by_key = {_key(row, kept.keys): row[column] for row in kept.after}
    there = [(row[column], _key(row, kept.keys)) for row in kept.before if row[column] is not None]
    lost = sum(1 for value, key in there if key in now_by_key and now_by_key[key] != value)
    return lost, len(there)
