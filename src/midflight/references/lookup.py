"""Finds the model that a name of code means, among those of all files of a revision."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from midflight.references.classes import CLASSED
from midflight.references.classes import settled as settled_classes
from midflight.references.conventions import settled
from midflight.references.django_models import Project
from midflight.references.entities import Entities, Entity, gather_entities
from midflight.references.mapping import MappedField, MappedModel, Mapper
from midflight.references.nearness import nearest

_HUMPS = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=\d|[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a revision by mapper and by the name that calls use."""

    by_name: Mapping[tuple[Mapper, str], tuple[MappedModel, ...]]
    entities: Entities = field(default_factory=lambda: Entities({}))
    casings: frozenset[tuple[Mapper, str]] = frozenset()
    django: Project = field(default_factory=lambda: Project(Entities({})))

    def find(self, mapper: Mapper, name: str, path: str) -> MappedModel | None:
        """The model of a name as seen from a file: the nearest, where several files declare one; None if unclear."""
        known = self.by_name.get((mapper, name), ())
        if len(known) < 2:
            return known[0] if known else None
        near = nearest(known, path)
        same = {(model.schema, model.table, model.fields) for model in near}
        return near[0] if len(same) == 1 else None

    def target(self, model: MappedModel, field: MappedField) -> MappedModel | None:
        """The model at the other end of a relation."""
        name = accessor(field.target) if model.mapper is Mapper.PRISMA else field.target
        return self.find(model.mapper, name, model.place.path)

    def all(self) -> list[MappedModel]:
        """Every model that stands for a table."""
        return [model for models in self.by_name.values() for model in models]


def accessor(model: str) -> str:
    """The property of the client for a model (Prisma documentation: the name with its first letter in lower case)."""
    return model[:1].lower() + model[1:]


def gather(models: Iterable[MappedModel | Entity]) -> Models:
    """Join what the files of one revision say of models."""
    tables: dict[tuple[Mapper, str], list[MappedModel]] = {}
    additions: list[MappedModel] = []
    casings: set[tuple[Mapper, str]] = set()
    entities: list[Entity] = []
    classes: list[MappedModel] = []
    for model in models:
        if isinstance(model, Entity):
            entities.append(model)
        elif not model.name:
            casings.add((model.mapper, model.casing))
        elif model.mapper in CLASSED and model.role:
            classes.append(model)
        elif not model.table:
            additions.append(model)
        else:
            name = accessor(model.name) if model.mapper is Mapper.PRISMA else model.name
            tables.setdefault((model.mapper, name), []).append(model)
    snake = (Mapper.DRIZZLE, "snake_case") in casings
    aliases = {(each.mapper, each.name): each.bases[0] for each in classes if each.role == "alias" and each.bases}
    additions = [replace(each, name=aliases.get((each.mapper, each.name), each.name)) for each in additions]
    named = settled_classes((_joined(each, additions) for each in classes), frozenset(casings))
    joined = {
        key: tuple(_cased(_joined(model, additions), snake=snake) for model in known) for key, known in tables.items()
    }
    joined |= named
    known = settled(gather_entities(entities))
    return Models(joined, known, frozenset(casings), Project(known))


def _joined(model: MappedModel, additions: Sequence[MappedModel]) -> MappedModel:
    own = [more for more in additions if (more.mapper, more.name) == (model.mapper, model.name)]
    fields = [f for more in nearest(own, model.place.path) for f in more.fields]
    return replace(model, fields=(*model.fields, *fields)) if fields else model


def _cased(model: MappedModel, *, snake: bool) -> MappedModel:
    if not snake or not any(field.cased for field in model.fields):
        return model
    fields = (replace(f, column=snake_case(f.column)) if f.cased else f for f in model.fields)
    return replace(model, fields=tuple(fields))


def snake_case(name: str) -> str:
    """A field's name as Drizzle's `casing: "snake_case"` writes it: `userID2` is `user_id_2`."""
    return re.sub(r"\W+|__+", "_", _HUMPS.sub("_", name)).strip("_").lower()
