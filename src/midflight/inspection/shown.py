"""What running a change on a throw-away server showed, as far as rules tell of it."""

from dataclasses import dataclass

from midflight.operations.model import Statement
from midflight.operations.shapes import Name


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pending statement that the server refused; `on_rows` says that it takes it where the tables are empty."""

    statement: Statement
    message: str
    sqlstate: str
    on_rows: bool = False


@dataclass(frozen=True, slots=True)
class WayBack:
    """What a down script leaves other than it was, as parts of a sentence; `fails` is the server's refusal of it.

    `instead` is SQL that was computed and does give the schema back, empty where there is none.
    """

    path: str
    differences: tuple[str, ...] = ()
    fails: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class BodyFault:
    """A statement in a routine's body that the server refuses after the change, and what of the change is why.

    `line` counts in the body from 1, 0 where it is not known; `own` says that the statement is the one that made the
    body as it is.
    """

    routine: str
    schema: str
    name: str
    line: int
    message: str
    sqlstate: str
    statement: Statement
    own: bool = False


@dataclass(frozen=True, slots=True)
class HiddenRows:
    """Generated rows of a table that a role sees before the change and not after it, and the statement that is why."""

    table: Name
    role: str
    before: int
    after: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class FewerRows:
    """A view or routine that gives fewer generated rows after the change; `role` is empty for their owner."""

    name: Name
    role: str
    before: int
    after: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server of a major version showed; nothing where none ran."""

    version: int = 0
    refusal: Refusal | None = None
    ways_back: tuple[WayBack, ...] = ()
    faults: tuple[BodyFault, ...] = ()
    hidden: tuple[HiddenRows, ...] = ()
    sound: frozenset[tuple[str, str]] = frozenset()  # schema and name of routines all of whose bodies hold
    fewer: tuple[FewerRows, ...] = ()

    def way_back(self, path: str) -> WayBack | None:
        """What the server showed of a down script, None where it was not run."""
        return next((way for way in self.ways_back if way.path == path), None)
