"""The down scripts of the pending migrations, folded over the schema that each leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
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


def ways_back(context: Context) -> Iterator[Way]:
    """Yield each pending migration that has a down script with statements in it, in order."""
    for migration, up in pending_steps(context):
        if migration.down is not None and does_something(migration.down.text):
            operations = read_operations(migration.down, dialect=context.database.head.dialect)
            down = tuple(fold(up[-1].after, operations, migration=migration.version))
            if any(not isinstance(step.operation, Query | TransactionControl) for step in down):
                yield Way(migration, up, down)


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
