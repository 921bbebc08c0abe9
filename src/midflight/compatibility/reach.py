"""Which identifiers a change set can make old or new code stumble over."""

from collections.abc import Iterator, Mapping

from midflight.catalog.compare import Difference, changed_words


def search_words(difference: Difference) -> frozenset[str]:
    """Return the words to look for in unchanged code: what differs, and the tables whose writers may be refused."""
    return changed_words(difference) | frozenset(_tables(difference))


def _tables(difference: Difference) -> Iterator[str]:
    yield from (table.name for table, column in difference.columns_added if column.required)
    yield from (table.name for table, before, after in difference.columns_changed if after.required > before.required)
    yield from (table.name for table, _ in difference.constraints_added)
    yield from (index.table.name for index in (*difference.indexes_removed, *difference.indexes_added) if index.unique)
    yield from (table.name for table in difference.row_security_enabled)


def tables_of_columns(difference: Difference) -> Mapping[str, frozenset[str]]:
    """Return, for each word that is only a column's name, the tables it belongs to.

    A line that holds such a word is about the schema only where the file names one of the tables as well.
    """
    tables: dict[str, set[str]] = {}
    for table, column in (*difference.columns_added, *difference.columns_removed):
        tables.setdefault(column.name, set()).add(table.name)
    for table, before, _ in difference.columns_changed:
        tables.setdefault(before.name, set()).add(table.name)
    others = {name.name for name in (*difference.tables_added, *difference.tables_removed)}
    others |= {routine.name.name for routine in (*difference.routines_added, *difference.routines_removed)}
    return {column: frozenset(names) for column, names in tables.items() if column not in others}
