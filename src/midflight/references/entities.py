"""Classes that an object mapper turns into rows: the columns that it lists by itself, joined across files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from midflight.changes.model import NotAnalysed
from midflight.references.model import Extracted, Place
from midflight.references.nearness import nearest

MOST_ENTITIES = 1_000  # of one file


@dataclass(frozen=True, slots=True)
class Member:
    """What one property of a class maps to.

    `column` is the name that the mapping says or implies; `cased` that a naming strategy of the project may still
    change it, `given` that the code names it. Behind a column of a key stands the class `target`, whose own key ends
    its name. A property that embeds the class `embeds` stands for its columns, which get `prefix` and the names in
    `renamed` (by property); with a column of its own it is that column where no such class is known. An `unknown`
    one may be a column and may not, one that is none of this is no column and hides that of a base. `key` marks a
    primary key, `always` what is named in every statement.
    `refers` is the class of a property that may lead to the rows of another table, `joins` the table between them.
    An `implied` key counts only where no other is; a `mixin` embeds a class that counts only where it is no table.
    """

    name: str
    line: int
    column: str = ""
    cased: bool = False
    read: bool = True
    written: bool = True
    embeds: str = ""
    prefix: str = ""
    renamed: tuple[tuple[str, str], ...] = ()
    unknown: bool = False
    key: bool = False
    always: bool = False
    given: bool = False
    target: str = ""
    implied: bool = False
    mixin: bool = False
    refers: str = ""
    joins: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """One class as its file tells it.

    `mapped` says that the class itself stands for a table, whose name is `table` ("" where the file does not tell,
    for the reason `untold`), otherwise its members are part of others; `given` that the code names the table, `cased`
    that a naming strategy applies. `bases` are the classes that it extends, of which `known` ones add no column.
    `inheritance` is what it says of its own children: "single", "joined" or "each"; "own" that it is in a table of
    its own. One without a name only tells the `convention` of the project. `keyed` ones are a table only where they,
    or a class that they embed, have a key. `framed` ones count only where the last class that they extend is `known`,
    so that it is the mapper's. `star` says that rows are selected with `*`, so that only members marked `always` are
    named. `made` says that the code makes rows: the list of an insert is then complete.
    """

    mapper: str
    name: str
    place: Place
    table: str = ""
    schema: str = ""
    members: tuple[Member, ...] = ()
    bases: tuple[str, ...] = ()
    known: bool = False
    mapped: bool = False
    given: bool = False
    cased: bool = False
    inheritance: str = ""
    untold: str = ""
    convention: str = ""
    text: str = ""
    view: bool = False
    made: bool = False
    keyed: bool = False
    star: bool = False
    framed: bool = False


@dataclass(frozen=True, slots=True)
class Entities:
    """The entities of a revision by mapper and name, and the conventions that its files tell."""

    by_name: Mapping[tuple[str, str], tuple[Entity, ...]]
    conventions: frozenset[tuple[str, str]] = frozenset()

    def settled(self, entity: Entity) -> Entity:
        """The entity with the names that the conventions of the revision give it."""
        known = self.by_name.get((entity.mapper, entity.name), ())
        return next((each for each in known if each.place == entity.place), entity)

    def find(self, mapper: str, name: str, path: str) -> Entity | None:
        """The class of a name as seen from a file: the nearest one, None where two are as near."""
        known = self.by_name.get((mapper, name), ())
        if len(known) < 2:
            return known[0] if known else None
        near = nearest(known, path)
        return near[0] if len(near) == 1 else None


def gather_entities(entities: Iterable[Entity]) -> Entities:
    """Join what the files of one revision say."""
    by_name: dict[tuple[str, str], list[Entity]] = {}
    conventions: set[tuple[str, str]] = set()
    for entity in entities:
        if entity.convention:
            conventions.add((entity.mapper, entity.convention))
        if entity.name:
            by_name.setdefault((entity.mapper, entity.name), []).append(entity)
    return Entities({key: tuple(known) for key, known in by_name.items()}, frozenset(conventions))


def bounded(path: str, found: Iterable[Entity]) -> Extracted:
    """Give the entities of one file, or so many of them as we read."""
    entities = tuple(islice(found, MOST_ENTITIES + 1))
    more = (NotAnalysed(path, 0, f"the file holds more than {MOST_ENTITIES} classes; the rest is not read"),)
    return Extracted(models=entities[:MOST_ENTITIES], unresolved=more if len(entities) > MOST_ENTITIES else ())


def named(entity: Entity, rename: "Names") -> Entity:
    """The entity with the names that a naming strategy gives where the code leaves it the choice."""
    members = tuple(_cased(member, rename) for member in entity.members)
    if not entity.cased:
        return replace(entity, members=members)
    table = rename.table(entity.table, given=entity.given)
    untold = entity.untold or ("" if table else "the naming strategy is set where it is not read")
    return replace(entity, members=members, table=table, untold=untold)


class Names:
    """A naming strategy; each name may come out empty where it is not certain."""

    def table(self, name: str, *, given: bool) -> str:
        """The table of a class's name or, where it is `given`, of the name that the code gives."""
        return name

    def column(self, name: str, *, given: bool) -> str:
        """The column of a property's name or of a given one."""
        return name


def _cased(member: Member, rename: Names) -> Member:
    renamed = tuple((name, rename.column(column, given=True)) for name, column in member.renamed)
    if not member.cased or not member.column:
        return replace(member, renamed=renamed)
    column = rename.column(member.column, given=member.given)
    return replace(member, column=column, renamed=renamed, unknown=member.unknown or not column)
