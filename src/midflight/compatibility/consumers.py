"""What code of other repositories uses, held against both schemas as if old code named it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from midflight.catalog.compare import Difference
from midflight.catalog.model import Catalog
from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.compatibility.attribute import attribute
from midflight.compatibility.judge import join, judge, with_tried
from midflight.compatibility.model import Cell, Doubt, Matrix, State
from midflight.compatibility.schemas import Schemas
from midflight.operations.shapes import Name
from midflight.references.model import (
    Access,
    Api,
    CodeReferences,
    ColumnUse,
    Place,
    Reference,
    RoutineReference,
    TableReference,
    Verb,
)
from midflight.references.surfaces import RunsOn, Surface

_HOLDS = Cell(State.HOLDS)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One revision of another repository."""

    tree: Tree
    blobs: Blobs


class Source(Protocol):
    """Where another repository's code is read; implemented by the adapters."""

    def read(self) -> Elsewhere | str:
        """Give the revision to look into, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Consumer:
    """Another team's code, which no deployment of this repository changes.

    `uses` are the objects that somebody listed, each with the line of the configuration that says so. With a `source`
    its code is read: below `roots` (all of it when empty) without what `ignore` matches. `entry` is its place in the
    configuration. `code` is what was found, `unread` why nothing could be: one of the two where its code was wanted.
    """

    name: str
    repository: str
    uses: tuple[tuple[str, Place], ...]
    entry: Place | None = None
    source: Source | None = None
    roots: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    code: CodeReferences | None = None
    unread: str = ""

    @property
    def shown(self) -> str:
        """The name with the repository: "billing service in acme/billing"."""
        return f"{self.name} in {self.repository}" if self.repository else self.name

    @property
    def prefix(self) -> str:
        """What stands before the paths of its code: "acme/billing", and the name where the code is a folder here."""
        return self.repository or self.name

    @property
    def not_analysed(self) -> tuple[NotAnalysed, ...]:
        """What the report's coverage says of it."""
        place = self.entry or Place("", 0)
        unread = (NotAnalysed(place.path, place.line, f"consumer {self.shown}: {self.unread}"),) if self.unread else ()
        return (*unread, *(self.code.not_analysed if self.code else ()))


def with_consumers(matrix: Matrix, one: Schemas, consumers: Sequence[Consumer], databases: Sequence[Schemas]) -> Matrix:
    """Return the matrix with what breaks for consumers, beside what breaks for old code.

    Where there are several databases, an object counts for those that have it.
    """
    listed = [_of_uses(consumer, one, alone=len(databases) == 1) for consumer in consumers]
    read = [_of_code(consumer, one, databases) for consumer in consumers if consumer.code or consumer.unread]
    return join([matrix, *listed, *read]) if consumers else matrix


def _of_uses(consumer: Consumer, schemas: Schemas, *, alone: bool) -> Matrix:
    uses = tuple(_references(consumer, schemas.before, alone=alone))
    judged = judge(schemas, CodeReferences("", uses), CodeReferences(""))
    # the doubts are about objects that are not there today: the configuration is out of date
    return _only(consumer, judged.old_new, old_old=replace(judged.old_old, breaks=()))


def _of_code(consumer: Consumer, one: Schemas, databases: Sequence[Schemas]) -> Matrix:
    """What it names and this database never had is another database's: nothing is said of today's schema."""
    if consumer.code is None:
        matters = bool(one.steps) and not is_additive(one.difference)
        doubt = Doubt(f"the code of {consumer.shown} could not be read: {consumer.unread}", consumer.entry)
        return _only(consumer, Cell(State.UNDETERMINED, doubts=(doubt,) if matters else ()), doubts=True)
    code = attribute(consumer.code, one, databases)
    return _only(consumer, judge(one, code, CodeReferences("")).old_new, doubts=True)


def _only(consumer: Consumer, old_new: Cell, *, old_old: Cell = _HOLDS, doubts: bool = False) -> Matrix:
    runs_on = RunsOn(Surface.CONSUMER, consumer=consumer.shown)
    breaks = tuple(replace(found, runs_on=runs_on) for found in old_new.breaks)
    return Matrix(
        old_old=old_old,
        old_new=with_tried(breaks, old_new.doubts if doubts else (), None),
        new_old=_HOLDS,
        new_new=_HOLDS,
    )


def is_additive(difference: Difference) -> bool:
    """Return whether no code that runs today can feel the difference: everything is new, and nothing asks for more."""
    felt = (
        difference.relations_removed,
        difference.columns_removed,
        difference.columns_changed,
        difference.constraints_added,
        difference.constraints_removed,
        difference.constraints_changed,
        difference.indexes_removed,
        difference.indexes_changed,
        difference.routines_removed,
        difference.routines_changed,
        difference.signatures_changed,
        difference.types_removed,
        difference.types_changed,
        difference.labels_removed,
        difference.triggers_added,
        difference.triggers_changed,
        difference.policies_added,
        difference.policies_removed,
        difference.policies_changed,
        difference.row_security_enabled,
        difference.sequences_removed,
    )
    return not any(felt) and not any(column.required for _, column in difference.columns_added)


def _references(consumer: Consumer, before: Catalog, *, alone: bool) -> Iterator[Reference]:
    for written, place in consumer.uses:
        reference = _reference(written, place, before)
        if reference is None and alone:
            reference = TableReference(place, _bare(written), Verb.SELECT, Api.SQL)
        if reference is not None:
            yield replace(reference, text=consumer.shown)


def _bare(written: str) -> str:
    return written.strip().removesuffix("()")


def _reference(written: str, place: Place, before: Catalog) -> Reference | None:
    """Read `table`, `table.column`, `routine` or `routine()`, each with or without its schema; None for no such object.

    A name with a dot can be a column of a table or an object of a schema: what the database has decides.
    """
    parts = _bare(written).split(".")
    for schema, names in (("", parts), (parts[0], parts[1:])):
        if not names or len(names) > 2:
            continue
        name = Name(names[0], schema)
        if len(names) == 1 and before.routines_named(name):
            return RoutineReference(place, name.name, Api.SQL, schema)
        relation = before.relation(name)
        if relation is not None and (len(names) == 1 or relation.column(names[1]) or not relation.complete):
            columns = tuple(ColumnUse(column, Access.READ, place) for column in names[1:])
            return TableReference(place, name.name, Verb.SELECT, Api.SQL, schema, columns)
    return None
