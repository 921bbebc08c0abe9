"""Joins a mapped class of TypeScript with its bases and parts, and names its columns as the project's strategy does."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from midflight.references import sequelize_names
from midflight.references.mapping import MappedField, MappedModel, Mapper
from midflight.references.nearness import nearest

CLASSED = frozenset({Mapper.TYPEORM, Mapper.SEQUELIZE})
_DEEPEST = 12  # classes that extend or embed each other
_MOST_FIELDS = 2_000  # of one class with all that it embeds
_PLAIN = re.compile(r"[a-z][a-z0-9]*\Z")

Found = dict[tuple[Mapper, str], tuple[MappedModel, ...]]


@dataclass(frozen=True, slots=True)
class _Strategy:
    """TypeORM's naming strategy: "" its own, "snake" the known package's, "custom" one of the project."""

    kind: str = ""
    prefix: str = ""

    def table(self, name: str) -> str:
        return "" if self.kind == "custom" else snake(name)

    def column(self, name: str, *, given: bool, prefixes: tuple[str, ...]) -> str:
        """The column of a property, "" where it is not certain (source of `DefaultNamingStrategy`)."""
        if self.kind == "custom" and (prefixes or not (given or _PLAIN.match(name))):
            return ""
        if self.kind == "snake":
            return snake("_".join(prefixes)) + (name if given else snake(name))
        return camel("_".join(prefixes)) + _titled(name) if prefixes else name

    def join(self, relation: str, key: str) -> str:
        """The column of a relation to a class with the key `key`."""
        if self.kind == "custom":
            return ""
        name = f"{relation}_{key}"
        return snake(name) if self.kind == "snake" else camel(name)


def snake(name: str) -> str:
    """`ABCode` is `ab_code` (source of TypeORM's `snakeCase`)."""
    name = re.sub(r"([A-Z])([A-Z])([a-z])", r"\1_\2\3", name[:200])
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def camel(name: str) -> str:
    """`author_id` is `authorId` (source of TypeORM's `camelCase`)."""
    return re.sub(
        r"\A([A-Z])|[\s\-_](\w)", lambda found: found[2].upper() if found[2] else found[1].lower(), name[:200]
    )


def _titled(name: str) -> str:
    return re.sub(r"\w\S*", lambda found: found[0][:1].upper() + found[0][1:].lower(), name)


@dataclass(slots=True)
class _Classes:
    by_name: Mapping[tuple[Mapper, str], Sequence[MappedModel]]
    strategy: _Strategy
    options: frozenset[str] = frozenset()

    def find(self, mapper: Mapper, name: str, path: str) -> MappedModel | None:
        known = [each for each in self.by_name.get((mapper, name), ()) if each.role != "alias"]
        if len(known) < 2:
            return known[0] if known else None
        near = nearest(known, path)
        return near[0] if len(near) == 1 else None

    def ancestors(self, model: MappedModel) -> tuple[list[MappedModel], bool]:
        """The classes that a model extends, the nearest first, and whether all of them are known."""
        found: list[MappedModel] = []
        here = model
        while here.bases:
            base = self.find(here.mapper, here.bases[0], here.place.path)
            if base is None or base in found or len(found) >= _DEEPEST:
                return found, False
            found.append(base)
            here = base
        return found, True


@dataclass(slots=True)
class _Fields:
    """The fields of one model as they are gathered; `complete` until one may be missing."""

    fields: list[MappedField] = field(default_factory=list)
    complete: bool = True
    budget: int = 500  # embedded classes, which multiply where they embed each other


def settled(models: Iterable[MappedModel], told: frozenset[tuple[Mapper, str]]) -> Found:
    """Give the tables among the classes, each with all of its fields and the names of their columns."""
    by_name: dict[tuple[Mapper, str], list[MappedModel]] = {}
    for model in models:
        by_name.setdefault((model.mapper, model.name), []).append(model)
    casings = {casing for mapper, casing in told if mapper is Mapper.TYPEORM}
    kinds = casings & {"snake", "custom"}
    prefixes = [each.removeprefix("prefix=") for each in casings if each.startswith("prefix=")]
    kind = "custom" if len(kinds) > 1 or len(prefixes) > 1 else next(iter(kinds), "")
    options = frozenset(casing for mapper, casing in told if mapper is Mapper.SEQUELIZE)
    classes = _Classes(by_name, _Strategy(kind, prefixes[0] if prefixes else ""), options)
    found: Found = {}
    for key, known in by_name.items():
        tables = tuple(made for model in known if (made := _table(classes, model)) is not None)
        if tables:
            found[key] = tables
    return found


def _table(classes: _Classes, model: MappedModel) -> MappedModel | None:
    match model.role:
        case "alias":
            target = classes.find(model.mapper, model.bases[0], model.place.path) if model.bases else None
            made = _table(classes, target) if target is not None else None
            return replace(made, name=target.name, declared=True) if made is not None and target is not None else None
        case "entity" | "root" | "child" if model.mapper is Mapper.TYPEORM:
            return _entity(classes, model)
        case "entity":
            ancestors, whole = classes.ancestors(model)
            made = sequelize_names.settled(model, ancestors, classes.options)
            complete = model.complete and whole and all(each.complete for each in ancestors)
            return replace(made, complete=complete)
        case _:
            return None


def _entity(classes: _Classes, model: MappedModel) -> MappedModel:
    ancestors, whole = classes.ancestors(model)
    owner = model
    if model.role == "child":
        root = next((each for each in ancestors if each.role == "root"), None)
        owner = root or replace(model, table="", untold="the class that it extends is not read")
    table = owner.table if owner.given else classes.strategy.table(owner.table)
    table = classes.strategy.prefix + table if table else ""
    untold = owner.untold or ("" if table else "the naming strategy is a class of the project")
    gathered = _Fields(complete=model.complete and whole)
    seen: set[str] = set()
    for part in (model, *ancestors):
        fresh = [each for each in part.fields if not each.name or each.name not in seen]
        seen |= {each.name for each in fresh}
        gathered.complete = gathered.complete and part.complete
        _gather(classes, gathered, part.place.path, fresh, ())
    return replace(
        model,
        table="" if untold else table,
        schema=owner.schema,
        fields=tuple(_once(gathered.fields)),
        complete=gathered.complete,
        untold=untold,
    )


def _gather(
    classes: _Classes, into: _Fields, path: str, fields: Iterable[MappedField], outer: tuple[tuple[str, str], ...]
) -> None:
    """Add fields, those of embedded classes under their path; `outer` are the names and prefixes around them."""
    names = tuple(name for name, _ in outer)
    prefixes = tuple(prefix for _, prefix in outer if prefix)
    for each in fields:
        name = ".".join((*names, each.name))
        if len(into.fields) >= _MOST_FIELDS:
            into.complete = False
            return
        if each.embeds:
            part = classes.find(Mapper.TYPEORM, each.embeds, path)
            into.budget -= 1
            if part is None or len(outer) >= _DEEPEST or into.budget < 0:
                into.complete = False
                continue
            prefix = each.name if each.prefix is None else each.prefix
            ancestors, whole = classes.ancestors(part)
            into.complete = into.complete and whole and part.complete
            for one in (part, *ancestors):
                _gather(classes, into, one.place.path, one.fields, (*outer, (each.name, prefix)))
            continue
        column = each.column
        if each.relation == "key" and not each.given:
            column = _join(classes, each, path)
            column = classes.strategy.column(column, given=True, prefixes=prefixes) if column else ""
        elif column:
            column = classes.strategy.column(column, given=each.given, prefixes=prefixes)
        if column or not each.column:
            into.fields.append(replace(each, name=name, column=column, cased=False))
        else:
            into.complete = False


def _join(classes: _Classes, key: MappedField, path: str) -> str:
    """The column of a relation: its name and that of the other class's only key."""
    relation = key.column
    if key.prefix:  # the referenced property
        return classes.strategy.join(relation, key.prefix)
    target = classes.find(Mapper.TYPEORM, key.embeds or key.keys[0], path) if key.keys else None
    if target is None:
        return ""
    ancestors, _ = classes.ancestors(target)
    keys = {each.name for part in (target, *ancestors) for each in part.fields if each.key}
    return classes.strategy.join(relation, next(iter(keys))) if len(keys) == 1 else ""


def _once(fields: Sequence[MappedField]) -> list[MappedField]:
    """A relation's column that a property of its own maps as well is that property's."""
    own = {each.column for each in fields if each.column and each.relation != "key"}
    return [each for each in fields if not (each.relation == "key" and each.column in own)]
