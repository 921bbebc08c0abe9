"""The compatibility matrix: which reference fails in which cell, and which statement is the cause."""

from dataclasses import dataclass
from enum import StrEnum

from midflight.operations.model import Statement
from midflight.references.flag_reads import runs_unset
from midflight.references.model import Guard, Place, Reference
from midflight.references.surfaces import SERVER, RunsOn


class State(StrEnum):
    """What a cell comes to; `degrades` means every break is behind a flag or a fallback."""

    HOLDS = "holds"
    DEGRADES = "degrades"
    BREAKS = "breaks"
    UNDETERMINED = "undetermined"


class BreakKind(StrEnum):
    """What a reference does not find."""

    MISSING_TABLE = "missing-table"
    MISSING_COLUMN = "missing-column"
    MISSING_ROUTINE = "missing-routine"
    SIGNATURE = "signature"
    REQUIRED_COLUMN = "required-column"
    CONSTRAINT = "constraint"
    TYPE = "type"
    AMBIGUOUS = "ambiguous"
    UPSERT_TARGET = "upsert-target"
    PRIVILEGE = "privilege"
    RELATIONSHIP = "relationship"  # of two tables, one of which a PostgREST query embeds


class Side(StrEnum):
    """Which revision's code."""

    BASE = "base"
    HEAD = "head"


class CellName(StrEnum):
    """The four cells."""

    OLD_OLD = "old_code_old_schema"
    OLD_NEW = "old_code_new_schema"
    NEW_OLD = "new_code_old_schema"
    NEW_NEW = "new_code_new_schema"


@dataclass(frozen=True, slots=True)
class Break:
    """One reference that a cell cannot resolve.

    `object` is the database object as people write it (`projects.title`, `create_project_atomic`), `statement` the
    one that causes it (None when no statement does: nothing anywhere creates the object), `sqlstate` what
    PostgreSQL answers, `detail` a short clause that completes "because ...". `runs_on` is where the code runs, and how
    long old builds of it stay in use. `proven` says whether a server refused the statement when it was tried, None
    where it was not or where trying cannot show it.
    """

    kind: BreakKind
    object: str
    reference: Reference
    side: Side
    place: Place
    sqlstate: str
    detail: str = ""
    statement: Statement | None = None
    tier: int = 1
    runs_on: RunsOn = SERVER
    proven: bool | None = None

    @property
    def guard(self) -> Guard | None:
        """The flag that holds the reference back; one that lets new code run where nothing sets it does not."""
        guard = self.reference.guard
        return None if guard and self.side is Side.HEAD and runs_unset(guard) else guard


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a cell cannot be said to hold."""

    reason: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the statements of one side's code on one schema.

    Those that the server plans `hold`, those that it refuses and takes on the other schema `fail`. `incomplete` are
    refused on the schema that the code is made for as well, so that they say nothing of this change, `left_out` could
    not be made or run; `reasons` says why, each with a count.
    """

    hold: int = 0
    fail: int = 0
    incomplete: int = 0
    left_out: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix; `tried` is what running its statements showed, None where none was run."""

    state: State
    breaks: tuple[Break, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    tried: Tried | None = None

    @property
    def is_proven(self) -> bool:
        """Whether a server decided the cell: it refused what breaks, or took everything."""
        if self.tried is None:
            return False
        if self.state in {State.BREAKS, State.DEGRADES}:
            return any(found.proven for found in self.breaks if self.state is State.DEGRADES or found.guard is None)
        return self.state is State.HOLDS and self.tried.hold > 0 and not self.tried.incomplete + self.tried.left_out


@dataclass(frozen=True, slots=True)
class Matrix:
    """The four cells."""

    old_old: Cell
    old_new: Cell
    new_old: Cell
    new_new: Cell

    @property
    def cells(self) -> tuple[tuple[CellName, Cell], ...]:
        """Name and cell, in reading order."""
        return (
            (CellName.OLD_NEW, self.old_new),
            (CellName.NEW_OLD, self.new_old),
            (CellName.NEW_NEW, self.new_new),
            (CellName.OLD_OLD, self.old_old),
        )


@dataclass(frozen=True, slots=True)
class OldVersion:
    """What one version that still runs does on the new schema, and on the old one.

    `name` is a tag, an environment's deployment or what else it was asked for by, empty for base.
    """

    name: str
    revision: str
    old_new: Cell
    old_old: Cell
