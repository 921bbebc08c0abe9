"""Knows Django's models once all classes are read: their columns, their relations and the names that lead back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from midflight.references.entities import Entities, Entity, Member
from midflight.references.implied import embedded, located
from midflight.references.model import Place
from midflight.references.nearness import nearest

_CONTRIB = frozenset({"auth", "contenttypes", "sites", "sessions", "admin", "flatpages", "redirects"})
_USERS = frozenset({"AbstractUser", "AbstractBaseUser"})
_MOST = 2_000  # members of one model
_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a model; `target` is the model at its other end as the code names it.

    `kind` is "key", "one" (a key that is unique) or "many" (a table between), "" for a plain column.
    """

    name: str
    place: Place
    column: str = ""
    kind: str = ""
    target: str = ""
    said: tuple[tuple[str, str], ...] = ()
    key: bool = False
    written: bool = True


@dataclass(frozen=True, slots=True)
class Model:
    """One class with its table; `above` is the model whose rows its own complete, `whole` says nothing is missing."""

    entity: Entity
    table: str
    attributes: tuple[Attribute, ...]
    whole: bool
    above: "Model | None" = None
    managers: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Attribute | None:
        """The primary key, None where it is not known or the other table's."""
        return next((each for each in self.attributes if each.key), None)

    def find(self, name: str) -> "tuple[Model, Attribute] | None":
        """An attribute by its name, by the name of its value (`author_id`) or as `pk`, with the model that has it."""
        if name == "pk":
            return (self, self.key) if self.key is not None else None
        for each in self.attributes:
            if each.name == name or (each.kind in {"key", "one"} and name == f"{each.name}_id"):
                return self, each
        return self.above.find(name) if self.above is not None else None

    def line(self) -> "Iterator[Model]":
        """The model and those above it."""
        here: Model | None = self
        while here is not None:
            yield here
            here = here.above


@dataclass(slots=True)
class Project:
    """The models of a revision; what they say of each other is joined when it is first asked for."""

    entities: Entities
    _models: dict[Place, Model | None] = field(default_factory=dict)
    _back: dict[tuple[Place, str], tuple[Model, Attribute] | None] | None = None
    _accessors: dict[tuple[Place, str], tuple[Model, Attribute] | None] = field(default_factory=dict)
    _made: dict[str, list[Model]] | None = None

    def model(self, named: str, path: str, own: Model | None = None) -> Model | None:
        """The model that code means by `path a.b.Class`, `label app.Class`, `user` or `self` in a file."""
        kind, _, name = named.partition(" ")
        if kind == "self":
            return own
        if kind == "user":
            return self._user()
        front, _, last = name.rpartition(".")
        known = self.entities.by_name.get(("django", last), ())
        if kind == "path":
            found = [each for each in known if _imported(each.place.path, front)] if front else list(known)
            found = found if front else [each for each in found if each.place.path == path] or found
        else:
            found = _labelled(known, front or app_of(path)) or (
                [] if front in _CONTRIB or len(known) != 1 else [*known]
            )
        if len(found) > 1:
            found = nearest(found, path)
        return self._of(found[0]) if len(found) == 1 else None

    def back(self, model: Model, name: str) -> tuple[Model, Attribute] | None:
        """The relation of another model that leads here, by its name in queries."""
        index = self._index()
        return next((found for each in model.line() if (found := index.get((each.entity.place, name)))), None)

    def accessor(self, model: Model, name: str) -> tuple[Model, Attribute] | None:
        """The relation of another model that leads here, by the name of the attribute that rows get."""
        self._index()
        keys = ((each.entity.place, name) for each in model.line())
        return next((found for key in keys if (found := self._accessors.get(key))), None)

    def of_rows(self, name: str) -> list[Model]:
        """The models that a manager or query set of the project serves."""
        if self._made is None:
            self._made = {}
            for model in self._all():
                for made in {each for _, first in model.managers for each in self._rows(first)}:
                    self._made.setdefault(made, []).append(model)
        return self._made.get(name, [])

    def served(self, name: str, path: str) -> list[Model]:
        """The models whose rows a manager or query set of a file gives: what it says itself, or those that use it."""
        own = [each for each in self.entities.by_name.get(("django rows", name), ()) if each.place.path == path]
        said = {m.refers.partition(":")[2] for each in own for m in each.members if m.name == "rows" and m.refers}
        named = [model for each in said if (model := self.model(each, path)) is not None]
        if said or len(own) != 1:
            return named
        same = self.entities.find("django rows", name, path)
        return self.of_rows(name) if same is own[0] and len(self.entities.by_name["django rows", name]) == 1 else []

    def returns(self, model: Model, method: str) -> bool:
        """Whether a method of the project gives rows of the same model."""
        names = {name for _, first in model.managers for name in self._rows(first)}
        known = [each for name in names for each in self.entities.by_name.get(("django rows", name), ())]
        has = [each for each in known if any(m.name == f"method {method}" for m in each.members)]
        return bool(has) and all(any(m.name == f"returns {method}" for m in each.members) for each in has)

    def owns(self, model: Model, method: str) -> bool:
        """Whether a manager of a model has a method of its own by a name of Django's."""
        names = {name for _, first in model.managers for name in self._rows(first)}
        known = [each for name in names for each in self.entities.by_name.get(("django rows", name), ())]
        return any(m.name == f"method {method}" for each in known for m in each.members)

    def names_for(self, words: frozenset[str]) -> Iterator[str]:
        """The names that code has for words of the schema: classes, attributes, what leads back from other tables."""
        for model in self._all():
            if model.table in words:
                yield model.entity.name
            yield from (each.name for each in model.attributes if each.column in words)
        for index in (self._index(), self._accessors) if words else ():
            yield from (name for (_, name), found in index.items() if found is not None and found[0].table in words)

    def _rows(self, first: str) -> set[str]:
        """A manager's class with those that it extends or is made of."""
        found: set[str] = set()
        waiting = [first]
        while waiting and len(found) < 50:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [
                    base for each in self.entities.by_name.get(("django rows", name), ()) for base in each.bases
                ]
        return found

    def _all(self) -> Iterator[Model]:
        for (mapper, _), known in self.entities.by_name.items():
            for entity in known if mapper == "django" else ():
                model = self._of(entity)
                if model is not None and model.entity is entity:
                    yield model

    def _user(self) -> Model | None:
        """The project's own model of users, where there is one alone."""
        found = []
        for (mapper, _), known in self.entities.by_name.items():
            for entity in known if mapper == "django" else ():
                mixins = {member.embeds.partition(":")[2] for member in entity.members if member.mixin}
                if entity.mapped and {*entity.bases, *mixins} & _USERS:
                    found.append(entity)
        return self._of(found[0]) if len(found) == 1 else None

    def _of(self, entity: Entity, depth: int = 0) -> Model | None:
        if entity.place not in self._models and depth < _DEEPEST:
            self._models[entity.place] = None
            self._models[entity.place] = self._read(entity, depth)
        return self._models.get(entity.place)

    def _read(self, entity: Entity, depth: int) -> Model | None:
        if any(member.name == "is proxy" for member in entity.members):
            base = self.entities.find("django", entity.bases[0], entity.place.path)
            return self._of(base, depth + 1) if base is not None else None
        owner, parts, mapped = located(entity, self.entities)
        above = self._of(mapped, depth + 1) if mapped is not None else None
        if owner is None or (mapped is not None and above is None):
            return None
        if entity.framed and mapped is None and not parts[-1].known:
            return None
        gathered = _Gathered(self.entities)
        for part in parts:
            gathered.add(part.place.path, part.members, 0)
        attributes, managers = gathered.attributes(implied=mapped is None)
        whole = gathered.whole and parts[-1].known and mapped is None
        return Model(entity, owner.table, tuple(attributes), whole, above, tuple(managers))

    def _index(self) -> dict[tuple[Place, str], tuple[Model, Attribute] | None]:
        if self._back is None:
            self._back = {}
            for model in list(self._all()):
                for each in model.attributes:
                    if each.kind:
                        self._lead_back(self._back, model, each)
        return self._back

    def _lead_back(
        self, back: dict[tuple[Place, str], tuple[Model, Attribute] | None], model: Model, each: Attribute
    ) -> None:
        target = self.model(each.target, each.place.path, model)
        said = dict(each.said)
        lower = model.entity.name.lower()
        given = said.get("related_name", "").replace("%(class)s", lower)
        given = given.replace("%(app_label)s", model.table.partition("_")[0])
        if target is None or given.endswith("+"):
            return
        accessor = given or (lower if each.kind == "one" else f"{lower}_set")
        asked = said.get("related_query_name", "").replace("%(class)s", lower) or given or lower
        for index, name in ((back, asked), (self._accessors, accessor)):
            key = (target.entity.place, name)
            index[key] = None if key in index else (model, each)


@dataclass(slots=True)
class _Gathered:
    """The members of one model with those of its abstract bases and mixins."""

    entities: Entities
    found: dict[str, tuple[str, Member]] = field(default_factory=dict)
    made: list[tuple[str, str]] = field(default_factory=list)
    whole: bool = True

    def add(self, path: str, members: Iterable[Member], depth: int) -> None:
        for member in members:
            if member.embeds:
                inner = embedded(self.entities, path, member) if depth < _DEEPEST else None
                self.whole = self.whole and inner is not None
                for where, each in inner or ():
                    self.add(where, (each,), depth + 1)
            elif member.name.startswith("made "):
                self.made.append((member.name.removeprefix("made "), member.refers.partition(":")[2]))
            elif member.unknown or len(self.found) > _MOST:
                self.whole = False
            else:
                self.found.setdefault(member.name, (path, member))

    def attributes(self, *, implied: bool) -> tuple[list[Attribute], list[tuple[str, str]]]:
        """The attributes, with the key that Django adds where there is none, and the classes of the managers."""
        given: list[Attribute] = []
        has_key = any(member.key and not member.implied for _, member in self.found.values())
        for name, (path, member) in self.found.items():
            place = Place(path, member.line)
            if name == "$id":
                if implied and not has_key and self.whole:
                    given.append(Attribute("id", place, "id", key=True, written=False))
            elif name.startswith("relation "):
                own = name.removeprefix("relation ")
                target, said = member.refers.partition(":")[2], member.renamed
                held = self.found.get(own)
                column = held[1].column if held is not None else ""
                kind = dict(said).get("kind", "")
                key = held is not None and held[1].key
                given.append(Attribute(own, place, column, kind, target, said, key))
            elif member.column and f"relation {name}" not in self.found:
                given.append(Attribute(name, place, member.column, key=member.key, written=member.written))
        return given, self.made


def app_of(path: str) -> str:
    """The folder of the app that a file is in."""
    parts = PurePosixPath(path).with_suffix("").parts
    at = max((at for at, part in enumerate(parts) if part == "models" and parts[at - 1 : at] != ("models",)), default=0)
    return parts[at - 1] if at else (parts[-2] if len(parts) > 1 else "")


def _labelled(known: Iterable[Entity], app: str) -> list[Entity]:
    return [each for each in known if app_of(each.place.path) == app or each.table.startswith(f"{app}_")]


def _imported(path: str, module: str) -> bool:
    """Whether the class of a file may be imported from a module: the file itself, or a package around it."""
    parts = PurePosixPath(path).with_suffix("").parts
    wanted = tuple(part for part in module.split(".") if part)
    return any(parts[at : at + len(wanted)] == wanted for at in range(len(parts) - len(wanted) + 1))
