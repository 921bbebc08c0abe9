"""What one step changed: the two catalogs, and the questions that every subject asks of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from rpds import HashTrieMap

from midflight.catalog.model import Catalog, Relation, Step
from midflight.operations import model as op
from midflight.operations.shapes import Name

K = TypeVar("K")
V = TypeVar("V")

CREATING = (op.CreateTable, op.CreateView, op.CreateSequence)


@dataclass(frozen=True, slots=True)
class StepDifference:
    """A step between its catalogs; `created` and `dropped` are the relations that it made and took away."""

    operation: op.Operation
    before: Catalog
    after: Catalog
    created: frozenset[Name] = frozenset()
    dropped: frozenset[Name] = frozenset()

    @property
    def concurrently(self) -> bool:
        """Whether the author built or dropped an index without blocking writes."""
        return isinstance(self.operation, op.CreateIndex | op.DropIndex) and self.operation.concurrently

    def parents(self, relation: Relation) -> tuple[tuple[Relation, Relation], ...]:
        """The relations it inherits from (before, after): what changes there reaches it by itself."""
        names = (*relation.inherits, *((relation.partition_of,) if relation.partition_of else ()))
        pairs = ((self.before.relations.get(name), self.after.relations.get(name)) for name in names)
        return tuple((before, after) for before, after in pairs if before and after)

    def lost_columns(self, table: Name) -> frozenset[str]:
        """The columns of a kept table that only the catalog after has: the inverse drops them."""
        before, after = self.before.relations.get(table), self.after.relations.get(table)
        if after is None or table in self.created:
            return frozenset()
        known = {c.name for c in before.columns} if before else set()
        return frozenset(c.name for c in after.columns) - known


def step_difference(step: Step) -> StepDifference:
    """Return the difference of a step.

    A relation that the catalog after knows and the one before does not was created by the step only if it is a
    CREATE: the fold also notes tables of which it has only just heard.
    """
    new = frozenset(key for key, _ in only_in(step.after.relations, step.before.relations))
    gone = frozenset(key for key, _ in only_in(step.before.relations, step.after.relations))
    created = new if isinstance(step.operation, CREATING) or _owned(step, new) else frozenset()
    return StepDifference(step.operation, step.before, step.after, created, gone)


def _owned(step: Step, new: frozenset[Name]) -> bool:
    """Whether all that is new are sequences of columns, which come and go with a column."""
    relations = [step.after.relations[name] for name in new]
    return bool(relations) and all(r.owned_by is not None for r in relations)


def only_in(one: "HashTrieMap[K, V]", other: "HashTrieMap[K, V]") -> Iterator[tuple[K, V]]:
    """Yield the entries of `one` whose key `other` lacks, by key."""
    if one is not other:
        yield from sorted(((k, v) for k, v in one.items() if k not in other), key=lambda pair: str(pair[0]))


def changed(before: "HashTrieMap[K, V]", after: "HashTrieMap[K, V]") -> Iterator[tuple[K, V, V]]:
    """Yield key, value before and value after of the entries that both have and that differ, by key."""
    if before is after:
        return
    pairs = ((key, value, after.get(key)) for key, value in before.items())
    found = [(k, b, a) for k, b, a in pairs if a is not None and b is not a and b != a]
    yield from sorted(found, key=lambda entry: str(entry[0]))
