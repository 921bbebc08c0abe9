"""Types, routines and schemas under another name, with everything that points at them following."""

from __future__ import annotations

from dataclasses import replace

from midflight.catalog.dependents import columns_of_type
from midflight.catalog.lookup import bury, unearth
from midflight.catalog.model import Catalog
from midflight.catalog.moves import move_relation, retarget, with_column
from midflight.catalog.rewrite import rename_cast, rename_identifiers
from midflight.operations.shapes import Name, ObjectKind, Routine, RoutineKey, Target, TypeKind, quote


def move_type(catalog: Catalog, old: Name, new: Name) -> Catalog:
    """Return the catalog with a type under another full name, in columns and routines, too."""
    user_type = catalog.types[old]
    definition = rename_identifiers(user_type.definition, {old.name: new.name})
    moved = replace(user_type, name=new, definition=definition)
    for relation, column in tuple(columns_of_type(catalog, old)):
        default, expression = (text and rename_cast(text, old, new) for text in (column.default, column.expression))
        typed = replace(column, type=retyped(column.type, old, new), default=default, expression=expression)
        catalog = catalog.with_relation(with_column(catalog.relations[relation.name], column.name, typed))
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
