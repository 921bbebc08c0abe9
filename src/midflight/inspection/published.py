"""Which tables logical replication publishes, and whether their rows can be told apart there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.model import Catalog, Relation, Step
from midflight.inspection.earlier import of_kinds
from midflight.operations import model as op
from midflight.operations.shapes import Name

_PUBLISH = re.compile(r"\bpublish\s*=\s*'([^']*)'", re.IGNORECASE)
_OPTION = "REPLICA IDENTITY"
_KINDS = (op.CreatePublication, op.AlterPublication, op.DropPublication)


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication; a publication of inserts alone (`changes` False) needs no identity."""

    tables: frozenset[Name] = frozenset()
    all_tables: bool = False
    changes: bool = True


Publications = dict[str, Publication]


def after_all(operations: Sequence[op.Operation], catalog: Catalog) -> Publications:
    """Return the publications after a history; one that only ALTER names was made by the platform."""
    found: Publications = {}
    for operation in of_kinds(operations, *_KINDS):
        found = after_one(found, operation, catalog)
    return found


def after_one(found: Publications, operation: op.Operation, catalog: Catalog) -> Publications:
    """Return the publications after one more operation."""
    match operation:
        case op.CreatePublication(name=name, definition=definition, tables=tables, all_tables=every):
            options = _PUBLISH.search(definition)
            changes = options is None or bool(re.search(r"update|delete", options[1], re.IGNORECASE))
            return {**found, name: Publication(_resolved(tables, catalog), every, changes)}
        case op.AlterPublication(name=name, action=action, tables=tables):
            old = found.get(name, Publication())
            return {**found, name: _altered(old, action, _resolved(tables, catalog))}
        case op.DropPublication(name=name):
            return {each: publication for each, publication in found.items() if each != name}
        case _:
            return found


def _altered(old: Publication, action: str, tables: frozenset[Name]) -> Publication:
    match action:
        case "ADD":
            return replace(old, tables=old.tables | tables)
        case "DROP":
            return replace(old, tables=old.tables - tables)
        case "SET" if tables:
            return replace(old, tables=tables)
        case _:
            return old


def _resolved(tables: Iterable[Name], catalog: Catalog) -> frozenset[Name]:
    return frozenset(catalog.resolve(table) for table in tables)


def nameless(found: Publications, catalog: Catalog) -> frozenset[Name]:
    """Return the published tables whose updates and deletes the server refuses (55000; measured on 15)."""
    sending = [publication for publication in found.values() if publication.changes]
    every = any(publication.all_tables for publication in sending)
    named = frozenset().union(*(publication.tables for publication in sending))
    tables = (r for r in catalog.relations.values() if r.is_table and r.complete)
    return frozenset(r.name for r in tables if (every or r.name in named) and not _has_identity(r, catalog))


def _has_identity(relation: Relation, catalog: Catalog) -> bool:
    value = next((value for option, value in relation.options if option == _OPTION), "DEFAULT")
    if value.startswith("USING INDEX"):
        return any(index.name.name == value.split()[-1] for index in catalog.indexes_on(relation.name))
    return value == "FULL" or (value != "NOTHING" and bool(relation.primary_key))


def lost_identities(
    history: Sequence[op.Operation], before: Catalog, steps: Iterable[Step]
) -> Iterator[tuple[Name, Step]]:
    """Yield each table that a step makes published without an identity, with the step."""
    found = after_all(history, before)
    steps = tuple(steps)
    if not found and not any(isinstance(step.operation, _KINDS) for step in steps):
        return
    known = nameless(found, before)
    for step in steps:
        found = after_one(found, step.operation, step.after)
        now = nameless(found, step.after)
        yield from ((table, step) for table in sorted(now - known))
        known = now
