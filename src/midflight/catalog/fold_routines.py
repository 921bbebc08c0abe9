"""Functions, procedures and aggregates: made, replaced by signature, altered, dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.dependents import refusal, routine_blockers
from midflight.catalog.drops import remove_routine
from midflight.catalog.lookup import (
    Folds,
    Outcome,
    candidates,
    certain,
    creation_name,
    never_created,
    path,
    platform,
    settled_input,
    settled_type,
    surely_missing,
    unearth,
)
from midflight.catalog.model import Catalog, Problem
from midflight.catalog.moved_types import move_routine, renamed_head
from midflight.operations.model import AlterRoutine, CreateRoutine, DropRoutine, Operation, RenameRoutine
from midflight.operations.shapes import Mode, Name, Parameter, Routine, RoutineKey, quote

_SETTING = re.compile(r"SET\s+(?P<name>[\w.]+)\s*(?:TO|=)\s*(?P<value>.*)", re.IGNORECASE | re.DOTALL)
_RESET = re.compile(r"RESET\s+(?P<name>[\w.]+)", re.IGNORECASE)
_INPUTS = frozenset({Mode.IN, Mode.INOUT, Mode.VARIADIC})


def create_routine(catalog: Catalog, operation: CreateRoutine) -> Outcome:
    """CREATE [OR REPLACE] FUNCTION, PROCEDURE or AGGREGATE."""
    routine = settled_routine(catalog, operation.routine)
    existing = catalog.routines.get(routine.key)
    problems: tuple[Problem, ...] = ()
    if existing is not None and certain(catalog, routine.name):
        if operation.or_replace:
            problems = tuple(_replaced(existing, routine))
        else:
            text = f'function "{routine.name.name}" already exists with same argument types'
            problems = (Problem("42723", text),)
    catalog = unearth(catalog, "routine", routine.name)
    return Outcome(replace(catalog, routines=catalog.routines.insert(routine.key, routine)), problems)


def settled_routine(catalog: Catalog, routine: Routine) -> Routine:
    """Return the routine with its full name and its types as the catalog writes them."""
    parameters = tuple(
        replace(p, type=settled_input(catalog, p.type) if p.mode in _INPUTS else settled_type(catalog, p.type))
        for p in routine.parameters
    )
    name = creation_name(catalog, routine.name)
    moved = replace(routine, name=name, parameters=parameters, returns=settled_input(catalog, routine.returns))
    if routine.name.schema or name.schema == "public":
        return moved
    return replace(moved, definition=renamed_head(moved, quote(name.schema)))


def _replaced(before: Routine, after: Routine) -> Iterator[Problem]:
    """What OR REPLACE may not change (PostgreSQL source, ProcedureCreate)."""
    if before.kind is not after.kind:
        yield Problem("42809", "cannot change routine kind")
        return
    if before.returns and after.returns and _result(before) != _result(after):
        yield Problem("42P13", "cannot change return type of existing function")
        return
    for old, new in zip(_inputs(before), _inputs(after), strict=False):
        if old.name and old.name != new.name:
            yield Problem("42P13", f'cannot change name of input parameter "{old.name}"')
            return
    if sum(p.default is not None for p in _inputs(after)) < sum(p.default is not None for p in _inputs(before)):
        yield Problem("42P13", "cannot remove parameter defaults from existing function")


def _inputs(routine: Routine) -> tuple[Parameter, ...]:
    return routine.inputs


def _result(routine: Routine) -> tuple[object, ...]:
    out = tuple((p.name, p.type) for p in routine.parameters if p.mode in {Mode.OUT, Mode.INOUT, Mode.TABLE})
    # RETURNS TABLE and OUT parameters say the same thing twice; which text `returns` then has is not decided
    return out or (routine.returns.lower(),)


def routine_key(catalog: Catalog, name: Name, arguments: tuple[str, ...] | None) -> RoutineKey | None:
    """Return the key of the one routine that name and argument types mean, or None."""
    if arguments is None:
        found = catalog.routines_named(name) if name.schema else _named(catalog, name)
        return found[0].key if len(found) == 1 else None
    types = tuple(settled_input(catalog, a) for a in arguments)
    keys = (RoutineKey(candidate, types) for candidate in candidates(catalog, name))
    return next((key for key in keys if key in catalog.routines), None)


def _named(catalog: Catalog, name: Name) -> tuple[Routine, ...]:
    for schema in path(catalog):
        found = catalog.routines_named(Name(name.name, schema))
        if found:
            return found
    return ()


def drop_routine(catalog: Catalog, operation: DropRoutine) -> Outcome:
    """DROP FUNCTION, PROCEDURE, ROUTINE or AGGREGATE."""
    key = routine_key(catalog, operation.name, operation.arguments)
    if key is None:
        return Outcome(catalog) if operation.if_exists else _missing(catalog, operation.name, operation)
    problems: tuple[Problem, ...] = ()
    if not operation.cascade:
        what = f"function {key.name.short}({','.join(key.types)})"
        problems = refusal(catalog, what, routine_blockers(catalog, key))
    return Outcome(remove_routine(catalog, key), problems)


def _missing(catalog: Catalog, name: Name, operation: Operation) -> Outcome:
    overloads = catalog.routines_named(name)
    if getattr(operation, "arguments", None) is None and len(overloads) > 1:
        known = certain(catalog, overloads[0].name)
        return Outcome(catalog, (Problem("42725", f'function name "{name.name}" is not unique'),) if known else ())
    if surely_missing(catalog, "routine", name) or (overloads and certain(catalog, overloads[0].name)):
        return Outcome(catalog, (Problem("42883", f"function {name.name} does not exist"),))
    if platform(catalog, name):
        return Outcome(catalog)
    return Outcome(catalog.with_gap(never_created("function", creation_name(catalog, name), operation, "named")))


def rename_routine(catalog: Catalog, operation: RenameRoutine) -> Outcome:
    """ALTER FUNCTION RENAME TO."""
    key = routine_key(catalog, operation.name, operation.arguments)
    if key is None:
        return _missing(catalog, operation.name, operation)
    routine = catalog.routines[key]
    name = Name(operation.to, key.name.schema)
    schema = "" if name.schema == "public" else quote(name.schema)
    moved = replace(routine, name=name, definition=renamed_head(routine, schema, quote(operation.to)))
    problems: tuple[Problem, ...] = ()
    if moved.key in catalog.routines and certain(catalog, name):
        problems = (Problem("42723", f"function {operation.to} already exists in schema {name.schema}"),)
    return Outcome(move_routine(catalog, key, moved), problems)


def alter_routine(catalog: Catalog, operation: AlterRoutine) -> Outcome:
    """ALTER FUNCTION with options; its definition keeps the text it was made with, the fields follow."""
    key = routine_key(catalog, operation.name, operation.arguments)
    if key is None:
        return _missing(catalog, operation.name, operation)
    routine = catalog.routines[key]
    for option in operation.options:
        routine = _altered(routine, option.strip())
    return Outcome(replace(catalog, routines=catalog.routines.insert(key, routine)))


def _altered(routine: Routine, option: str) -> Routine:
    words = option.upper()
    if "SECURITY DEFINER" in words or "SECURITY INVOKER" in words:
        return replace(routine, security_definer="DEFINER" in words)
    if words in {"IMMUTABLE", "STABLE", "VOLATILE"}:
        return replace(routine, volatility=words)
    if words in {"STRICT", "RETURNS NULL ON NULL INPUT", "CALLED ON NULL INPUT"}:
        return replace(routine, strict=not words.startswith("CALLED"))
    setting = _SETTING.match(option) or _RESET.match(option)
    if setting is None:
        return routine
    others = tuple(s for s in routine.settings if s[0] != setting["name"].lower())
    if words.startswith("RESET"):
        return replace(routine, settings=() if words == "RESET ALL" else others)
    return replace(routine, settings=(*others, (setting["name"].lower(), setting["value"])))


FOLDS: Folds = {
    CreateRoutine: create_routine,
    DropRoutine: drop_routine,
    RenameRoutine: rename_routine,
    AlterRoutine: alter_routine,
}
