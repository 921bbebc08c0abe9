"""A finding: what is wrong, how sure, where, and what to do instead."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from midflight.catalog.cost_model import Cost
from midflight.operations.model import Statement
from midflight.references.model import Place


class Level(StrEnum):
    """How bad; SARIF's words."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return {"note": 1, "warning": 2, "error": 3}[self.value]


class Confidence(StrEnum):
    """How sure."""

    PROVEN = "proven"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Phase(StrEnum):
    """Where in a deployment a step belongs: database first, code second, cleanup last."""

    EXPAND = "expand"
    ROLLOUT = "rollout"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a recipe or plan: what to do, and the SQL to paste where there is some."""

    phase: Phase
    do: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Why a finding does not count: the reason given and where ("path:line" or a setting)."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule reports.

    `message` follows the grammar: sentence 1 names the object in backticks, says what breaks and in which window;
    sentence 2 starts with "Instead,". `place` is the line that shows it, `statement` the SQL that causes it,
    `code` the lines of code that break. `database` is the history it belongs to, empty for none.
    `cost` is what the statement locks and does, filled for pending statements after the rules have run.
    """

    rule: str
    level: Level
    confidence: Confidence
    message: str
    place: Place
    object: str = ""
    statement: Statement | None = None
    code: tuple[Place, ...] = ()
    recipe: tuple[Step, ...] = ()
    phase: Phase | None = None
    database: str = ""
    suppressed: Suppressed | None = None
    cost: Cost | None = None

    @property
    def fingerprint(self) -> str:
        """Stable over pushes: rule, file, object and the statement's words, but no line number."""
        text = " ".join(self.statement.text.split()) if self.statement else ""
        parts = f"{self.rule}\x1f{self.place.path}\x1f{self.object}\x1f{text}"
        return hashlib.sha256(parts.encode("utf-8", "backslashreplace")).hexdigest()[:16]
