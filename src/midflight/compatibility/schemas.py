"""One database before and after its pending migrations, folded from its history."""

from collections.abc import Iterable
from dataclasses import dataclass

from midflight.catalog.compare import Difference, compare_catalogs
from midflight.catalog.fold import fold, fold_all
from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Catalog, Gap, Step
from midflight.changes.model import NotAnalysed
from midflight.migrations.model import DatabaseChange, History, Migration
from midflight.operations.model import Operation
from midflight.operations.read import read_operations


@dataclass(frozen=True, slots=True)
class Schemas:
    """One database before and after its pending migrations, with the steps between and what differs in the end.

    `history` holds the operations of the migrations that base has, in order.
    """

    database: DatabaseChange
    before: Catalog
    after: Catalog
    steps: tuple[Step, ...]
    difference: Difference
    history: tuple[Operation, ...] = ()


def read_schemas(database: DatabaseChange) -> Schemas:
    """Fold the history at base, then the pending migrations step by step."""
    catalog = initial_catalog(database.base.format)
    history: list[Operation] = []
    for migration in database.base.migrations:
        operations = _operations(migration, database.base)
        history += operations
        catalog = fold_all(catalog, operations, migration=migration.version)
    catalog = _with_gaps(catalog, database.base.not_analysed)
    steps = tuple(_steps(catalog, database))
    after = _with_gaps(steps[-1].after if steps else catalog, database.head.not_analysed)
    return Schemas(database, catalog, after, steps, compare_catalogs(catalog, after), tuple(history))


def _with_gaps(catalog: Catalog, unread: Iterable[NotAnalysed]) -> Catalog:
    """Say that a migration which could not be read has made or dropped anything: absence proves nothing then."""
    for item in unread:
        catalog = catalog.with_gap(Gap(f"a migration could not be read: {item.reason}", item.path, item.line))
    return catalog


def _operations(migration: Migration, history: History) -> tuple[Operation, ...]:
    return read_operations(migration.up, dialect=history.dialect)


def _steps(before: Catalog, database: DatabaseChange) -> Iterable[Step]:
    catalog = before
    for migration in database.pending:
        for step in fold(catalog, _operations(migration, database.head), migration=migration.version):
            yield step
            catalog = step.after
