"""What the cost of an operation is worked out from, and the locks that many operations have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.dependents import family, foreign_keys_on
from midflight.catalog.lookup import full_name
from midflight.catalog.model import Catalog, Relation, RelationKind, Step
from midflight.operations.model import CreateTable, CreateView, Operation
from midflight.operations.shapes import Constraint, Name

_ONLY = re.compile(r"\s*ALTER\s+(?:FOREIGN\s+)?TABLE\s+(?:IF\s+EXISTS\s+)?ONLY\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scene:
    """A step and the server's version."""

    step: Step
    version: int

    @property
    def before(self) -> Catalog:
        """The catalog before the operation."""
        return self.step.before

    @property
    def text(self) -> str:
        """The whole statement, of which the operation may be one of several actions."""
        return self.step.operation.statement.text

    def relation(self, written: Name) -> Relation | None:
        """The relation from before the operation that a name means.

        One that no migration creates but the operation alters is there on the server, so it counts.
        """
        name = full_name(self.before, written)
        found = self.before.relations.get(name)
        if found is not None or isinstance(self.step.operation, CreateTable | CreateView):
            return found
        assumed = self.step.after.relations.get(name)
        return assumed if assumed is not None and not assumed.complete else None

    def tables(self, written: Name) -> tuple[Relation, ...]:
        """The table of ALTER TABLE and those below it, unless the statement says ONLY; empty for a new one."""
        relation = self.relation(written)
        if relation is None:
            return ()
        return (relation,) if _ONLY.match(self.text) else family(self.before, relation)

    def hold(self, written: Name, lock: Lock, work: Work = Work.NONE) -> tuple[Held, ...]:
        """A lock on one relation; empty for a new one."""
        relation = self.relation(written)
        return () if relation is None else (Held(relation.name, lock, stored(relation, work)),)

    def hold_family(self, written: Name, lock: Lock, work: Work = Work.NONE) -> tuple[Held, ...]:
        """A lock on a table and the tables below it, with the work on each that stores rows."""
        return tuple(Held(table.name, lock, stored(table, work)) for table in self.tables(written))


CostOf = Callable[[Any, Scene], Cost]
Costs = Mapping[type[Operation], CostOf]
"""What an operation of each class costs."""


def stored(relation: Relation, work: Work) -> Work:
    """Return the work on a relation: none where rows are elsewhere, in its partitions or behind a view."""
    nowhere = relation.partition_by or relation.kind in {RelationKind.VIEW, RelationKind.FOREIGN_TABLE}
    return Work.NONE if nowhere else work


def total(*held: Held, note: str = "") -> Cost:
    """Return a cost with one entry for each relation: its strongest lock and its longest work."""
    found: dict[Name, Held] = {}
    for each in held:
        known = found.get(each.relation, each)
        lock = max(known.lock, each.lock, key=lambda lock: lock.rank)
        work = max(known.work, each.work, key=lambda work: work.rank)
        found[each.relation] = Held(each.relation, lock, work)
    return Cost(tuple(found.values()), note)


def on_table(lock: Lock, *, below: bool = False) -> CostOf:
    """Return the cost of an operation that only locks its `table`, and the tables below it where it says so."""

    def cost(operation: Any, scene: Scene) -> Cost:  # noqa: ANN401 - every operation with a table
        held = scene.hold_family if below else scene.hold
        return total(*held(operation.table, lock))

    return cost


def referenced(scene: Scene, constraints: Iterable[Constraint], lock: Lock) -> tuple[Held, ...]:
    """A lock on the tables that foreign keys point at."""
    return tuple(h for c in constraints if c.references is not None for h in scene.hold_family(c.references, lock))


def referencing(
    scene: Scene, table: Name, columns: Iterable[str] | None = None
) -> tuple[tuple[Relation, Constraint], ...]:
    """The tables with foreign keys that point at a table, at one of the columns where these are given."""
    wanted = None if columns is None else frozenset(columns)
    return tuple(
        (child, key)
        for child, key in foreign_keys_on(scene.before, table)
        if wanted is None or wanted.intersection(key.referenced_columns)
    )
