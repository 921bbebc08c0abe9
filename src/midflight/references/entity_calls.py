"""Gives the references of queries through JPA's and EF Core's entities, once their classes are known."""

from collections.abc import Iterable, Iterator

from midflight.changes.model import NotAnalysed
from midflight.references.derived_queries import paths_of, verb_of
from midflight.references.entities import Entities, Entity
from midflight.references.entity_paths import Gathered, find_member, target_of, walk
from midflight.references.implied import located
from midflight.references.jpql import Query, parse_jpql
from midflight.references.lookup import Models
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import Access, Place, TableReference, Verb
from midflight.references.values import Text, Unknown, shorten

Found = tuple[Iterable[TableReference], Iterable[NotAnalysed]]
_DEEPEST = 10


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what a call reads and writes; of a class that is no entity it gives nothing."""
    entities = models.entities
    if call.query is not None:
        return _read_query(call, entities)
    root = _root(call, entities)
    owner = located(root, entities)[0] if root is not None else None
    if root is None or owner is None:
        return (), ()
    gathered = Gathered(values=frozenset(_values(call)))
    gathered.add(owner)
    for uses, access in ((call.sets, Access.WRITE), (call.uses, Access.READ)):
        for use in uses:
            place = Place(call.place.path, use.field.line)
            walk(entities, root, use.field.name.split("."), gathered, (access, place))
    problems: list[NotAnalysed] = []
    verb = call.verb
    for step in call.steps:
        for given in step.arguments:
            match given:
                case Text(name) if step.name == "derived":
                    verb = verb_of(name)
                    problems += _derived(call, (root, name), entities, gathered)
                case Unknown(text, line):
                    problems.append(NotAnalysed(call.place.path, line, text))
    if verb is Verb.INSERT and not gathered.tables[owner.schema, owner.table]:
        return (), problems  # what it writes is the list of the class
    return list(gathered.references(call.place, verb, shorten(call.text), call.guard)), problems


def _values(call: ModelCall) -> Iterator[str]:
    """The types whose constants the call compares properties with."""
    for step in call.steps:
        yield from (f"ef:{given.text}" for given in step.arguments if step.name == "linq" and isinstance(given, Text))


def _root(call: ModelCall, entities: Entities) -> Entity | None:
    """The entity that a call names by its class, or by a set of the context that holds it (`Context.Set`)."""
    if call.mapper is Mapper.JPA:
        return _entity(call.model, call.place.path, entities)
    found = {entity.place: entity for name in call.model.split("|") if (entity := _of_set(name, call, entities))}
    return next(iter(found.values())) if len(found) == 1 else None


def _of_set(name: str, call: ModelCall, entities: Entities) -> Entity | None:
    if name.startswith("="):
        return entities.find("ef", name[1:], call.place.path)
    context, _, of_set = name.partition(".")
    for _ in range(_DEEPEST):
        root = entities.find("ef root", f"{context}.{of_set}", call.place.path)
        if root is not None:
            return entities.find("ef", root.bases[0], root.place.path)
        above = entities.find("ef", context, call.place.path)
        if above is None or not above.bases:
            return None
        context = above.bases[0]
    return None


def _entity(name: str, path: str, entities: Entities) -> Entity | None:
    """The entity of a name in JPQL, which an annotation may give it."""
    if name.startswith("@"):
        repository = entities.find("jpa repository", name[1:], path)
        name = repository.bases[0] if repository is not None else ""
    renamed = entities.find("jpa name", name, path)
    found = entities.find("jpa", renamed.bases[0] if renamed is not None else name, path)
    return found if found is not None and found.mapped else None


def _derived(
    call: ModelCall, method: tuple[Entity, str], entities: Entities, gathered: Gathered
) -> Iterable[NotAnalysed]:
    root, name = method
    for path in paths_of(name, root, entities):
        if isinstance(path, str):
            reason = f"`{path}` in the method `{name}` is no attribute of `{root.name}` that could be read"
            yield NotAnalysed(call.place.path, call.place.line, reason)
        else:
            walk(entities, root, path, gathered, (Access.READ, call.place))


def _read_query(call: ModelCall, entities: Entities) -> Found:
    text = call.query.text if call.query is not None else ""
    query = parse_jpql(text)
    if query is None:
        return (), ()
    aliases = {alias: _source(call, query, alias, entities) for alias in query.sources}
    gathered = Gathered()
    for name, _ in query.entities:
        entity = _entity(call.model if name.startswith("#") else name, call.place.path, entities)
        owner = located(entity, entities)[0] if entity is not None else None
        if owner is not None:
            gathered.add(owner)
    for use in query.uses:
        key = use.alias or next((alias for alias in aliases), "")
        entity = aliases.get(key)
        if entity is not None and (use.alias or len(query.entities) == 1 or use.written):
            place = Place(call.place.path, call.place.line + text.count("\n", 0, use.at))
            walk(entities, entity, list(use.path), gathered, (Access.WRITE if use.written else Access.READ, place))
    problems: list[NotAnalysed] = []
    if query.dynamic and gathered.tables:
        reason = "a part of the query is put together while the program runs"
        problems.append(NotAnalysed(call.place.path, call.place.line, reason))
    begins = query.entities[0][1] if query.entities else 0
    at = Place(call.place.path, call.place.line + text.count("\n", 0, begins))
    return list(gathered.references(at, query.verb, shorten(text), call.guard)), problems


def _source(call: ModelCall, query: Query, alias: str, entities: Entities, depth: int = 0) -> Entity | None:
    """The entity that an alias stands for: by its name, or through the attributes of another alias."""
    path = query.sources.get(alias)
    if not path or depth > _DEEPEST:
        return None
    if len(path) == 1 or path[0].lower() not in query.sources:
        return _entity(call.model if path[0].startswith("#") else path[-1], call.place.path, entities)
    here = _source(call, query, path[0].lower(), entities, depth + 1)
    for name in path[1:]:
        spot = find_member(entities, here, name) if here is not None else None
        here = target_of(entities, spot) if spot is not None else None
    return here
