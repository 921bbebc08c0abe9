"""Which identifiers a change set can make old or new code stumble over."""

from collections.abc import Iterable, Iterator, Mapping

from midflight.catalog.compare import Difference, changed_words
from midflight.catalog.model import Step
from midflight.operations import model as op
from midflight.operations.shapes import Name


def search_words(difference: Difference) -> frozenset[str]:
    """Return the words to look for in unchanged code: what differs, tables with stricter writes, enum labels."""
    return changed_words(difference) | frozenset(_more(difference))


def _more(difference: Difference) -> Iterator[str]:
    yield from (table.name for table, column in difference.columns_added if column.required)
    yield from (table.name for table, before, after in difference.columns_changed if after.required > before.required)
    yield from (table.name for table, _ in difference.constraints_added)
    yield from (index.table.name for index in (*difference.indexes_removed, *difference.indexes_added) if index.unique)
    yield from (table.name for table in difference.row_security_enabled)
    yield from (label for _, label in (*difference.labels_added, *difference.labels_removed))


def lost_columns(steps: Iterable[Step]) -> Iterator[tuple[Name, str, Step]]:
    """Yield the columns that a step drops or renames in a table whose columns the history does not tell.

    The catalogs cannot show that difference: such a table is incomplete before and after.
    """
    for step in steps:
        match step.operation:
            case op.DropColumn(table=written, column=column) | op.RenameColumn(table=written, column=column):
                table = step.before.resolve(written)
                relation = step.before.relations.get(table)
                if relation is None or not relation.complete:
                    yield table, column, step
            case _:
                continue


def owners(difference: Difference) -> Mapping[str, frozenset[str]]:
    """Return, for each word that is only a column's name or an enum's label, the tables or types it belongs to.

    A line that holds such a word is about the schema only where the file names one of those as well.
    """
    tables: dict[str, set[str]] = {}
    for table, column in (*difference.columns_added, *difference.columns_removed):
        tables.setdefault(column.name, set()).add(table.name)
    for table, before, _ in difference.columns_changed:
        tables.setdefault(before.name, set()).add(table.name)
    for enum, label in (*difference.labels_added, *difference.labels_removed):
        tables.setdefault(label, set()).add(enum.name)
    others = {name.name for name in (*difference.tables_added, *difference.tables_removed)}
    others |= {routine.name.name for routine in (*difference.routines_added, *difference.routines_removed)}
    return {word: frozenset(names) for word, names in tables.items() if word not in others}
