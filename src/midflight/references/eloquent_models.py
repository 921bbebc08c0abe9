"""Knows Eloquent's models once all classes are read: their tables, keys, relations and scopes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from midflight.references.entities import Entities, Entity
from midflight.references.implied import located

# what Laravel's own traits declare is known: none has a scope or a column that queries name
_OWN_TRAITS = re.compile(r"(?:Illuminate\\|Laravel\\(?:Sanctum|Passport|Cashier|Fortify|Jetstream)\\|Database\\)")
_HUMP = re.compile(r"(?<=.)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Model:
    """One class that stands for a table."""

    name: str
    entity: Entity
    parts: tuple[Entity, ...]
    schema: str
    table: str

    @property
    def path(self) -> str:
        """The file of the class."""
        return self.entity.place.path

    def has(self, mark: str) -> bool:
        """Whether the class, or one that it extends, has a member of a name."""
        return any(member.name == mark for part in self.parts for member in part.members)

    def all(self, group: str) -> Iterator[str]:
        """The names under a mark, `fillable email`."""
        for part in self.parts:
            for member in part.members:
                if member.name.startswith(f"{group} "):
                    yield member.name.partition(" ")[2]

    def columns(self) -> set[str]:
        """The columns that the class itself tells of."""
        return {m.column for part in self.parts for m in part.members if m.column} | set(self.all("fillable"))

    def key(self) -> str:
        """The column of the primary key, "" where it is not known."""
        return next((m.column for part in self.parts for m in part.members if m.key and m.column), "")

    def stamp(self, name: str) -> str:
        """The column of a time stamp by the name of its constant."""
        return next((m.column for part in self.parts for m in part.members if m.name == name), "")

    def relation(self, name: str) -> str | None:
        """The class at the other end of a relation, "" where the code does not name it, None where there is none."""
        for part in self.parts:
            for member in part.members:
                if member.name == name and member.refers:
                    return member.refers.partition(":")[2]
        return None

    def scope(self, name: str) -> bool:
        """Whether the class declares a scope of a name."""
        return self.has(f"method scope{name[:1].upper()}{name[1:]}")

    def own_method(self, name: str) -> bool:
        """Whether the class declares a method of a name, in any case."""
        return name.lower() in {each.lower() for each in self.all("method")}

    def strange(self) -> bool:
        """Whether a trait of the project may add scopes and attributes that are not read."""
        return any(not _OWN_TRAITS.match(trait) for trait in self.all("trait"))

    def fills(self, name: str) -> bool:
        """Whether a given attribute reaches the column of its name (Laravel's documentation, "Mass Assignment")."""
        studly = "".join(word[:1].upper() + word[1:] for word in name.split("_"))
        if self.own_method(f"set{studly}Attribute") or self.own_method(studly):
            return False
        if self.has("$fillable"):
            return name in set(self.all("fillable"))
        return not (self.has("$guarded") and {name, "*"} & set(self.all("guarded")))


def find_model(name: str, entities: Entities, path: str) -> Model | None:
    """The model of a full class name, None where it is none or its table is not known for certain."""
    known = entities.find("eloquent class", name, path)
    if known is None:
        return None
    named = entities.by_name.get(("eloquent", known.bases[0]), ())
    entity = next((each for each in named if each.place == known.place), None)
    if entity is None:
        return None
    owner, parts, _ = located(entity, entities)
    if owner is None or (entity.framed and not parts[-1].known and not (entity.given and len(parts) == 1)):
        return None
    model = Model(name, entity, tuple(parts), owner.schema, owner.table)
    return None if model.own_method("getTable") else model  # a method makes the name when the program runs


def snake(name: str) -> str:
    """A name as `Str::snake` writes it: `UserSSHKey` is `user_s_s_h_key`."""
    return _HUMP.sub("_", name).lower()


def short(name: str) -> str:
    """The name of a class without its namespace."""
    return name.rpartition("\\")[2]


def names_for(entities: Entities, words: frozenset[str]) -> Iterator[str]:
    """The names that code has for words of the schema: classes, the relations that lead to them, `whereEmail`."""
    classes = set()
    for (mapper, name), known in entities.by_name.items():
        if mapper == "eloquent class":
            model = find_model(name, entities, known[0].place.path)
            if model is not None and model.table in words:
                classes.add(name)
    yield from (short(name) for name in classes)
    found = False
    for (mapper, _), known in entities.by_name.items():
        found = found or mapper == "eloquent class"
        for member in (m for entity in known for m in entity.members) if mapper == "eloquent" else ():
            if member.refers.partition(":")[2] in classes:
                yield member.name
    for word in words if found else ():
        yield "where" + "".join(part[:1].upper() + part[1:] for part in word.split("_"))
