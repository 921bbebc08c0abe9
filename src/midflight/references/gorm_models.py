"""Knows GORM's models once all structs are read: their tables, and the columns and relations of their fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from midflight.references.entities import Entities, Entity
from midflight.references.implied import embedded, implicit, located


@dataclass(frozen=True, slots=True)
class Struct:
    """A table with what its struct says; one named by the code alone has no struct."""

    schema: str
    table: str
    entity: Entity | None = None
    columns: tuple[tuple[str, str], ...] = ()
    relations: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> str:
        """The column that a name means, by the field's name or its own; "" where it is none for certain."""
        known = dict(self.columns)
        if name in known:
            return known[name]
        return name if name == name.lower() and name.isidentifier() else ""

    def relation(self, name: str) -> str:
        """The struct at the other end of a relation."""
        return dict(self.relations).get(name, "")


def find_struct(key: str, entities: Entities, path: str) -> Struct | None:
    """The table of a struct, `package.Name` or `.Name` of the file's own package, or of a name behind `=`."""
    if key.startswith("="):
        words = key[1:].split()
        schema, _, table = words[0].rpartition(".") if words else ("", "", "")
        plain = len(words) == 1 and table.isidentifier()
        return Struct(schema, table) if plain else None
    package, _, name = key.rpartition(".")
    known = entities.by_name.get(("gorm", name), ())
    near = [each for each in known if _is_in(each.place.path, package, path)]
    if len(near) > 1:
        most = max(_shared(each.place.path, package) for each in near)
        near = [each for each in near if _shared(each.place.path, package) == most]
    return struct_of(near[0], entities) if len(near) == 1 else None


def struct_of(entity: Entity, entities: Entities) -> Struct | None:
    """The table of a struct with its columns, None where it is no table for certain."""
    mapped, _ = implicit(entity, entities)
    owner, parts, _ = located(entity, entities)
    if not mapped or owner is None:
        return None
    columns: dict[str, str] = {}
    relations: dict[str, str] = {}
    for part in parts:
        for member in part.members:
            inside = embedded(entities, part.place.path, member) if member.embeds else None
            for one in [inner for _, inner in inside] if inside is not None else [member]:
                columns.setdefault(one.name, one.column)
                if one.refers:
                    relations.setdefault(one.name, one.refers.partition(":")[2])
    return Struct(mapped[0].schema, mapped[0].table, entity, tuple(columns.items()), tuple(relations.items()))


def follow(struct: Struct, name: str, entities: Entities) -> Struct | None:
    """The table at the other end of a relation."""
    target = struct.relation(name)
    if not target or struct.entity is None:
        return None
    found = entities.find("gorm", target, struct.entity.place.path)
    return struct_of(found, entities) if found is not None else None


def _is_in(path: str, package: str, caller: str) -> bool:
    folder = PurePosixPath(path).parent
    return folder == PurePosixPath(caller).parent if not package else _shared(path, package) > 0


def _shared(path: str, package: str) -> int:
    """How many of the last folders of a file an import path ends with."""
    count = 0
    for one, other in zip(reversed(PurePosixPath(path).parent.parts), reversed(package.split("/")), strict=False):
        if one != other:
            break
        count += 1
    return count


def names_for(entities: Entities, words: frozenset[str]) -> Iterator[str]:
    """The names of structs and fields for words of the schema."""
    for (mapper, name), known in entities.by_name.items():
        for entity in known if mapper == "gorm" else ():
            if entity.table in words:
                yield name
            yield from (m.name for m in entity.members if m.column in words and m.name)
