"""What a rule is and what it may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar, cast

from midflight.catalog.cost_model import Cost
from midflight.catalog.model import Catalog, Step
from midflight.compatibility.model import Matrix, OldVersion
from midflight.inspection.contraction import Stopped
from midflight.inspection.finding import Finding, Level
from midflight.inspection.shown import Shown
from midflight.inspection.tables import Tables
from midflight.migrations.model import DatabaseChange
from midflight.operations.model import Operation
from midflight.operations.shapes import Name
from midflight.references.model import CodeReferences
from midflight.references.surfaces import RunsOn

if TYPE_CHECKING:
    from midflight.inspection.beside import FunctionChange


class Deploys(StrEnum):
    """What the team's pipeline guarantees about the order of migrations and code."""

    TOGETHER = "together"  # nothing: either may be first
    DATABASE_FIRST = "database-first"
    CODE_FIRST = "code-first"


@dataclass(frozen=True, slots=True)
class Example:
    """A small case that is test and documentation at once.

    `schema` is the SQL of the history before, `migrations` the pending ones in order, `base` and `head` the code
    by path. `says` is a fragment of the message (bad examples), `fails` the SQLSTATE with which applying the
    migration must fail. `edited` replaces the history's SQL at head (for rules about merged migrations); `names`
    are the pending files' names where they matter. With `transactions` False the tool applies them without one.
    `postgres_version` is the major version that the example is about, 0 for any; `tables` what is known of the
    tables' size; `down` the reverse scripts by number of the migration, for tools that have them;
    `older` the code of 14 days before base.
    """

    title: str
    schema: str = ""
    migrations: tuple[str, ...] = ()
    base: Mapping[str, str] = field(default_factory=dict)
    head: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    fails: str = ""
    edited: str | None = None
    names: tuple[str, ...] = ()
    transactions: bool = True
    deploys: Deploys = Deploys.TOGETHER
    postgres_version: int = 0
    tables: Tables = field(default_factory=Tables)
    down: Mapping[int, str] = field(default_factory=dict)
    older: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Context:
    """All that a rule may see of one database's change: no client, no path, no clock.

    Two contexts are never equal, so that what several rules ask of one can be kept for it. `judged` are the files that
    findings are wanted for, None for all of the change set.
    """

    database: DatabaseChange
    steps: tuple[Step, ...]
    before: Catalog
    after: Catalog
    matrix: Matrix
    old_code: CodeReferences
    new_code: CodeReferences
    deploys: Deploys = Deploys.TOGETHER
    history: tuple[Operation, ...] = ()
    made: frozenset[Name] = frozenset()  # the relations that the change set itself creates
    postgres_version: int = 18
    tables: Tables = field(default_factory=Tables)
    judged: frozenset[str] | None = None
    long_lived: tuple[RunsOn, ...] = ()  # filled where something is removed: surfaces whose old builds reach a database
    functions: tuple[FunctionChange, ...] = ()  # the edge functions that differ
    versions: tuple[OldVersion, ...] = ()  # those whose code `old_code` is, none where that is base's alone
    stopped: Stopped = field(default_factory=Stopped)  # filled where something is removed
    shown: Shown = field(default_factory=Shown)  # what running the change on a throw-away server showed


Op = TypeVar("Op", bound=Operation)
Detector = Callable[[Op, Step, Context], Iterator[Finding]]
OperationDetector = Callable[[Operation, Step, Context], Iterator[Finding]]
CostDetector = Callable[[Op, Step, Cost, Context], Iterator[Finding]]
AnyCostDetector = Callable[[Operation, Step, Cost, Context], Iterator[Finding]]
ChangeDetector = Callable[[Context], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: metadata, examples, and the detectors that its module registers.

    `id` equals the module's name with hyphens. `summary` has at most 80 characters and no full stop. `why` says who
    breaks, in which window, and whether data is lost. `instead` is the safe way in words, one line a phase. The
    recipe of the first bad example's finding, run in order, reaches the same catalog and fires no rule;
    `recipe_differs` says why the catalog is meant to differ, `confirms` why its last step still warns. `hazards` are
    the rows of `docs/rules.md` that the rule decides. An `opt_in` rule runs only where the configuration gives it a
    level. The level of a `sized` rule follows the size of the tables that it locks. A finding is left out where a
    rule of `covered_by` reports the same object of the same statement at the same level or above: its recipe cures
    both. Of two rules that cover each other the worse finding stays, of equal ones that of the first id.
    """

    id: str
    level: Level
    summary: str
    why: str
    instead: tuple[str, ...]
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    recipe_differs: str = ""
    confirms: str = ""
    hazards: tuple[str, ...] = ()
    opt_in: bool = False
    sized: bool = False
    covered_by: tuple[str, ...] = ()
    on_operation: dict[type[Operation], list[OperationDetector]] = field(default_factory=dict)
    on_costly: dict[type[Operation], list[AnyCostDetector]] = field(default_factory=dict)
    on_change: list[ChangeDetector] = field(default_factory=list)

    def on(self, kind: type[Op]) -> Callable[[Detector[Op]], Detector[Op]]:
        """Register a detector for each operation of a kind; stacked, for several kinds."""

        def register(detector: Detector[Op]) -> Detector[Op]:
            self.on_operation.setdefault(kind, []).append(cast(OperationDetector, detector))
            return detector

        return register

    def on_cost(self, kind: type[Op]) -> Callable[[CostDetector[Op]], CostDetector[Op]]:
        """Register a detector for each operation of a kind that locks a relation from before the change set.

        The cost it gets holds only such relations, so it is never empty. What the server refuses locks nothing.
        """

        def register(detector: CostDetector[Op]) -> CostDetector[Op]:
            self.on_costly.setdefault(kind, []).append(cast(AnyCostDetector, detector))
            return detector

        return register

    def on_whole(self, detector: ChangeDetector) -> ChangeDetector:
        """Register a detector for the change as a whole."""
        self.on_change.append(detector)
        return detector
