"""What code stopped naming, and what it takes to drop it: the values of the contraction ledger."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.operations.shapes import Name, quote
from midflight.references.surfaces import SERVER, RunsOn

_LONGEST_BRANCH = 80


@dataclass(frozen=True, slots=True)
class Landed:
    """A commit of the default branch, and the day (YYYY-MM-DD) on which it landed there."""

    sha: str
    day: str


@dataclass(frozen=True, slots=True)
class Period:
    """How long an object is watched after its last use, and how far back uses are looked for, in days."""

    days: int = 14
    lookback: int = 180


@dataclass(frozen=True, slots=True)
class Contraction:
    """An object that no code names any more since the commit `stopped`; `column` is empty for a table.

    For a routine `signature` is its name with what it takes, and `table` its name. `file` is the migration that would
    drop it, as the tool names its files, empty where the tool makes its own. `keeps` is the surface whose old builds
    prolong the period.
    """

    database: str
    table: Name
    column: str
    stopped: Landed
    after: str
    dependents: tuple[str, ...] = ()
    signature: str = ""
    file: str = ""
    keeps: RunsOn = SERVER

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.table.short}.{quote(self.column)}" if self.column else self.table.short

    @property
    def sql(self) -> str:
        """The statement that drops it; the server refuses it while something depends on it."""
        if self.signature:
            return f"DROP {self.signature};"
        return (
            f"ALTER TABLE {self.table} DROP COLUMN {quote(self.column)};"
            if self.column
            else f"DROP TABLE {self.table};"
        )

    @property
    def branch(self) -> str:
        """A branch for the pull request that drops it."""
        return "contract/" + re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:_LONGEST_BRANCH]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What may be dropped now, what only after its day, and how many objects no code named in the whole lookback.

    `unread` are sentences on what of the migrations could not be read: objects of theirs may be missing in all of it.
    """

    ready: tuple[Contraction, ...]
    waiting: tuple[Contraction, ...]
    never_named: int
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Older:
    """The code as it was `days` ago on the branch that a change goes to; `blobs` has base's contents too.

    `since` are some of the trees after it, where the time is long.
    """

    tree: Tree
    blobs: Blobs
    days: int
    since: tuple[Tree, ...] = ()


FindOlder = Callable[[int], Older | NotAnalysed | None]
"""Gives the code of so many days ago, why it is not there, or None where nothing is known of a history."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The words that code named `days` ago and does not name at base, and those that builds in use may still name."""

    words: frozenset[str] = frozenset()
    days: int = 0
    builds: Mapping[str, RunsOn] = field(default_factory=dict)
