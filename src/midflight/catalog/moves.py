"""Relations under another name or in another schema, with everything that points at them following."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from rpds import HashTrieMap

from midflight.catalog.definitions import (
    renamed_in_policy,
    renamed_in_trigger,
    rendered_constraint,
    rendered_index,
    rendered_view,
)
from midflight.catalog.dependents import defaults_from, owned_sequences
from midflight.catalog.lookup import bury, unearth
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.catalog.rewrite import rename_identifiers, rename_relation, rename_sequence
from midflight.operations.shapes import Column, Name, ObjectKind, Target

Part = TypeVar("Part")
_RELATIONS = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.FOREIGN_TABLE,
        ObjectKind.VIEW,
        ObjectKind.MATERIALIZED_VIEW,
        ObjectKind.SEQUENCE,
        ObjectKind.COLUMN,
        ObjectKind.CONSTRAINT,
        ObjectKind.TRIGGER,
        ObjectKind.POLICY,
    }
)


def retarget(catalog: Catalog, moved: Callable[[Target], Target]) -> Catalog:
    """Return the catalog with the targets of comments and grants exchanged."""
    comments, grants = catalog.comments, catalog.grants
    for target, text in catalog.comments.items():
        if moved(target) != target:
            comments = comments.remove(target).insert(moved(target), text)
    for granted, given in catalog.grants.items():
        if moved(granted.target) != granted.target:
            grants = grants.remove(granted).insert(replace(granted, target=moved(granted.target)), given)
    if comments is catalog.comments and grants is catalog.grants:
        return catalog
    return replace(catalog, comments=comments, grants=grants)


def move_relation(catalog: Catalog, old: Name, new: Name) -> Catalog:
    """Return the catalog with a table, view or sequence under another full name."""
    relation = catalog.relations[old]
    catalog = catalog.without_relation(old).with_relation(replace(relation, name=new))
    catalog = unearth(bury(catalog, "relation", old), "relation", new)
    for other in catalog.pointing_at(old):
        catalog = catalog.with_relation(_pointing(catalog, other, old, new))
    if relation.kind is RelationKind.SEQUENCE:
        catalog = _moved_defaults(catalog, old, new)
    elif not relation.is_table:
        catalog = catalog.with_relation(rendered_view(catalog.relations[new]))
    catalog = _moved_indexes(catalog, old, new)
    catalog = _moved_parts(catalog, old, new)
    if old.schema != new.schema:
        catalog = _moved_sequences(catalog, new)
    return retarget(catalog, lambda t: replace(t, name=new) if t.name == old and t.kind in _RELATIONS else t)


def _pointing(catalog: Catalog, relation: Relation, old: Name, new: Name) -> Relation:
    """Return the relation with all that points at the old name pointing at the new one."""
    if any(c.references == old for c in relation.constraints):
        constraints = tuple(
            rendered_constraint(replace(c, references=new)) if c.references == old else c for c in relation.constraints
        )
        relation = replace(relation, constraints=constraints)
    if old in relation.depends:
        relation = _view_of(catalog, relation, old, new)
    if relation.partition_of == old:
        relation = replace(relation, partition_of=new)
    if old in relation.inherits:
        relation = replace(relation, inherits=tuple(new if parent == old else parent for parent in relation.inherits))
    if relation.owned_by is not None and relation.owned_by[0] == old:
        relation = replace(relation, owned_by=(new, relation.owned_by[1]))
    return relation


def _view_of(catalog: Catalog, view: Relation, old: Name, new: Name) -> Relation:
    depends = tuple(new if name == old else name for name in view.depends)
    reads = tuple((new if table == old else table, column) for table, column in view.reads)
    view = replace(view, depends=depends, reads=reads)
    sources = [view, *(catalog.relations[name] for name in depends if name in catalog.relations)]
    if any(source.column(old.name) is not None for source in sources):
        return view  # in this text the word may be a column: better an old name than a wrong one
    return replace(
        view,
        query=rename_relation(view.query, old, new),
        definition=rename_relation(view.definition, old, new),
    )


def _moved_defaults(catalog: Catalog, old: Name, new: Name) -> Catalog:
    for table, column in tuple(defaults_from(catalog, old)):
        default = rename_sequence(column.default or "", old, new)
        catalog = catalog.with_relation(
            with_column(catalog.relations[table.name], column.name, replace(column, default=default))
        )
    sequence = catalog.relations[new]
    definition = rename_identifiers(sequence.definition, {old.name: new.name})
    return catalog.with_relation(replace(sequence, definition=definition))


def with_column(relation: Relation, name: str, column: Column) -> Relation:
    """The relation with one column exchanged."""
    return replace(relation, columns=tuple(column if c.name == name else c for c in relation.columns))


def _moved_indexes(catalog: Catalog, old: Name, new: Name) -> Catalog:
    for index in catalog.indexes_on(old):
        moved = rendered_index(replace(index, table=new, name=Name(index.name.name, new.schema)))
        catalog = catalog.without_index(index.name).with_index(moved)
    return catalog


def _moved_parts(catalog: Catalog, old: Name, new: Name) -> Catalog:
    names = {old.name: new.name}
    triggers, policies = catalog.triggers, catalog.policies
    for key, trigger in catalog.triggers.items():
        if key[0] == old:
            moved_trigger = replace(renamed_in_trigger(trigger, names), table=new, name=trigger.name)
            triggers = triggers.remove(key).insert((new, key[1]), moved_trigger)
    for key, policy in catalog.policies.items():
        if key[0] == old:
            moved_policy = replace(renamed_in_policy(policy, names), table=new)
            policies = policies.remove(key).insert((new, key[1]), moved_policy)
    rules = _rekeyed(catalog.rules, old, new, lambda text: rename_identifiers(text, names))
    if triggers is catalog.triggers and policies is catalog.policies and rules is catalog.rules:
        return catalog
    return replace(catalog, triggers=triggers, policies=policies, rules=rules)


def _rekeyed(
    parts: HashTrieMap[tuple[Name, str], Part], old: Name, new: Name, moved: Callable[[Part], Part]
) -> HashTrieMap[tuple[Name, str], Part]:
    for key, part in parts.items():
        if key[0] == old:
            parts = parts.remove(key).insert((new, key[1]), moved(part))
    return parts


def _moved_sequences(catalog: Catalog, table: Name) -> Catalog:
    for sequence in owned_sequences(catalog, table):
        catalog = move_relation(catalog, sequence.name, Name(sequence.name.name, table.schema))
    return catalog
