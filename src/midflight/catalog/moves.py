"""Objects under another name or in another schema, with everything that points at them following."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from rpds import HashTrieMap

from midflight.catalog.definitions import (
    renamed_in_constraint,
    renamed_in_index,
    renamed_in_policy,
    renamed_in_trigger,
    rendered_constraint,
    rendered_index,
    rendered_view,
)
from midflight.catalog.dependents import columns_of_type, defaults_from, family, owned_sequences
from midflight.catalog.lookup import bury, unearth
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.catalog.rewrite import identifiers, rename_identifiers, rename_relation, rename_sequence
from midflight.operations.shapes import (
    Column,
    Constraint,
    Name,
    ObjectKind,
    Routine,
    RoutineKey,
    Target,
    TypeKind,
    quote,
)

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


# --- relations ------------------------------------------------------------------------------------------------------


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
            _with_column(catalog.relations[table.name], column.name, replace(column, default=default))
        )
    sequence = catalog.relations[new]
    definition = rename_identifiers(sequence.definition, {old.name: new.name})
    return catalog.with_relation(replace(sequence, definition=definition))


def _with_column(relation: Relation, name: str, column: Column) -> Relation:
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


# --- columns --------------------------------------------------------------------------------------------------------


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


# --- types, routines, schemas ---------------------------------------------------------------------------------------


def move_type(catalog: Catalog, old: Name, new: Name) -> Catalog:
    """Return the catalog with a type under another full name, in columns and routines, too."""
    user_type = catalog.types[old]
    definition = rename_identifiers(user_type.definition, {old.name: new.name})
    moved = replace(user_type, name=new, definition=definition)
    for relation, column in tuple(columns_of_type(catalog, old)):
        typed = replace(column, type=retyped(column.type, old, new))
        catalog = catalog.with_relation(_with_column(catalog.relations[relation.name], column.name, typed))
    types = catalog.types.remove(old).insert(new, moved)
    for name, other in types.items():
        if other.base or other.kind is TypeKind.COMPOSITE:
            attributes = tuple(replace(a, type=retyped(a.type, old, new)) for a in other.attributes)
            types = types.insert(name, replace(other, base=retyped(other.base, old, new), attributes=attributes))
    catalog = unearth(bury(replace(catalog, types=types), "type", old), "type", new)
    catalog = _retyped_routines(catalog, old, new)
    kinds = {ObjectKind.TYPE, ObjectKind.DOMAIN}
    return retarget(catalog, lambda t: replace(t, name=new) if t.kind in kinds and t.name == old else t)


def retyped(text: str, old: Name, new: Name) -> str:
    """Return a settled type text with a user-defined type exchanged."""
    set_of = "SETOF " if text.startswith("SETOF ") else ""
    rest = text.removeprefix("SETOF ")
    if rest == old.short or rest.removeprefix(old.short).startswith(("[", "(")):
        return set_of + new.short + rest.removeprefix(old.short)
    return text


def _retyped_routines(catalog: Catalog, old: Name, new: Name) -> Catalog:
    for key, routine in tuple(catalog.routines.items()):
        parameters = tuple(replace(p, type=retyped(p.type, old, new)) for p in routine.parameters)
        moved = replace(routine, parameters=parameters, returns=retyped(routine.returns, old, new))
        if moved != routine:
            catalog = move_routine(catalog, key, moved)
    return catalog


def move_routine(catalog: Catalog, key: RoutineKey, routine: Routine) -> Catalog:
    """Return the catalog with a routine exchanged for one of another name or signature, triggers following."""
    routines = catalog.routines.discard(key).insert(routine.key, routine)
    triggers = catalog.triggers
    if key.name != routine.name and not key.types:
        for place, trigger in catalog.triggers.items():
            if trigger.function == key.name:
                text = rename_identifiers(trigger.definition, {key.name.name: routine.name.name})
                triggers = triggers.insert(place, replace(trigger, function=routine.name, definition=text))
        catalog = bury(catalog, "routine", key.name)
    catalog = unearth(replace(catalog, routines=routines, triggers=triggers), "routine", routine.name)
    kinds = {ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE}
    types = routine.key.types
    return retarget(
        catalog,
        lambda t: (
            replace(t, name=routine.name, arguments=types)
            if t.kind in kinds and t.name == key.name and t.arguments == key.types
            else t
        ),
    )


def move_schema(catalog: Catalog, old: str, new: str) -> Catalog:
    """Return the catalog with a schema under another name and everything in it following."""
    owner = catalog.schemas.get(old) or ""
    catalog = replace(catalog, schemas=catalog.schemas.discard(old).insert(new, owner))
    for name in [n for n in catalog.relations if n.schema == old]:
        if name in catalog.relations:  # an owned sequence has moved with its table
            catalog = move_relation(catalog, name, Name(name.name, new))
    for name in [n for n in catalog.types if n.schema == old]:
        catalog = move_type(catalog, name, Name(name.name, new))
    for key, routine in [(k, r) for k, r in catalog.routines.items() if k.name.schema == old]:
        moved = replace(routine, name=Name(key.name.name, new), definition=renamed_head(routine, quote(new)))
        catalog = move_routine(catalog, key, moved)
    target = Target(ObjectKind.SCHEMA, Name(old))
    return retarget(catalog, lambda t: replace(t, name=Name(new)) if t == target else t)


def renamed_head(routine: Routine, schema: str, name: str = "") -> str:
    """Return a routine's definition with its own name exchanged, which stands before the first parenthesis."""
    head, parenthesis, rest = routine.definition.partition("(")
    words = head.rstrip().rsplit(None, 1)[0] if head.strip() else "CREATE OR REPLACE FUNCTION"
    place = f"{schema}." if schema else ""
    return f"{words} {place}{name or quote(routine.name.name)}{parenthesis}{rest}"
