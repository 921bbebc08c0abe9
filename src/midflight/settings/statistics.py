"""The file with the tables' sizes, as the documented query writes it."""

import csv
from io import StringIO

from midflight.errors import SettingsError
from midflight.inspection.tables import Size, TableFact

COLUMNS = ("schema", "table", "rows")
MOST_LINES = 100_000


def read_statistics(text: str, path: str, *, small: int, large: int) -> dict[str, TableFact]:
    """Return the tables that are small or large by their rows, by "schema.table".

    The text is CSV with a header line and at least the columns schema, table and rows; `rows` is empty or negative
    where it is not known. Raises `SettingsError` with
    every line that is wrong.
    """
    rows = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise SettingsError((f"{path}:1: the header has no column {', '.join(missing)}; see docs/statistics.md.",))
    facts: dict[str, TableFact] = {}
    problems: list[str] = []
    try:
        for number, row in enumerate(rows, start=2):
            if number > MOST_LINES:
                problems.append(f"{path}:{number}: more than {MOST_LINES:,} lines are not read.")
                break
            count = _count(row["rows"])
            if count is None:
                problems.append(f"{path}:{number}: rows is {row['rows']!r:.60}; it must be a whole number.")
            else:
                fact = _fact(f"{row['schema']}.{row['table']}", count, path=path, small=small, large=large)
                facts |= {fact.pattern: fact} if fact else {}
    except csv.Error as error:
        problems.append(f"{path}:{rows.line_num}: not CSV: {error}.")
    if problems:
        raise SettingsError(tuple(problems))
    return facts


def _count(text: str | None) -> int | None:
    written = (text or "").strip() or "-1"
    try:
        return int(float(written))
    except (ValueError, OverflowError):
        return None


def _fact(name: str, count: int, *, path: str, small: int, large: int) -> TableFact | None:
    size = Size.LARGE if count >= large else Size.SMALL if 0 <= count <= small else None
    return TableFact(name, size, by=f"{count:,} rows in {path}") if size else None
