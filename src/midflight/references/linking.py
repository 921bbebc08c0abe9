"""Resolves the calls of one revision's files through the models that other files declare."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from midflight.changes.model import NotAnalysed
from midflight.references import (
    django_calls,
    drizzle_calls,
    eloquent_calls,
    entity_calls,
    gorm_calls,
    gorm_models,
    prisma_calls,
    rails_calls,
    rails_tables,
    script_mappers,
)
from midflight.references.eloquent_models import names_for
from midflight.references.entities import Entity
from midflight.references.implied import implicit
from midflight.references.lookup import Models, gather
from midflight.references.mapping import MappedModel, Mapper, ModelCall
from midflight.references.model import Extracted, Reference, TableReference


@dataclass(frozen=True, slots=True)
class Linked:
    """What the calls of one file reach, once its models are known."""

    references: tuple[Reference, ...] = ()
    unresolved: tuple[NotAnalysed, ...] = ()


def models_of(files: Iterable[Extracted]) -> Models:
    """Join the models of all files of a revision."""
    return gather(model for file in files for model in file.models)


def link(file: Extracted, models: Models) -> Linked:
    """Resolve the models and calls of one file; a call that certainly is one and resolves to nothing is told."""
    references: list[Reference] = []
    unresolved: list[NotAnalysed] = []
    for model in file.models:
        if isinstance(model, Entity):
            own, why = implicit(model, models.entities)
            references += own
            unresolved += why
        elif model.mapper is Mapper.RAILS:
            references += rails_tables.implicit(model, models)
        elif model.mapper in script_mappers.OWN:
            lists, whys = script_mappers.lists(model, models)
            references += lists
            unresolved += whys
        elif not model.declared and model.table and model.mapper is Mapper.DRIZZLE:
            references += drizzle_calls.implicit(model, models)
    for call in file.calls:
        found, problems = _resolve(call, models)
        references += found
        unresolved += problems
    return Linked(tuple(references), tuple(unresolved))


def _resolve(call: ModelCall, models: Models) -> tuple[Iterable[Reference], Iterable[NotAnalysed]]:
    if call.mapper is Mapper.RAILS:
        return rails_calls.read_call(call, models)
    if call.mapper is Mapper.DJANGO:
        return django_calls.read_call(call, models)
    if call.mapper is Mapper.ELOQUENT:
        return eloquent_calls.read_call(call, models)
    if call.mapper is Mapper.GORM:
        return gorm_calls.read_call(call, models)
    if call.mapper in {Mapper.JPA, Mapper.EF}:
        return entity_calls.read_call(call, models)
    if call.mapper in script_mappers.CALLS:
        return script_mappers.read_call(call, models)
    if call.mapper is Mapper.DRIZZLE:
        return drizzle_calls.read_call(call, models)
    return _prisma(call, models)


def _prisma(call: ModelCall, models: Models) -> tuple[Iterable[Reference], Iterable[NotAnalysed]]:
    model = models.find(Mapper.PRISMA, call.model, call.place.path)
    if model is not None:
        return prisma_calls.read_call(call, model, models)
    if not call.certain:
        return (), ()
    several = (Mapper.PRISMA, call.model) in models.by_name
    why = "is declared by several schemas" if several else "is in no schema.prisma"
    return (), (NotAnalysed(call.place.path, call.place.line, f"the model of `{call.model}` {why}"),)


def renamed(models: Models, words: frozenset[str]) -> frozenset[str]:
    """Give the names that code has for `words` of the schema, through models and their fields."""
    mapped = frozenset(name for model in models.all() for name in _renamed(model, models, words))
    return mapped | frozenset(_renamed_entities(models, words))


def _renamed_entities(models: Models, words: frozenset[str]) -> Iterator[str]:
    """The names of JPA's and EF Core's classes, sets and properties for words of the schema."""
    lower = {word.lower() for word in words}
    yield from names_for(models.entities, words)
    yield from models.django.names_for(words)
    yield from gorm_models.names_for(models.entities, words)
    for (mapper, name), known in models.entities.by_name.items():
        if mapper in {"jpa", "ef"}:
            for entity in known:
                yield from (name,) if entity.mapped and entity.table.lower() in lower else ()
                yield from (m.name for m in entity.members if m.column and m.column.lower() in lower and m.name)
        elif mapper == "ef root" and any(_holds(models, root, lower) for root in known):
            yield name.partition(".")[2]


def _holds(models: Models, root: Entity, words: set[str]) -> bool:
    entity = models.entities.find("ef", root.bases[0], root.place.path)
    return entity is not None and entity.table.lower() in words


def _renamed(model: MappedModel, models: Models, words: frozenset[str]) -> Iterator[str]:
    if model.mapper is Mapper.RAILS:
        if rails_tables.table_of(model, models) in words:
            yield model.name.rpartition("::")[2]
        return
    if model.table in words:
        yield model.name[:1].lower() + model.name[1:] if model.mapper is Mapper.PRISMA else model.name
    for field in model.fields:
        target = models.target(model, field) if field.target else None
        if field.column in words or (target is not None and target.table in words):
            yield field.name.rpartition(".")[2].partition("#")[0]


def mapped_models(references: Iterable[Reference]) -> list[TableReference]:
    """Give the references that are a model's implicit lists."""
    return [each for each in references if isinstance(each, TableReference) and each.mapped]
