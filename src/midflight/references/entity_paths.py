"""Follows a path of properties from an entity to the column of the table that holds it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.references.entities import Entities, Entity, Member
from midflight.references.implied import embedded, key_column, located
from midflight.references.model import Access, Api, ColumnUse, Guard, Place, TableReference, Verb

_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Spot:
    """A property where it was found; `table` holds its column."""

    table: Entity
    path: str
    member: Member


@dataclass(slots=True)
class Gathered:
    """The columns that one call uses, by table in the order in which they were found.

    `values` are types that are known to be those of values (`u.Kind == Kind.Guest`), so that a property of one is a
    column although nothing else says so.
    """

    tables: dict[tuple[str, str], list[ColumnUse]] = field(default_factory=dict)
    values: frozenset[str] = frozenset()

    def add(self, table: Entity, use: ColumnUse | None = None) -> None:
        """Note the use of a table, and of one of its columns."""
        known = self.tables.setdefault((table.schema, table.table), [])
        if use is not None and use not in known:
            known.append(use)

    def references(self, place: Place, verb: Verb, text: str, guard: Guard | None) -> Iterator[TableReference]:
        """Give one reference for each table; the first is what the call acts on."""
        for at, ((schema, table), uses) in enumerate(self.tables.items()):
            yield TableReference(
                place,
                table,
                verb if at == 0 else Verb.SELECT,
                Api.SQL,
                schema=schema,
                columns=tuple(uses),
                guard=guard,
                text=text,
            )


def find_member(entities: Entities, entity: Entity, name: str) -> Spot | None:
    """The property of a name, in the class, in what it extends or in an entity above it."""
    here: Entity | None = entity
    for _ in range(_DEEPEST):
        if here is None:
            return None
        owner, parts, above = located(here, entities)
        if owner is None:
            return None
        for part in parts:
            for member in part.members:
                if member.name == name:
                    return Spot(owner, part.place.path, member)
        here = above
    return None


def target_of(entities: Entities, spot: Spot) -> Entity | None:
    """The entity to which a property leads, None where it leads to none that is known."""
    mapper, _, name = spot.member.refers.partition(":")
    found = entities.find(mapper, name, spot.path) if name else None
    return found if found is not None and found.mapped and located(found, entities)[0] is not None else None


def column_of(entities: Entities, spot: Spot) -> str:
    """The column of a property, "" where it has none or it is not certain."""
    member = spot.member
    if member.unknown or not member.column:
        return ""
    return key_column(entities, spot.path, member) if member.target else member.column


def walk(entities: Entities, entity: Entity, names: list[str], gathered: Gathered, use: tuple[Access, Place]) -> None:
    """Note the columns on a path; it ends where a property is none of an entity (`email.length`)."""
    here = entity
    access, place = use
    for at, name in enumerate(names[:_DEEPEST]):
        spot = find_member(entities, here, name)
        if spot is None:
            return
        inside = embedded(entities, spot.path, spot.member)
        if inside is not None:
            _inside(entities, (spot.table, inside), names[at + 1 : _DEEPEST], gathered, use)
            return
        target = target_of(entities, spot)
        column = column_of(entities, spot)
        if target is None and spot.member.unknown and spot.member.refers in gathered.values:
            column = spot.member.column
        last = at + 1 == len(names)
        if column:
            gathered.add(spot.table, ColumnUse(column, access if last or target is None else Access.READ, place))
        if target is None:
            return
        if not (column and (last or (at + 2 == len(names) and _is_key(entities, target, names[at + 1])))):
            owner = located(target, entities)[0]
            if owner is not None:
                gathered.add(owner)
        else:
            return  # the key of the other end is the column itself: nothing is joined
        here = target


def _inside(
    entities: Entities,
    embeds: tuple[Entity, list[tuple[str, Member]]],
    names: list[str],
    gathered: Gathered,
    use: tuple[Access, Place],
) -> None:
    table, members = embeds
    for name in names:
        found = next(((path, member) for path, member in members if member.name == name), None)
        if found is None:
            return
        deeper = embedded(entities, *found)
        if deeper is None:
            column = column_of(entities, Spot(table, *found))
            if column:
                gathered.add(table, ColumnUse(column, *use))
            return
        members = deeper


def _is_key(entities: Entities, target: Entity, name: str) -> bool:
    spot = find_member(entities, target, name)
    return spot is not None and spot.member.key


def leads_on(entities: Entities, entity: Entity, name: str) -> bool:
    """Whether an entity has a property of a name."""
    return find_member(entities, entity, name) is not None
