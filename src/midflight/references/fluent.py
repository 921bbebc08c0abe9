"""Joins EF Core's classes with what contexts and the fluent interface of other files say of them."""

from collections.abc import Mapping
from dataclasses import replace

from midflight.references.entities import Entities, Entity, Member


def configured(entities: Entities) -> Mapping[tuple[str, str], tuple[Entity, ...]]:
    """The entities by mapper and name, those of EF Core with the tables and columns that other files give them."""
    sets = {name: known for (mapper, name), known in entities.by_name.items() if mapper == "ef set"}
    maps = {name: known for (mapper, name), known in entities.by_name.items() if mapper == "ef map"}
    joined: dict[tuple[str, str], tuple[Entity, ...]] = {}
    for (mapper, name), known in entities.by_name.items():
        if mapper not in {"ef", "ef set", "ef map"}:
            joined[mapper, name] = known
        elif mapper == "ef":
            tables = frozenset(sets) | frozenset(maps)
            alone = len(known) == 1
            joined[mapper, name] = tuple(
                _mapped(each, sets.get(name, ()), maps.get(name, ()), tables) if alone else replace(each, mapped=False)
                for each in known
            )
    return joined


def _mapped(entity: Entity, sets: tuple[Entity, ...], maps: tuple[Entity, ...], tables: frozenset[str]) -> Entity:
    """What the fluent interface says wins over attributes, and these over the names of sets."""
    said = {member.name: member for each in maps for member in each.members}
    own = tuple(_member(member, said.pop(member.name, None), tables) for member in entity.members)
    members = (*own, *(member for member in said.values() if member.column or not member.unknown))
    if not sets and not maps:
        return replace(entity, members=members)
    given = {(each.table, each.schema, each.untold) for each in maps if each.given}
    view = entity.view or any(each.view for each in maps)
    names = given or ({(entity.table, entity.schema, "")} if entity.given else {(each.table, "", "") for each in sets})
    if len(names) > 1:
        names = {("", "", "several contexts give it different tables")}
    table, schema, untold = next(iter(names), (entity.name, "", ""))
    return replace(
        entity,
        members=members,
        mapped=True,
        view=view,
        table=table,
        schema=schema,
        untold=entity.untold or untold,
        given=True,
        cased=not given and not entity.given,
        inheritance="own" if given or entity.inheritance == "own" else "",
    )


def _member(member: Member, said: Member | None, tables: frozenset[str]) -> Member:
    if said is None:
        return member if not (member.unknown and member.name in tables) else replace(member, unknown=False, column="")
    if not said.column and not said.unknown:
        return said  # ignored
    column, given = (said.column, True) if said.given else (member.column, member.given)
    written = member.written and said.written
    line = member.line
    return replace(
        member, line=line, column=column, given=given, cased=not given, unknown=said.unknown, written=written
    )
