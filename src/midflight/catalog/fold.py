"""A history folded into the schema it adds up to, one operation after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from midflight.catalog import (
    fold_columns,
    fold_constraints,
    fold_indexes,
    fold_moves,
    fold_objects,
    fold_parts,
    fold_rights,
    fold_routines,
    fold_tables,
    fold_types,
    fold_views,
)
from midflight.catalog.drops import remove_relation
from midflight.catalog.lookup import TEMPORARY, Folds, Outcome
from midflight.catalog.model import Catalog, Gap, Step
from midflight.operations.model import Opaque, Operation, SetSetting

DEFAULT_PATH = ("public",)


def begin_migration(catalog: Catalog) -> Catalog:
    """Return the catalog as a new session finds it: default search path, no temporary relations."""
    if TEMPORARY in catalog.search_path:
        for name in [n for n in catalog.relations if n.schema == TEMPORARY]:
            catalog = remove_relation(catalog, name)
    return catalog if catalog.search_path == DEFAULT_PATH else replace(catalog, search_path=DEFAULT_PATH)


def fold(before: Catalog, operations: Iterable[Operation], *, migration: str = "") -> Iterator[Step]:
    """Yield a step for each operation of one migration, from the catalog before all of them.

    What the catalog cannot know becomes a gap in the catalog after, what the server would refuse for certain a
    problem of the step; neither ends the fold.
    """
    catalog = begin_migration(before)
    for operation in operations:
        outcome = apply(catalog, operation)
        yield Step(operation, catalog, outcome.catalog, outcome.problems, migration)
        catalog = outcome.catalog


def fold_all(before: Catalog, operations: Iterable[Operation], *, migration: str = "") -> Catalog:
    """Return the catalog after all operations of one migration."""
    catalog = begin_migration(before)
    for step in fold(catalog, operations, migration=migration):
        catalog = step.after
    return catalog


def apply(catalog: Catalog, operation: Operation) -> Outcome:
    """Return what one operation leaves behind; one without effect on the schema leaves the catalog as it is."""
    effect = _FOLDS.get(type(operation))
    if effect is None:
        return Outcome(catalog)
    try:
        return effect(catalog, operation)
    except RecursionError:  # a chain of objects that no schema made by people has
        place = operation.statement
        gap = Gap("not analysed: the objects depend on each other too deeply", place.path, place.line)
        return Outcome(catalog.with_gap(gap))


def _set(catalog: Catalog, operation: SetSetting) -> Outcome:
    """SET search_path, also LOCAL: a migration is one transaction or one session, both end with it."""
    if operation.name.lower() != "search_path":
        return Outcome(catalog)
    values = tuple(part for value in operation.values for part in _schemas(value))
    if not operation.values or operation.values == ("DEFAULT",):
        values = DEFAULT_PATH
    temporary = (TEMPORARY,) if TEMPORARY in catalog.search_path and TEMPORARY not in values else ()
    return Outcome(replace(catalog, search_path=(*values, *temporary)))


def _schemas(value: str) -> Iterator[str]:
    for part in value.split(","):
        name = part.strip().strip("\"'")
        if name and name != "$user":
            yield name


def _opaque(catalog: Catalog, operation: Opaque) -> Outcome:
    statement = operation.statement
    if operation.rows:
        return Outcome(catalog)
    return Outcome(catalog.with_gap(Gap(operation.reason, statement.path, statement.line)))


_FOLDS: Folds = {
    **fold_tables.FOLDS,
    **fold_columns.FOLDS,
    **fold_constraints.FOLDS,
    **fold_indexes.FOLDS,
    **fold_views.FOLDS,
    **fold_routines.FOLDS,
    **fold_parts.FOLDS,
    **fold_moves.FOLDS,
    **fold_types.FOLDS,
    **fold_objects.FOLDS,
    **fold_rights.FOLDS,
    SetSetting: _set,
    Opaque: _opaque,
}
