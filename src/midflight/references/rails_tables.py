"""Gives the tables of ActiveRecord's models, once the classes of all files are known.

ActiveRecord reads the columns of a table when the program starts. From then on it selects `*`, takes every column it
has read for an attribute, and from Rails 7.0 on names all of them in each INSERT (`partial_inserts` is off); older
ones name the changed attributes, and lose prepared statements inside transactions when `*` changes. So a column that
goes while old code runs breaks that code whether or not it names the column, unless `ignored_columns` does: the
model's own reference is marked `cached`, with what it ignores (Rails API, "ActiveRecord::ModelSchema").
"""

from pathlib import PurePosixPath

import inflection

from midflight.references.lookup import Models
from midflight.references.mapping import MappedModel, Mapper
from midflight.references.model import Api, Reference, TableReference, Verb

TABLE_UNKNOWN = "?"
ABSTRACT, PREFIX, IGNORES = "abstract", "prefix", "ignores"
ROOTS = frozenset({"ApplicationRecord", "ActiveRecord::Base", "::ApplicationRecord", "::ActiveRecord::Base"})
_DEEPEST = 20


def table_by_convention(name: str, path: str) -> str:
    """The table of a class by its own name: `Account::Entry` has `entries`.

    The file is named after the class by the inflections of the project, which may know acronyms (`github_user.rb`).
    """
    own = inflection.underscore(name.rpartition("::")[2])
    file = PurePosixPath(path).stem
    return inflection.pluralize(file if file.replace("_", "") == own.replace("_", "") else own)


def find(name: str, models: Models, path: str, scope: str = "") -> MappedModel | None:
    """The class that a constant means, looked up from the innermost scope outwards as Ruby does."""
    parts = scope.split("::") if scope and not name.startswith("::") else []
    bare = name.removeprefix("::")
    for count in range(len(parts), -1, -1):
        found = models.find(Mapper.RAILS, "::".join([*parts[:count], bare]), path)
        if found is not None:
            return found
    return None


def marked(model: MappedModel, mark: str) -> bool:
    """Whether the class body says this of the class itself."""
    return any(f.name == "<" and f.target == mark for f in model.fields)


def table_of(model: MappedModel, models: Models, depth: int = 0) -> str:
    """The table of a class, empty where it is none of ActiveRecord's or its table cannot be told."""
    if depth > _DEEPEST or model.name == "ApplicationRecord" or marked(model, ABSTRACT) or model.table == TABLE_UNKNOWN:
        return ""
    base = model.fields[0].target
    scope = model.name.rpartition("::")[0]
    parent = None if base in ROOTS else find(base, models, model.place.path, scope)
    if base not in ROOTS and (parent is None or parent is model):
        return ""
    if parent is not None and not _is_abstract(parent, models):
        inherited = table_of(parent, models, depth + 1)
        return (model.table if not model.complete else inherited) if inherited else ""
    if not model.complete:
        return model.table
    return _prefixed(model, parent, models, depth)


def _is_abstract(model: MappedModel, models: Models, depth: int = 0) -> bool:
    """Whether a class stands between ActiveRecord and the models, with no table of its own."""
    if not marked(model, ABSTRACT) or depth > _DEEPEST:
        return False
    base = model.fields[0].target
    above = None if base in ROOTS else find(base, models, model.place.path, model.name.rpartition("::")[0])
    return base in ROOTS or (above is not None and _is_abstract(above, models, depth + 1))


def _prefixed(model: MappedModel, parent: MappedModel | None, models: Models, depth: int) -> str:
    """The name by convention, with what the modules around it and the base class put before it."""
    outer = model.name.rpartition("::")[0]
    while outer:
        around = models.find(Mapper.RAILS, outer, model.place.path)
        if around is not None and marked(around, PREFIX):
            return f"{around.fields[-1].name}{model.table}"
        own = (
            table_of(around, models, depth + 1)
            if around is not None and outer == model.name.rpartition("::")[0]
            else ""
        )
        if own:
            return f"{inflection.singularize(own)}_{model.table}"
        outer = outer.rpartition("::")[0]
    for each in (model, parent):
        prefix = next((f.name for f in each.fields if f.relation == PREFIX), "") if each is not None else ""
        if prefix:
            return f"{prefix}{model.table}"
    return model.table


def implicit(model: MappedModel, models: Models) -> list[Reference]:
    """The rows that every query of a model takes."""
    table = table_of(model, models)
    if not table:
        return []
    ignored = tuple(f.name for f in model.fields if f.relation == IGNORES)
    schema, _, name = table.rpartition(".")
    return [
        TableReference(
            model.place,
            name,
            Verb.SELECT,
            Api.SQL,
            schema,
            star=True,
            text=model.casing,
            mapped=True,
            cached=True,
            ignored=ignored,
        )
    ]
