"""What code of other repositories uses, held against both schemas as if old code named it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.model import Catalog
from midflight.compatibility.judge import join, judge
from midflight.compatibility.model import Cell, Matrix, State
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


@dataclass(frozen=True, slots=True)
class Consumer:
    """Another team's code: `uses` are the objects it names, each with the line of the configuration that says so."""

    name: str
    repository: str
    uses: tuple[tuple[str, Place], ...]

    @property
    def shown(self) -> str:
        """The name with the repository: "billing service in acme/billing"."""
        return f"{self.name} in {self.repository}" if self.repository else self.name


def with_consumers(matrix: Matrix, schemas: Schemas, consumers: Sequence[Consumer], *, alone: bool) -> Matrix:
    """Return the matrix with what breaks for consumers, beside what breaks for old code.

    Where there are several databases (not `alone`), an object counts for those that have it.
    """
    matrices = [_of_one(consumer, schemas, alone=alone) for consumer in consumers]
    return join([matrix, *matrices]) if matrices else matrix


def _of_one(consumer: Consumer, schemas: Schemas, *, alone: bool) -> Matrix:
    uses = tuple(_references(consumer, schemas.before, alone=alone))
    judged = judge(schemas, CodeReferences("", uses), CodeReferences(""))
    runs_on = RunsOn(Surface.CONSUMER, consumer=consumer.shown)
    breaks = tuple(replace(found, runs_on=runs_on) for found in judged.old_new.breaks)
    holds = Cell(State.HOLDS)
    return Matrix(
        # the objects that are not there today: the configuration is out of date
        old_old=replace(judged.old_old, breaks=()),
        old_new=Cell(State.BREAKS, breaks) if breaks else holds,
        new_old=holds,
        new_new=holds,
    )


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
