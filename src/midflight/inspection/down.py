"""The down scripts of the pending migrations, folded over the schema that each leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from midflight.catalog.fold import fold
from midflight.catalog.model import Catalog, Step
from midflight.inspection.model import Context
from midflight.migrations.model import Migration
from midflight.operations.model import Opaque, Query, TransactionControl
from midflight.operations.read import read_operations

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NOTHING = re.compile(r"(?:begin|commit|select\s+1|do\s+nothing|;|\s)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Way:
    """One pending migration both ways: the schema before it, its steps, and the steps of its down script."""

    migration: Migration
    up: tuple[Step, ...]
    down: tuple[Step, ...]

    @property
    def before(self) -> Catalog:
        """The schema that the down script is meant to give back."""
        return self.up[0].before

    @property
    def restored(self) -> Catalog:
        """The schema that it gives."""
        return self.down[-1].after

    @property
    def is_certain(self) -> bool:
        """Whether both scripts could be read in full, and say outright what they do."""
        return not any(_is_unclear(step) for step in (*self.up, *self.down))


@lru_cache(maxsize=4)
def ways_back(context: Context) -> tuple[Way, ...]:
    """Return each pending migration that has a down script with statements in it, in order.

    A down script that nobody asked about is left alone.
    """
    return tuple(_ways_back(context))


def _ways_back(context: Context) -> Iterator[Way]:
    for migration, up in pending_steps(context):
        down = migration.down
        wanted = down is not None and (
            context.judged is None or down.path in context.judged or down.path == migration.path
        )
        if down is not None and wanted and does_something(down.text):
            operations = read_operations(down, dialect=context.database.head.dialect)
            steps = tuple(fold(up[-1].after, operations, migration=migration.version))
            if any(not isinstance(step.operation, Query | TransactionControl) for step in steps):
                yield Way(migration, up, steps)


def pending_steps(context: Context) -> Iterator[tuple[Migration, tuple[Step, ...]]]:
    """Yield the pending migrations that have steps, each with its own."""
    known = {migration.version: migration for migration in context.database.pending}
    for version, steps in groupby(context.steps, lambda step: step.migration):
        if version in known:
            yield known[version], tuple(steps)


def does_something(sql: str) -> bool:
    """Return whether a script holds more than comments and statements without effect."""
    return not _NOTHING.fullmatch(_COMMENT.sub("", sql))


def _is_unclear(step: Step) -> bool:
    """A DO block decides while it runs what it does."""
    return isinstance(step.operation, Opaque) or step.operation.statement.text[:2].upper() == "DO"
