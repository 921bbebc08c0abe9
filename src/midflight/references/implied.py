"""The statements that an object mapper writes for a class: an insert and a select with the columns it lists."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from midflight.changes.model import NotAnalysed
from midflight.references.entities import Entities, Entity, Member
from midflight.references.model import Access, Api, ColumnUse, Place, TableReference, Verb

_DEEPEST = 20  # classes that extend or embed each other
_MOST_MEMBERS = 1_000  # of one class with all that it embeds


@dataclass(slots=True)
class _Reading:
    """The columns of one entity as they are gathered; `complete` until one may be missing."""

    entities: Entities
    columns: list[tuple[Place, Member]]
    complete: bool = True
    seen: int = 0  # members: classes that embed each other may unfold without end


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
    joins = tuple(_joins(select, parts, entities))
    if entity.view:
        return (select, *joins), ()
    written = tuple(_use(place, m, Access.WRITE) for place, m in reading.columns if m.written)
    payload = entity.made and reading.complete and owner.name == entity.name
    insert = replace(select, verb=Verb.INSERT, columns=tuple(dict.fromkeys(written)), payload=payload, star=False)
    return ((insert, select, *joins) if written else (select, *joins)), ()


def _joins(select: TableReference, parts: Iterable[Entity], entities: Entities) -> Iterator[TableReference]:
    """The tables that only a property names; a convention of the project may give them other names."""
    for part in parts:
        told = any(mapper == part.mapper for mapper, _ in entities.conventions)
        for member in () if told else part.members:
            if member.joins:
                place = Place(part.place.path, member.line)
                yield replace(select, place=place, table=member.joins, schema="", columns=(), star=False)


def located(entity: Entity, entities: Entities) -> tuple[Entity | None, list[Entity], Entity | None]:
    """The entity whose table holds the rows, the classes whose members are in it, and the mapped one above them.

    There is no first one where the table is not known for certain.
    """
    ancestors, is_whole = _ancestors(entity, entities)
    owner, parts = _placed(entity, ancestors)
    known = entity.mapped and not owner.untold and bool(owner.table) and (is_whole or owner.given)
    return (owner if known else None), parts, next((each for each in ancestors if each.mapped), None)


def embedded(entities: Entities, path: str, member: Member) -> list[tuple[str, Member]] | None:
    """The members of the class that a property embeds, as the table names them, each with its file."""
    target = _embedded(entities, path, member)
    if target is None or target.mapped:
        return None
    parts = (target, *_ancestors(target, entities)[0])
    return [(part.place.path, _moved(each, member)) for part in parts for each in part.members]


def key_column(entities: Entities, path: str, member: Member) -> str:
    """The column of a property that holds another class's key, "" where it is not known."""
    mapper, _, name = member.target.partition(":")
    target = entities.find(mapper, name, path)
    parts = [target, *_ancestors(target, entities)[0]] if target is not None else []
    keys = [each for part in parts for each in part.members if each.key and each.column and not each.embeds]
    return f"{member.column}_{keys[0].column}" if len(keys) == 1 else ""


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
        target = _embedded(reading.entities, path, member)
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


def _embedded(entities: Entities, path: str, member: Member) -> Entity | None:
    mapper, _, name = member.embeds.partition(":")
    target = entities.find(mapper, name, path) if member.embeds else None
    return None if target is not None and target.mapped and (member.column or member.mixin) else target


def _embed(reading: _Reading, target: Entity, member: Member, depth: int) -> None:
    ancestors, is_whole = _ancestors(target, reading.entities)
    reading.complete = reading.complete and is_whole
    for part in (target, *ancestors):
        inner = [_moved(each, member) for each in part.members]
        _read(reading, part.place.path, inner, depth=depth + 1)


def _key(reading: _Reading, path: str, member: Member) -> None:
    """The column that holds the other end's key, called after the property and that key."""
    column = key_column(reading.entities, path, member)
    if not column:
        reading.complete = False
        return
    reading.columns.append((Place(path, member.line), replace(member, column=column)))


def _moved(inner: Member, outer: Member) -> Member:
    """A member of an embedded class as the class around it names its column."""
    column = dict(outer.renamed).get(inner.name) or (inner.column and outer.prefix + inner.column)
    prefix = outer.prefix + inner.prefix if inner.embeds else ""
    read, written = inner.read and outer.read, inner.written and outer.written
    return replace(inner, column=column, prefix=prefix, read=read, written=written)
