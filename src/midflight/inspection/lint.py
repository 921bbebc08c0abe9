"""Contexts for linting: each migration on the schema that the ones before it leave, without any code."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from midflight.catalog.fold import fold
from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Gap
from midflight.changes.model import Status
from midflight.compatibility.model import Cell, Matrix, State
from midflight.inspection.earlier import Ledger
from midflight.inspection.model import Context
from midflight.inspection.phases import made_by
from midflight.inspection.tables import Tables
from midflight.migrations.model import DatabaseChange, History, Migration, MigrationChange, Script, Transactions
from midflight.operations.read import read_operations
from midflight.references.model import CodeReferences

_HOLDS = Cell(State.HOLDS)
NO_CODE = CodeReferences("")
NO_BREAKS = Matrix(_HOLDS, _HOLDS, _HOLDS, _HOLDS)


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of the server: its major version and its tables."""

    postgres_version: int = 18
    tables: Tables = field(default_factory=Tables)


def lint_contexts(history: History, wanted: Collection[str], server: Server) -> Iterator[Context]:
    """Yield one context for each migration with a wanted file, as if it were the only pending one.

    A history without a folder starts on a database of which nothing is known.
    """
    files = frozenset(wanted)
    catalog = initial_catalog(history.format)
    if not history.folder:
        catalog = catalog.with_gap(Gap("nothing is known of the database before this file"))
    ledger = Ledger()
    for number, migration in enumerate(history.migrations):
        own = read_operations(migration.up, dialect=history.dialect)
        steps = tuple(fold(catalog, own, migration=migration.version))
        after = steps[-1].after if steps else catalog
        if not {migration.path, migration.up.path, migration.down.path if migration.down else ""}.isdisjoint(wanted):
            yield Context(
                database=_alone(history, number),
                steps=steps,
                before=catalog,
                after=after,
                matrix=NO_BREAKS,
                old_code=NO_CODE,
                new_code=NO_CODE,
                history=ledger.so_far(),
                made=made_by(steps, catalog),
                postgres_version=server.postgres_version,
                tables=server.tables,
                judged=files,
            )
        ledger.add(own)
        catalog = after


def single_script(path: str, text: str) -> History:
    """Return a history of one script of which nothing else is known: it runs as one transaction."""
    migration = Migration("", path, path, Script(path, text, Transactions.IMPLICIT))
    return History("", "plain", "postgres", "", (migration,))


def _alone(history: History, number: int) -> DatabaseChange:
    migration = history.migrations[number]
    base = replace(history, migrations=history.migrations[:number])
    head = replace(history, migrations=history.migrations[: number + 1])
    return DatabaseChange(base, head, (MigrationChange(Status.ADDED, None, migration),), (migration,))
