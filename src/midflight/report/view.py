"""What the templates may name: a report cut to a size, in plain values.

Team templates use these names, so they are an interface: add, never rename. Texts are raw; the template escapes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from midflight.report.links import Spot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cut(Generic[T]):
    """The first items of a list, and how many more there are."""

    shown: tuple[T, ...] = ()
    more: int = 0


def cut(values: Sequence[T], most: int) -> Cut[T]:
    """Return the first `most` values and the count of the rest."""
    return Cut(tuple(values[:most]), max(len(values) - most, 0))


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL or a command to paste; empty with `omitted` set when it has too many characters to show here."""

    text: str = ""
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """One step of the safe way."""

    phase: str
    do: str
    sql: Sql


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that breaks, or a finding. `level` is error, warning or note; `rule` is empty for a bare break."""

    level: str
    what: str
    also: Cut[str] = Cut()  # further objects of the same statement that it holds for
    instead: str = ""
    rule: str = ""
    page: str = ""  # the address of the rule's page
    confidence: str = ""
    object: str = ""
    guard: str = ""
    place: Spot | None = None
    statement: Spot | None = None
    code: Cut[Spot] = Cut()
    told: bool = False  # whether `what` names lines of code already, so that `code` holds the others
    recipe: tuple[RecipeStep, ...] = ()
    reason: str = ""  # why it is suppressed
    by: str = ""
    cost: str = ""  # what the statement locks, where that matters


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the matrix: what goes out first, what then runs on what, and how that ends.

    `lasts` says what keeps failing when the rollout is over ("old mobile builds, for 180 days"). `version` names the
    old code where several versions of it run.
    """

    first: str
    code: str
    schema: str
    state: str
    objects: Cut[str]
    doubt: str = ""
    doubts: int = 0
    spot: Spot | None = None  # of the doubt
    lasts: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One statement or instruction of a deployment."""

    text: str
    spot: Spot | None = None


@dataclass(frozen=True, slots=True)
class QueryView:
    """A query to run, when, and the answer that is right."""

    when: str
    purpose: str
    sql: Sql
    expect: str = ""


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """One numbered step of going out."""

    phase: str
    title: str
    separate: bool
    items: Cut[Item]
    queries: tuple[QueryView, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the checklist; `state` is verified, open or failed, `approves` what a tick of it approves."""

    id: str
    text: str
    state: str
    evidence: str = ""
    approves: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One step of the rollback; `language` is that of `paste`."""

    speed: str
    do: str
    time: str
    grade: str
    note: str
    paste: Sql
    language: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyStepView:
    """One thing to do when production breaks."""

    do: str
    time: str
    paste: Sql


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """One part of what to do when production breaks."""

    title: str
    steps: Cut[EmergencyStepView]


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag: what it covers, what runs while it is off, and how to switch it on.

    `starts` says whether the new path runs where nothing sets the flag: on, off or unknown.
    """

    name: str
    provider: str
    starts: str
    read: Spot
    covers: Cut[Item]
    old_path: Cut[Item]
    steps: tuple[tuple[str, Sql], ...]


@dataclass(frozen=True, slots=True)
class FlagAdviceView:
    """Code that should have a flag, and what to write."""

    why: str
    name: str
    spot: Spot
    code: Sql


@dataclass(frozen=True, slots=True)
class FlagsView:
    """The flags in the order in which to switch them on, what to look at between, and where one is missing."""

    uses: Cut[FlagView] = Cut()
    look: Cut[str] = Cut()
    advice: Cut[FlagAdviceView] = Cut()


@dataclass(frozen=True, slots=True)
class LaterView:
    """What may be dropped after a day; `keeps` says what prolongs the wait, `database` is empty where there is one."""

    object: str
    database: str
    after: str
    keeps: str
    dependents: Cut[str]
    sql: Sql


@dataclass(frozen=True, slots=True)
class MigrationView:
    """One changed migration."""

    spot: Spot
    database: str
    status: str
    phase: str
    transactions: str
    pending: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reference that fails in a cell, or one reason for doubt (then `state` is empty)."""

    cell: str
    text: str
    spot: Spot | None
    sqlstate: str = ""
    guard: str = ""


@dataclass(frozen=True, slots=True)
class TriedView:
    """What running the statements of one cell showed: the sentence, what the server refused, and what it took."""

    line: str
    refused: Cut[Evidence]
    unconfirmed: Cut[Evidence]  # claimed from the text, and taken by the server all the same


@dataclass(frozen=True, slots=True)
class View:
    """A report cut to a size.

    With several databases that change, `sections` has one view for each; the lists of problems are then of what
    concerns none of them.
    """

    name: str  # of the database that a section is about
    part: str  # the same where the section is a comment of its own, else empty
    olds: tuple[str, ...]  # what runs now: versions by name, and commits
    sections: Cut["View"]
    untouched: tuple[str, ...]  # databases without a change, where others have sections

    verdict: str
    headline: str
    quiet: bool
    order: str
    reason: str
    errors: int
    warnings: int
    rows: tuple[Row, ...]
    breaks: Cut[Problem]
    findings: Cut[Problem]
    suppressed: Cut[Problem]
    deployments: Cut[DeploymentView]
    queries: Cut[QueryView]
    failed: Cut[Task]  # but for the required ones
    open: Cut[Task]  # but for the required ones
    verified: Cut[Task]
    required: tuple[Task, ...]  # what somebody has to tick before the merge, never cut
    approvals: int  # how many items are required, with those that Midflight has verified
    grade: str
    undo: Cut[UndoStep]
    emergency: Cut[EmergencyView]
    monitoring: Cut[QueryView]
    thresholds: Cut[tuple[str, str, str]]
    migrations: Cut[MigrationView]
    evidence: Cut[Evidence]
    standing: Cut[Evidence]
    searched: Cut[Spot]
    unread: Cut[Item]
    not_proven: Cut[str]
    statements: int
    references: int
    before: Mapping[str, str]
    after: Mapping[str, str]
    base: str
    head: str
    run: str
    places: Mapping[str, str]
    ran: str  # what running the rollback plan showed, in a few words
    proven: tuple[str, ...]  # a sentence for each database on which the rollback plan was run
    tried: tuple[TriedView, ...]  # a part for each cell whose statements were run
    flags: FlagsView
    later: Cut[LaterView]  # what nothing names after this change, the first to be dropped first
    stuck: bool  # new code or another team's code fails on the new database: no order works
    folds: bool
    shortened: bool
