"""Migrations of one database, in order, and how base and head differ."""

from dataclasses import dataclass
from enum import StrEnum

from midflight.changes.model import NotAnalysed, Status


class Transactions(StrEnum):
    """What the tool wraps into one transaction when it applies a script."""

    PER_FILE = "per-file"  # BEGIN; script; COMMIT
    PER_RUN = "per-run"  # all pending scripts in one transaction
    IMPLICIT = "implicit"  # the script is one simple query: one transaction unless it has its own BEGIN/COMMIT
    NONE = "none"  # statement by statement, each on its own


@dataclass(frozen=True, slots=True)
class Script:
    """SQL that a tool runs as one unit; `first_line` is where `text` begins in the file (1-based).

    SQL that a program makes says in `lines` for each line of `text` which line of the file it comes from.
    """

    path: str
    text: str
    transactions: Transactions
    first_line: int = 1
    lines: tuple[int, ...] = ()

    def line_of(self, number: int) -> int:
        """The line of the file behind line `number` (1-based) of the text."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else self.first_line + number - 1


@dataclass(frozen=True, slots=True)
class Migration:
    """One versioned unit; `path` is the file that people open, `version` is written as the tool writes it.

    Two with one `rival` cannot both be the end of a history that is a graph; `needs` are the versions that it stands on
    there. `replaces` are the names, as the tool writes them down, of those that a squashed one stands for.
    """

    version: str
    name: str
    path: str
    up: Script
    down: Script | None = None
    repeatable: bool = False
    rival: str = ""
    needs: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All migrations of one database at one revision, in the order the tool applies them.

    `database` names it in the report (the configured name, or the folder), `folder` is where its migrations
    live, `format` the tool, `dialect` the SQL grammar ("postgres", "mysql", "sqlite"). `skipped` are files in the
    folder that the tool does not apply, with the reason (a name it does not recognise).
    """

    database: str
    format: str
    dialect: str
    folder: str
    migrations: tuple[Migration, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    skipped: tuple[NotAnalysed, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """A database as the configuration names it: where its migrations live, and of which tool.

    An empty `format` is detected; an empty `dialect` is guessed as without configuration.
    """

    name: str
    folder: str
    format: str = ""
    dialect: str = "postgres"


@dataclass(frozen=True, slots=True)
class MigrationChange:
    """One migration that differs; `before` is absent for an added one, `after` for a deleted one.

    A `MOVED` migration has the same script under another version or path (renamed or renumbered). `cosmetic` marks
    an edit of white space and comments alone: the SQL does the same, but tools that keep checksums still notice.
    """

    status: Status
    before: Migration | None
    after: Migration | None
    cosmetic: bool = False

    @property
    def migration(self) -> Migration:
        """The migration at head, or at base where head has none."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a migration change has at least one side")
        return found


@dataclass(frozen=True, slots=True)
class DatabaseChange:
    """One database: its history at base and head, what differs, and what the tool will apply.

    `pending` is what a deployment applies to a database that is at base: added migrations and edited
    repeatable ones, in order. Edits to merged versioned migrations are not applied again by any tool.
    """

    base: History
    head: History
    changes: tuple[MigrationChange, ...]
    pending: tuple[Migration, ...]

    @property
    def database(self) -> str:
        """The name shown in the report."""
        return self.head.database
