"""The deployment plan and the rollback plan, as data."""

from dataclasses import dataclass
from enum import StrEnum

from midflight.inspection.finding import Phase, Step
from midflight.operations.model import Statement
from midflight.operations.shapes import Name
from midflight.references.flag_reads import Unset
from midflight.references.model import Guard, Place


class Order(StrEnum):
    """In which order database and code must go out."""

    ANY = "any"
    DATABASE_FIRST = "database-first"
    CODE_FIRST = "code-first"
    SPLIT = "split"


class Reversibility(StrEnum):
    """What a rollback step gives back."""

    LOSSLESS = "lossless"
    LOSSY = "lossy"  # rows or values written since are lost
    IRREVERSIBLE = "irreversible"


class Speed(StrEnum):
    """The strategy's three speeds."""

    FLAG = "flag"
    CODE = "code"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Inverse:
    """The inverse of one operation: SQL (empty when there is nothing to undo), what it gives back, and a caveat."""

    sql: str
    grade: Reversibility
    note: str = ""


@dataclass(frozen=True, slots=True)
class RollbackStep:
    """One step of a rollback; `time` is the strategy's estimate ("instant", "about 2 minutes", ...)."""

    speed: Speed
    do: str
    sql: str = ""
    command: str = ""
    time: str = ""
    grade: Reversibility = Reversibility.LOSSLESS
    note: str = ""
    statement: Statement | None = None
    source: str = "computed"  # or the path of the author's down script


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """All steps, fastest speed first; `grade` is the worst of the database steps."""

    grade: Reversibility
    steps: tuple[RollbackStep, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A query for a person to run, and what its answer should be."""

    purpose: str
    sql: str
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """An alert threshold and what to do when it is crossed."""

    metric: str
    limit: str
    then: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One statement or file in a deployment."""

    path: str
    line: int
    summary: str
    object: str = ""
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One numbered step of going out: everything in one phase. `verify` must hold before the next begins."""

    phase: Phase
    title: str
    items: tuple[Planned, ...] = ()
    steps: tuple[Step, ...] = ()
    pre_checks: tuple[Query, ...] = ()
    verify: tuple[Query, ...] = ()
    separate: bool = False  # must be a later pull request


class ItemState(StrEnum):
    """Of a checklist item: the bot verified it, a person must, or it failed."""

    VERIFIED = "verified"
    OPEN = "open"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the checklist; `id` is stable over pushes, `evidence` says how the bot knows."""

    id: str
    text: str
    state: ItemState
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """A titled list: one for each change type, and the approval list."""

    title: str
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True, slots=True)
class Announcement:
    """The strategy's communication template, filled in; `lines` are (label, text)."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EmergencyStep:
    """One thing to do when production breaks; `time` says how fast it helps."""

    do: str
    command: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Emergency:
    """One part of "if production breaks": look, go back, tell."""

    title: str
    steps: tuple[EmergencyStep, ...]


@dataclass(frozen=True, slots=True)
class Passing:
    """A table or column that the change set makes and drops again, or renames (`became`): its net effect lacks it."""

    object: str
    made: Statement
    gone: Statement
    became: str = ""


@dataclass(frozen=True, slots=True)
class Filling:
    """A column that the change set fills in rows that are there."""

    table: Name
    column: str
    database: str = ""


@dataclass(frozen=True, slots=True)
class FlagStep:
    """One step of switching a new path on; `command` is empty where a person uses a dashboard."""

    do: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class FlagUse:
    """A flag: what it covers of the new schema, what runs while it is off, and how to switch it on.

    `starts` says of the new path whether it runs where nothing sets the flag.
    """

    flag: Guard
    starts: Unset
    covers: tuple[Planned, ...]
    old_path: tuple[Planned, ...]
    steps: tuple[FlagStep, ...]


@dataclass(frozen=True, slots=True)
class FlagAdvice:
    """Code without a flag that should have one; `code` is what to write, empty where we do not know the language.

    `old` marks a line of base.
    """

    object: str
    place: Place
    why: str
    name: str
    code: str = ""
    old: bool = False


@dataclass(frozen=True, slots=True)
class FlagPage:
    """The flags in the order in which to switch them on, what to look at between, and where one is missing."""

    uses: tuple[FlagUse, ...] = ()
    look: tuple[str, ...] = ()
    advice: tuple[FlagAdvice, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The deployment of one change set."""

    order: Order
    reason: str
    deployments: tuple[Deployment, ...]
    rollback: RollbackPlan
    checklists: tuple[Checklist, ...]
    monitoring: tuple[Query, ...]
    thresholds: tuple[Threshold, ...]
    before: Announcement
    after: Announcement
    flags: tuple[Guard, ...] = ()
    search: tuple[Place, ...] = ()
    emergency: tuple[Emergency, ...] = ()
    passing: tuple[Passing, ...] = ()
    fillings: tuple[Filling, ...] = ()
    flag_page: FlagPage = FlagPage()
