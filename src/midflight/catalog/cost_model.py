"""What an operation costs while it runs: locks on relations, and the work done under them."""

from dataclasses import dataclass
from enum import StrEnum

from midflight.operations.shapes import Name


class Lock(StrEnum):
    """PostgreSQL's table-level lock modes that migrations take, weakest first ("Explicit Locking")."""

    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"

    rank: int
    """Higher conflicts with more."""

    def __init__(self, _value: str) -> None:
        self.rank = len(type(self).__members__)

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE wait for it."""
        return self.rank >= Lock.SHARE.rank

    @property
    def blocks_reads(self) -> bool:
        """Whether SELECT waits for it."""
        return self is Lock.ACCESS_EXCLUSIVE


class Work(StrEnum):
    """What takes time with the size of a relation, least first."""

    NONE = "none"
    SCAN = "scan"
    INDEX_BUILD = "index-build"
    REWRITE = "rewrite"

    rank: int
    """Higher takes longer."""

    def __init__(self, _value: str) -> None:
        self.rank = len(type(self).__members__)


@dataclass(frozen=True, slots=True)
class Held:
    """A lock on one relation, and the work on that relation while it is held."""

    relation: Name
    lock: Lock
    work: Work = Work.NONE


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation holds; `note` says on what the claim depends ("if the session's TimeZone is UTC").

    `traced` says that a server was seen to do it, else it is the model's word.
    """

    held: tuple[Held, ...] = ()
    note: str = ""
    traced: bool = False

    @property
    def work(self) -> Work:
        """The worst work on any relation."""
        return max((h.work for h in self.held), key=lambda work: work.rank, default=Work.NONE)
