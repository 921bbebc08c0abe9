"""Classes that an object mapper turns into rows: the columns that it lists by itself, joined across files."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath

from midflight.changes.model import NotAnalysed
from midflight.references.model import Access, Api, ColumnUse, Extracted, Place, TableReference, Verb

_DEEPEST = 20  # classes that extend or embed each other
MOST_ENTITIES = 1_000  # of one file
_MOST_MEMBERS = 1_000  # of one class with all that it embeds


@dataclass(frozen=True, slots=True)
class Member:
    """What one property of a class maps to.

    `column` is the name that the mapping says or implies; `cased` that a naming strategy of the project may still
    change it, `given` that the code names it. Behind a column of a key stands the class `target`, whose own key ends
    its name. A property that embeds the class `embeds` stands for its columns, which get `prefix` and the names in
    `renamed` (by property); with a column of its own it is that column where no such class is known. An `unknown`
    one may be a column and may not, one that is none of this is no column and hides that of a base. `key` marks a
    primary key, `always` what is named in every statement.
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
        nearest = max(_shared(each.place.path, path) for each in known)
        near = [each for each in known if _shared(each.place.path, path) == nearest]
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


@dataclass(slots=True)
class _Reading:
    """The columns of one entity as they are gathered; `complete` until one may be missing."""

    entities: Entities
    columns: list[tuple[Place, Member]]
    complete: bool = True
    seen: int = 0  # members: classes that embed each other may unfold without end


def bounded(path: str, found: Iterable[Entity]) -> Extracted:
    """Give the entities of one file, or so many of them as we read."""
    entities = tuple(islice(found, MOST_ENTITIES + 1))
    more = (NotAnalysed(path, 0, f"the file holds more than {MOST_ENTITIES} classes; the rest is not read"),)
    return Extracted(models=entities[:MOST_ENTITIES], unresolved=more if len(entities) > MOST_ENTITIES else ())


def implicit(entity: Entity, entities: Entities) -> tuple[tuple[TableReference, ...], tuple[NotAnalysed, ...]]:
    """Give the insert and the select of an entity, or why its table is not known."""
    entity = entities.settled(entity)
    if not entity.mapped:
        return (), ()
    ancestors, is_whole = _ancestors(entity, entities)
    if entity.framed and not (ancestors and ancestors[-1].known) and not (entity.given and not ancestors):
        return (), ()
    owner, parts = _placed(entity, ancestors)
    if owner.untold or not owner.table or not (is_whole or owner.given):
        lacking = [entity, *ancestors][-1].bases if not (is_whole or owner.given) else ()
        why = f"its base `{lacking[0]}` is not read" if lacking else owner.untold
        reason = f"the table of the model `{entity.name}` is not known: {why}"
        return (), (NotAnalysed(entity.place.path, entity.place.line, reason),)
    reading = _Reading(entities, [], complete=is_whole)
    for path, member in _merged(parts):
        _read(reading, path, (member,), depth=0)
    if not reading.complete or any(each.mapped for each in ancestors) or _has_key(reading):
        reading.columns = [(place, member) for place, member in reading.columns if not member.implied]
    if entity.keyed and not any(member.key for _, member in reading.columns):
        return (), ()
    select = _select(entity, owner, reading)
    if entity.view:
        return (select,), ()
    written = tuple(_use(place, m, Access.WRITE) for place, m in reading.columns if m.written)
    payload = entity.made and reading.complete and owner.name == entity.name
    insert = replace(select, verb=Verb.INSERT, columns=tuple(dict.fromkeys(written)), payload=payload, star=False)
    return ((insert, select) if written else (select,)), ()


def _merged(parts: Iterable[Entity]) -> Iterator[tuple[str, Member]]:
    """The members of a class and of what it extends; its own hides that of the same name."""
    seen: set[str] = set()
    for part in parts:
        for member in part.members:
            if not member.name or member.name not in seen:
                seen.add(member.name)
                yield part.place.path, member


def _has_key(reading: _Reading) -> bool:
    """Whether a key is declared, so that none is implied."""
    return any(member.key and not member.implied for _, member in reading.columns)


def _select(entity: Entity, owner: Entity, reading: _Reading) -> TableReference:
    kept = ((place, member) for place, member in reading.columns if member.read and (member.always or not entity.star))
    read = (_use(place, member, Access.READ) for place, member in kept)
    return TableReference(
        entity.place,
        owner.table,
        Verb.SELECT,
        Api.SQL,
        schema=owner.schema,
        columns=tuple(dict.fromkeys(read)),
        star=entity.star,
        text=entity.text,
        mapped=True,
    )


def _use(place: Place, member: Member, access: Access) -> ColumnUse:
    return ColumnUse(member.column, access, place)


def _ancestors(entity: Entity, entities: Entities) -> tuple[list[Entity], bool]:
    """The classes that an entity extends, the nearest first, and whether all of them are known."""
    found: list[Entity] = []
    seen = {entity.name}
    here, complete = entity, True
    while here.bases and not here.known:
        base = entities.find(here.mapper, here.bases[0], here.place.path)
        if base is None or base.name in seen or len(found) >= _DEEPEST:
            complete = False
            break
        seen.add(base.name)
        found.append(base)
        here = base
    return found, complete


def _placed(entity: Entity, ancestors: list[Entity]) -> tuple[Entity, list[Entity]]:
    """The entity whose table the rows are in, and the classes whose members are its columns."""
    roots = [at for at, each in enumerate(ancestors) if each.mapped]
    if not roots:
        return _told(entity, ancestors), [entity, *ancestors]
    root = ancestors[roots[-1]]
    between = [each for each in ancestors[: roots[0]] if not each.mapped]
    match "joined" if entity.inheritance == "own" else root.inheritance or "single":
        case "single":
            return root, [entity, *between]
        case "each":
            return _told(entity, ancestors), [entity, *ancestors]
        case _:
            return entity, [entity, *between]


def _told(entity: Entity, ancestors: list[Entity]) -> Entity:
    """The entity with the table that it inherits: in PHP a property, elsewhere nothing that is handed down."""
    if entity.given or entity.mapper != "eloquent":
        return entity
    told = next((each for each in ancestors if each.given), entity)
    return replace(entity, table=told.table, schema=told.schema, untold=told.untold, given=told.given)


def _read(reading: _Reading, path: str, members: Iterable[Member], *, depth: int) -> None:
    for member in members:
        reading.seen += 1
        if reading.seen > _MOST_MEMBERS:
            reading.complete = False
            return
        target = _embedded(reading, path, member)
        if target is not None and depth < _DEEPEST:
            _embed(reading, target, member, depth)
        elif member.unknown or (member.embeds and not member.column):
            reading.complete = False
        elif not member.column:
            continue
        elif member.target:
            _key(reading, path, member)
        else:
            reading.columns.append((Place(path, member.line), member))


def _embedded(reading: _Reading, path: str, member: Member) -> Entity | None:
    mapper, _, name = member.embeds.partition(":")
    target = reading.entities.find(mapper, name, path) if member.embeds else None
    return None if target is not None and target.mapped and (member.column or member.mixin) else target


def _embed(reading: _Reading, target: Entity, member: Member, depth: int) -> None:
    ancestors, is_whole = _ancestors(target, reading.entities)
    reading.complete = reading.complete and is_whole
    for part in (target, *ancestors):
        inner = [_moved(each, member) for each in part.members]
        _read(reading, part.place.path, inner, depth=depth + 1)


def _key(reading: _Reading, path: str, member: Member) -> None:
    """The column that holds the other end's key, called after the property and that key."""
    mapper, _, name = member.target.partition(":")
    target = reading.entities.find(mapper, name, path)
    parts = [target, *_ancestors(target, reading.entities)[0]] if target is not None else []
    keys = [each for part in parts for each in part.members if each.key and each.column and not each.embeds]
    if len(keys) != 1:
        reading.complete = False
        return
    reading.columns.append((Place(path, member.line), replace(member, column=f"{member.column}_{keys[0].column}")))


def _moved(inner: Member, outer: Member) -> Member:
    """A member of an embedded class as the class around it names its column."""
    column = dict(outer.renamed).get(inner.name) or (inner.column and outer.prefix + inner.column)
    prefix = outer.prefix + inner.prefix if inner.embeds else ""
    read, written = inner.read and outer.read, inner.written and outer.written
    return replace(inner, column=column, prefix=prefix, read=read, written=written)


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


def _shared(one: str, other: str) -> int:
    """How many folders two files share; a file with itself shares most."""
    if one == other:
        return 1_000
    pairs: Iterator[tuple[str, str]] = zip(
        PurePosixPath(one).parent.parts, PurePosixPath(other).parent.parts, strict=False
    )
    count = 0
    for first, second in pairs:
        if first != second:
            break
        count += 1
    return count
