"""Views: made with the columns that their text and the catalog decide, replaced, dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from midflight.catalog.drops import remove_relation
from midflight.catalog.lookup import (
    TEMPORARY,
    Folds,
    Outcome,
    certain,
    creation_name,
    find_relation,
    full_name,
    unearth,
    was_dropped,
)
from midflight.catalog.lookup import missing_relation as missing
from midflight.catalog.model import Catalog, Problem, Relation, RelationKind
from midflight.catalog.rewrite import expand_star
from midflight.operations.model import CreateView
from midflight.operations.shapes import Column, Name

STAR = "*"


def output_columns(catalog: Catalog, names: Iterable[str], depends: Iterable[Name]) -> tuple[tuple[Column, ...], bool]:
    """Return the columns of a query and whether they are all of them; types are known only behind a "*".

    One "*" stands for the columns of the one relation that the query reads; with more than one the text does not
    decide whose columns they are.
    """
    names = tuple(names)
    source = _only(catalog, depends)
    found: list[Column] = []
    decided = True
    for name in names:
        if name != STAR:
            found.append(Column(name, ""))
        elif source is not None and source.complete and names.count(STAR) == 1:
            found += [Column(c.name, c.type) for c in source.columns]
        else:
            decided = False
    return tuple(found), decided


def _only(catalog: Catalog, depends: Iterable[Name]) -> Relation | None:
    names = tuple(depends)
    return find_relation(catalog, names[0]) if len(names) == 1 else None


def create_view(catalog: Catalog, operation: CreateView) -> Outcome:
    """CREATE [OR REPLACE] [MATERIALIZED] VIEW."""
    temporary = operation.temporary or any(_is_temporary(catalog, name) for name in operation.depends)
    name = creation_name(catalog, operation.name, temporary=temporary)
    existing = catalog.relations.get(name)
    if operation.if_not_exists and existing is not None:
        return Outcome(catalog)
    view = _new_view(catalog, name, operation)
    problems = _missing_sources(catalog, operation)
    if existing is None:
        return Outcome(unearth(catalog, "relation", name).with_relation(view), problems)
    if operation.or_replace and existing.kind is RelationKind.VIEW:
        problems += _replaced(catalog, existing, view)
        kept = replace(view, owner=existing.owner, options=existing.options)
        return Outcome(catalog.with_relation(kept), problems)
    if certain(catalog, name) and existing.kind is not RelationKind.VIEW and operation.or_replace:
        problems += (Problem("42809", f'"{name.name}" is not a view'),)
    elif certain(catalog, name):
        problems += (Problem("42P07", f'relation "{name.name}" already exists'),)
    return Outcome(remove_relation(catalog, name).with_relation(view), problems)


def _is_temporary(catalog: Catalog, name: Name) -> bool:
    return full_name(catalog, name).schema == TEMPORARY


def _new_view(catalog: Catalog, name: Name, operation: CreateView) -> Relation:
    depends = tuple(dict.fromkeys(full_name(catalog, d) for d in operation.depends))
    columns, complete = output_columns(catalog, operation.columns, operation.depends)
    reads = dict.fromkeys((full_name(catalog, table), column) for table, column in operation.reads)
    if STAR in operation.columns and complete:
        reads |= dict.fromkeys((depends[0], column.name) for column in columns if column.type)
    query, definition = operation.query, operation.definition
    if STAR in operation.columns and complete:
        starred = tuple(column.name for column in columns if column.type)
        query = expand_star(query, starred)
        definition = definition.replace(operation.query, query)
    return Relation(
        name,
        RelationKind.MATERIALIZED_VIEW if operation.materialized else RelationKind.VIEW,
        columns,
        complete=complete,
        definition=_qualified(definition, operation.name, name),
        query=query,
        depends=depends,
        reads=tuple(reads),
    )


def _qualified(definition: str, written: Name, name: Name) -> str:
    # a view made under another search path must come back where it was
    if written.schema or name.schema in {"public", TEMPORARY}:
        return definition
    pattern = re.compile(rf"(\bVIEW\s+)({re.escape(str(written))})(?=\s|\()", re.IGNORECASE)
    return pattern.sub(lambda m: f"{m.group(1)}{name}", definition, count=1)


def _missing_sources(catalog: Catalog, operation: CreateView) -> tuple[Problem, ...]:
    gone = [n for n in operation.depends if find_relation(catalog, n) is None and was_dropped(catalog, "relation", n)]
    return tuple(missing(name) for name in gone)


def _replaced(catalog: Catalog, before: Relation, after: Relation) -> tuple[Problem, ...]:
    """OR REPLACE may add columns at the end; names and order of the others must stay."""
    if not (before.complete and after.complete and certain(catalog, before.name)):
        return ()
    if len(after.columns) < len(before.columns):
        return (Problem("42P16", "cannot drop columns from view"),)
    for old, new in zip(before.columns, after.columns, strict=False):
        if old.name != new.name:
            text = f'cannot change name of view column "{old.name}" to "{new.name}"'
            return (Problem("42P16", text),)
    return ()


FOLDS: Folds = {CreateView: create_view}
