"""Columns under another name, with everything that points at them following."""

from __future__ import annotations

from midflight.catalog.definitions import (
    renamed_in_constraint,
    renamed_in_index,
    renamed_in_policy,
    renamed_in_trigger,
    rendered_constraint,
    rendered_view,
)
from midflight.catalog.dependents import family
from midflight.catalog.model import Catalog, Relation
from midflight.catalog.moves import retarget
from midflight.catalog.rewrite import identifiers, rename_identifiers
from midflight.operations.replaced import replace
from midflight.operations.shapes import Column, Constraint, Name, ObjectKind, Target


def rename_column(catalog: Catalog, relation: Relation, old: str, new: str) -> Catalog:
    """Return the catalog with a column under another name, on the table and on the tables below it.

    Views that read it keep their own column names, as on the server.
    """
    for table in family(catalog, relation):
        catalog = _renamed_on(catalog, table, old, new)
    return catalog


def _renamed_on(catalog: Catalog, table: Relation, old: str, new: str) -> Catalog:
    names = {old: new}
    columns = tuple(_renamed_column(c, names) for c in table.columns)
    constraints = tuple(renamed_in_constraint(c, names) for c in table.constraints)
    catalog = catalog.with_relation(replace(table, columns=columns, constraints=constraints))
    if not table.is_table:
        catalog = catalog.with_relation(rendered_view(catalog.relations[table.name], named=True))
    for other in catalog.pointing_at(table.name):
        catalog = catalog.with_relation(_pointing_at_column(catalog, other, table.name, names))
    for index in catalog.indexes_on(table.name):
        catalog = catalog.with_index(renamed_in_index(index, names))
    triggers = {
        k: replace(renamed_in_trigger(t, names), name=t.name) if old in t.columns else t
        for k, t in catalog.triggers.items()
        if k[0] == table.name
    }
    policies = {k: renamed_in_policy(p, names) for k, p in catalog.policies.items() if k[0] == table.name}
    if triggers or policies:
        catalog = replace(
            catalog, triggers=catalog.triggers.update(triggers), policies=catalog.policies.update(policies)
        )
    column = Target(ObjectKind.COLUMN, table.name, old)
    return retarget(catalog, lambda t: replace(t, part=new) if t == column else t)


def _renamed_column(column: Column, names: dict[str, str]) -> Column:
    expression = column.expression and rename_identifiers(column.expression, names)
    name = names.get(column.name, column.name)
    if name == column.name and expression == column.expression:
        return column
    return replace(column, name=name, expression=expression)


def _pointing_at_column(catalog: Catalog, relation: Relation, table: Name, names: dict[str, str]) -> Relation:
    if any(c.references == table for c in relation.constraints):
        constraints = tuple(_referencing(c, table, names) for c in relation.constraints)
        relation = replace(relation, constraints=constraints)
    if table in relation.depends:
        relation = _view_of_column(catalog, relation, table, names)
    owner = relation.owned_by
    if owner is not None and owner[0] == table and owner[1] in names:
        relation = replace(relation, owned_by=(table, names[owner[1]]))
    return relation


def _view_of_column(catalog: Catalog, view: Relation, table: Name, names: dict[str, str]) -> Relation:
    reads = tuple((t, names.get(c, c) if t == table else c) for t, c in view.reads)
    others = [catalog.relations.get(name) for name in view.depends if name != table]
    elsewhere = any(o is None or not o.complete or any(o.column(old) for old in names) for o in others)
    if elsewhere or not view.complete or not identifiers(view.query) & names.keys():
        return replace(view, reads=reads)  # in this text the word may be another relation's column
    query = rename_identifiers(view.query, names)
    definition = view.definition.replace(view.query, query)
    return rendered_view(replace(view, reads=reads, query=query, definition=definition), named=True)


def _referencing(constraint: Constraint, table: Name, names: dict[str, str]) -> Constraint:
    if constraint.references != table:
        return constraint
    columns = tuple(names.get(c, c) for c in constraint.referenced_columns)
    return rendered_constraint(replace(constraint, referenced_columns=columns))
