"""Which identifiers a change set can make old or new code stumble over."""

from collections.abc import Iterable, Iterator, Mapping

from midflight.catalog.compare import Difference, changed_words
from midflight.catalog.dependents import columns_of_type
from midflight.catalog.model import Catalog, Step
from midflight.compatibility.embedding import joined_through
from midflight.operations import model as op
from midflight.operations.shapes import ConstraintKind, Name, Target


def search_words(difference: Difference, before: Catalog) -> frozenset[str]:
    """Return the words to look for in unchanged code: what differs, tables with stricter writes, enum labels."""
    tables = (table for enum, _ in difference.labels_removed for table in _tables_of_type(before, enum))
    return (
        changed_words(difference)
        | frozenset((*_more(difference), *_joined(difference, before), *_between(difference)))
        | frozenset(tables)
    )


def removed_names(difference: Difference, steps: Iterable[Step]) -> tuple[str, ...]:
    """Return the tables, columns and routines that are gone afterwards, dropped or renamed, as people write them."""
    names = (
        *(table.short for table in difference.tables_removed),
        *(f"{table.short}.{column.name}" for table, column in difference.columns_removed),
        *(f"{table.short}.{column}" for table, column, _ in lost_columns(steps)),
        *(routine.name.short for routine in difference.routines_removed),
    )
    return tuple(dict.fromkeys(names))


def reshaped(difference: Difference) -> frozenset[str]:
    """Return the tables and views that gain or lose a column, or have one of another type or name."""
    tables = [table for table, _ in (*difference.columns_added, *difference.columns_removed)]
    tables += [table for table, before, after in difference.columns_changed if before.type != after.type]
    return frozenset(table.name for table in tables)


def _more(difference: Difference) -> Iterator[str]:
    yield from (table.name for table, column in difference.columns_added if column.required)
    yield from (table.name for table, before, after in difference.columns_changed if after.required > before.required)
    yield from (table.name for table, before, after in difference.columns_changed if before.default != after.default)
    yield from (table.name for table, _ in difference.constraints_added)
    yield from (t.name for t, c in difference.constraints_removed if c.kind is ConstraintKind.PRIMARY_KEY)
    yield from (c.references.name for _, c in difference.constraints_added if c.references)
    yield from (c.references.name for _, _, c in difference.constraints_changed if c.references)
    yield from (index.table.name for index in difference.indexes_removed)
    yield from (index.table.name for index in difference.indexes_added if index.unique)
    yield from (before.table.name for before, _ in difference.indexes_changed if before.unique)
    yield from (table.name for table in difference.row_security_enabled)
    yield from (label for _, label in (*difference.labels_added, *difference.labels_removed))


def _joined(difference: Difference, before: Catalog) -> Iterator[str]:
    """The tables that a foreign key joined: what PostgREST embeds names both, and not the key."""
    for name, lost in difference.constraints_removed:
        table = before.relations.get(name)
        if lost.kind is ConstraintKind.FOREIGN_KEY and table is not None:
            yield name.name
            yield from (each.references.name for each in table.constraints if each.references)


def _between(difference: Difference) -> Iterator[str]:
    """The tables that a new or dropped table joins many to many: an embed of one in the other does not name it."""
    for table in (*difference.relations_added, *difference.relations_removed):
        yield from (each.name for pair in joined_through(table) for each in pair)


def touched_words(steps: Iterable[Step]) -> frozenset[str]:
    """Return the tables and routines whose rows, rights or triggers a step takes away while the schema keeps them."""
    return frozenset(name.name for step in steps for name in _touched(step.operation))


def published_words(history: Iterable[op.Operation], steps: Iterable[Step]) -> frozenset[str]:
    """Return the tables that a publication held before a step dropped it or gave it another list of tables."""
    lost = {name for name in (_emptied(step.operation) for step in steps) if name}
    holding = (each for each in history if isinstance(each, op.CreatePublication | op.AlterPublication))
    return frozenset(table.name for each in holding if each.name in lost for table in each.tables)


def _emptied(operation: op.Operation) -> str:
    match operation:
        case op.AlterPublication(name=name, action="SET") | op.DropPublication(name=name):
            return name
        case _:
            return ""


def _touched(operation: op.Operation) -> tuple[Name, ...]:
    match operation:
        case op.Truncate(tables=tables):
            return tables
        case op.Grant(revoke=True, targets=targets):
            return tuple(target.name for target in targets if target.name.name != "*")
        case op.Delete(table=table, bounded=False) | op.DropTrigger(table=table) | op.DropPolicy(table=table):
            return (table,)
        case op.AlterPublication(tables=tables):
            return tables
        case op.SetTableOption(table=table, option="REPLICA IDENTITY"):
            return (table,)
        case op.SetOwner(target=Target(name=name)) | op.DropTable(name=name) | op.CreateView(name=name):
            return (name,)
        case op.SetTrigger(table=table, enabled=False) | op.SetRowSecurity(table=table, forced=True):
            return (table,)
        case _:
            return ()


def _tables_of_type(catalog: Catalog, user_type: Name) -> frozenset[str]:
    return frozenset(relation.name.name for relation, _ in columns_of_type(catalog, user_type))


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


def owners(difference: Difference, before: Catalog) -> Mapping[str, frozenset[str]]:
    """Return, for each word that is only a column's name or an enum's label, the tables or types it belongs to.

    A line that holds such a word is about the schema only where the file names one of those as well.
    """
    tables: dict[str, set[str]] = {}
    for table, column in (*difference.columns_added, *difference.columns_removed):
        tables.setdefault(column.name, set()).add(table.name)
    for table, old, _ in difference.columns_changed:
        tables.setdefault(old.name, set()).add(table.name)
    for enum, label in (*difference.labels_added, *difference.labels_removed):
        tables.setdefault(label, set()).update({enum.name}, _tables_of_type(before, enum))
    others = {name.name for name in (*difference.tables_added, *difference.tables_removed)}
    others |= {routine.name.name for routine in (*difference.routines_added, *difference.routines_removed)}
    return {word: frozenset(names) for word, names in tables.items() if word not in others}
