"""What a shadow database showed of one database's change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from midflight.catalog.cost_model import Held, Work
from midflight.catalog.model import Catalog
from midflight.compatibility.probes import Probe
from midflight.operations.model import Statement
from midflight.proof.bodies import Compared
from midflight.proof.visibility import Fewer, Hidden

_LACKING = ("extension ", "code ")


def lacks(stand_ins: Iterable[str]) -> bool:
    """Return whether something that migrations name may not be there: an extension, or what unread code made."""
    return any(each.startswith(_LACKING) for each in stand_ins)


class Grade(StrEnum):
    """What the rollback plan gave back of the schema."""

    RESTORED = "restored"
    BUT_FOR = "restored-but-for"  # what PostgreSQL cannot take back, or only the order of columns
    NOT_RESTORED = "not-restored"


@dataclass(frozen=True, slots=True)
class Restored:
    """How the schema after the rollback plan compares with the one before the migration, or why that is not known.

    `differences` are sentences, one for each fact that is lost, changed or left behind; `again` says whether the
    migration then applied once more, None where that was not tried. `losses` are generated rows and values that are
    gone although the schema is back; `on_rows` says why the rollback runs on empty tables alone.
    """

    grade: Grade
    differences: tuple[str, ...] = ()
    reason: str = ""
    again: bool | None = None
    losses: tuple[str, ...] = ()
    on_rows: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A pending statement that the server refused; `on_rows` says that it takes it where the tables are empty."""

    statement: Statement
    message: str
    sqlstate: str = ""
    on_rows: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What the author's down script gives back of the schema before its own migration.

    `instead` is what was computed and does give it back, where the script does not.
    """

    path: str
    restored: Restored
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Partial:
    """What the rollback gives back where the migration failed at a statement, and those before it stay applied."""

    statement: Statement
    restored: Restored


@dataclass(frozen=True, slots=True)
class Traced:
    """One pending statement that ran: how long on empty tables, and what it took of the relations from before.

    `held` are the locks it newly took. A statement that has to run outside a transaction shows its work alone, for its
    locks are gone when it ends: `locks_seen` is then False. `against` says in which points the model differs.
    """

    statement: Statement
    milliseconds: float
    held: tuple[Held, ...] = ()
    locks_seen: bool = True
    against: tuple[str, ...] = ()

    @property
    def work(self) -> Work:
        """The worst work on any relation."""
        return max((h.work for h in self.held), key=lambda work: work.rank, default=Work.NONE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said of a probe: empty where it would run it. Without a code a bound ended it."""

    message: str = ""
    sqlstate: str = ""
    role: str = ""

    @property
    def holds(self) -> bool:
        """Whether the server would run it."""
        return not self.message


@dataclass(frozen=True, slots=True)
class Answers:
    """What one schema said of the probes, each asked as the roles that may run it.

    `required` are by schema and table the columns that an insert must name; `reason` says why probes were left out,
    `unknown` which roles there are not. `catalog` is the server's own, None where no code embeds.
    """

    given: Mapping[Probe, tuple[Answer, ...]] = field(default_factory=dict)
    required: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    reason: str = ""
    unknown: tuple[str, ...] = ()
    catalog: Catalog | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What running one database's change showed; `reason` says why it did not apply, or why nothing ran.

    `rollback` is None where there was none to run. `drift` are points in which the catalog folded from the history
    differs from the server's; `stand_ins` are extensions and roles that the server lacks and that were made up. What
    ran before the migration failed is in `statements`; where it failed on generated rows alone, it is all that ran
    without them.
    """

    database: str
    server_version: int = 0
    applied: bool = False
    reason: str = ""
    statements: tuple[Traced, ...] = ()
    rollback: Restored | None = None
    drift: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    old: Answers | None = None  # None where no probe was run there
    new: Answers | None = None
    refused: Refused | None = None
    rows: int = 0  # generated rows in all tables
    unfilled: tuple[str, ...] = ()  # tables without any, with the reason
    downs: tuple[Judged, ...] = ()
    partial: tuple[Partial, ...] = ()
    bodies: Compared | None = None  # None where the change did not apply
    hidden: tuple[Hidden, ...] = ()
    fewer: tuple[Fewer, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a schema: the kind of thing, what it is called, and its definition."""

    kind: str
    name: str
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a stranger's SQL may use before it is stopped: seconds, bytes on disk, bytes of a process's memory."""

    statement_seconds: float = 10.0
    lock_seconds: float = 3.0
    history_seconds: float = 60.0
    change_seconds: float = 30.0
    rows_seconds: float = 4.0
    probe_seconds: float = 8.0  # on one schema
    probes: int = 2_000
    body_seconds: float = 4.0  # on one schema
    bodies: int = 1_000
    visible_seconds: float = 4.0  # on one schema
    disk: int = 512 * 1024 * 1024
    memory: int = 1024 * 1024 * 1024
    connections: int = 3
