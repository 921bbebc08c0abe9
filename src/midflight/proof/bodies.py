"""What a change does to the bodies of routines: which hold no longer, as a server tells before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from midflight.proof.platforms import Platform, speaks_of

_SCHEMA = frozenset("42P01 3F000 42703 42883 42P10 42804 42846 42725 428C9 42704 42809 22P02".split())
"""Codes that say what the schema is, not how a body is written ("PostgreSQL Error Codes")."""
_BY_STAND_INS = frozenset({"42883", "42704"})
"""What a body lacks where an extension is only stood in for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One statement of a body that the server refuses; `line` counts in the body from 1, 0 where it is not known."""

    message: str
    sqlstate: str
    line: int = 0
    query: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A routine and what is wrong with its body; `reason` says why it could not be checked.

    `partly` says what of it was not: then faults count, and their absence says nothing.
    """

    schema: str
    name: str
    signature: str  # as `regprocedure` prints it
    text: str
    faults: tuple[Fault, ...] = ()
    reason: str = ""
    partly: str = ""


@dataclass(frozen=True, slots=True)
class Bodies:
    """The bodies of one schema by signature, and how many the bounds left out."""

    found: Mapping[str, Body] = field(default_factory=dict)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """The bodies on the schema after a change.

    `sound` hold or were as broken before, `broken` are no longer what they were, each with what is new. `before` counts
    those that had faults already; `unchecked` say nothing, and `left_out` more were not asked.
    """

    sound: tuple[Body, ...] = ()
    broken: tuple[Body, ...] = ()
    unchecked: tuple[Body, ...] = ()
    before: int = 0
    left_out: int = 0

    @property
    def checked(self) -> int:
        """How many bodies were checked."""
        return len(self.sound) + len(self.broken)


def compare_bodies(old: Bodies, new: Bodies, *, stand_ins: bool = False, platform: Platform | None = None) -> Compared:
    """Return which bodies the change breaks; `stand_ins` says that extensions are missing, and with them functions.

    What a body does not find of the `platform` may only be missing in the stand-in for it. A fault that was there
    before is none of the change's, whether its body was rewritten or not.
    """
    sound: list[Body] = []
    broken: list[Body] = []
    unchecked: list[Body] = []
    before = 0
    for signature, body in new.found.items():
        was = old.found.get(signature, Body(body.schema, body.name, signature, ""))
        if body.reason or was.reason:
            unchecked.append(replace(body, reason=body.reason or was.reason))
            continue
        known = {(each.sqlstate, each.message) for each in was.faults}
        fresh = tuple(
            each for each in _told(body, platform, stand_ins=stand_ins) if (each.sqlstate, each.message) not in known
        )
        if body.partly and not fresh:
            unchecked.append(replace(body, reason=body.partly))
            continue
        before += bool(known)
        (broken if fresh else sound).append(replace(body, faults=fresh))
    return Compared(tuple(sound), tuple(broken), tuple(unchecked), before, new.left_out)


def _told(body: Body, platform: Platform | None, *, stand_ins: bool) -> Iterator[Fault]:
    """The faults that the schema is to blame for; a table that the body makes itself is there when it runs."""
    makes_tables = "temp" in body.text.lower() and "create" in body.text.lower()
    for fault in body.faults:
        if fault.sqlstate not in _SCHEMA or (stand_ins and fault.sqlstate in _BY_STAND_INS):
            continue
        if platform is not None and speaks_of(platform, fault.message):
            continue
        if not (makes_tables and fault.sqlstate in {"42P01", "42703"}):
            yield fault
