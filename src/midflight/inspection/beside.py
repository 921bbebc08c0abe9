"""What is deployed beside the database and is named by code: edge functions, storage buckets, generated types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from midflight.changes.entries import holding
from midflight.changes.holding import BEGIN
from midflight.changes.model import Tree
from midflight.migrations.model import DatabaseChange
from midflight.operations import model as op
from midflight.references.model import ServiceKind, ServiceUse

_INSIDE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/")
_ENTRY = re.compile(r"\A[^/]+/index\.(?:ts|tsx|js|mjs)\Z")
_LITERAL = r"'(?:[^']|'')*'(?:::text)?"
_BY_NAME = re.compile(rf"(?:id|name) (?:= {_LITERAL}|IN \({_LITERAL}(?:, {_LITERAL}){{0,200}}\))\Z")
_QUOTED = re.compile(r"'((?:[^']|'')*)'")


class Fate(StrEnum):
    """What a change set does to an edge function."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FunctionChange:
    """An edge function that differs between base and head; `path` is its entry file."""

    name: str
    fate: Fate
    path: str


def function_changes(database: DatabaseChange, base: Tree, head: Tree) -> tuple[FunctionChange, ...]:
    """Return the edge functions that differ, which Supabase keeps beside the migrations as `functions/<name>/index.ts`.

    Source: the Supabase documentation, "Edge Functions: Development tips". A folder whose name begins with `_` is
    shared code.
    """
    if "supabase" not in {database.base.format, database.head.format}:
        return ()
    migrations = PurePosixPath(database.head.folder or database.base.folder)
    folder = f"{migrations.parent / 'functions'}/".removeprefix("./")
    return tuple(_changes(_functions(base, folder), _functions(head, folder)))


@dataclass(slots=True)
class _Function:
    entry: str = ""
    files: set[tuple[str, str]] = field(default_factory=set)  # path and blob


def _functions(tree: Tree, folder: str) -> dict[str, _Function]:
    """The functions of a folder, each with all of its files."""
    found: dict[str, _Function] = {}
    for path in sorted(holding(tree.entries, (f"{BEGIN}{folder}",))):
        inner = path[len(folder) :]
        if _INSIDE.match(inner):
            one = found.setdefault(inner.split("/", 1)[0], _Function())
            one.files.add((path, tree.entries[path].blob))
            one.entry = path if _ENTRY.search(inner) else one.entry
    return {name: one for name, one in found.items() if one.entry}


def _changes(old: dict[str, _Function], new: dict[str, _Function]) -> Iterator[FunctionChange]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            yield FunctionChange(name, Fate.ADDED, after.entry)
        elif before is not None and after is None:
            yield FunctionChange(name, Fate.REMOVED, before.entry)
        elif before is not None and after is not None and before.files != after.files:
            yield FunctionChange(name, Fate.CHANGED, after.entry)


def buckets_of(operation: op.Operation) -> frozenset[str]:
    """Return the storage buckets whose rows a statement makes or deletes by name."""
    match operation:
        case op.Insert(buckets=buckets):
            return frozenset(buckets)
        case op.Delete(table=table, where=where) if table.schema == "storage" and table.name == "buckets":
            named = _QUOTED.findall(where) if _BY_NAME.match(where) else []
            return frozenset(name.replace("''", "'") for name in named)
        case _:
            return frozenset()


def buckets_after(known: frozenset[str], operations: Iterable[op.Operation]) -> frozenset[str]:
    """Return the buckets that there are after some more statements; one made by hand is not among them."""
    for operation in operations:
        if isinstance(operation, op.Delete):
            known -= buckets_of(operation)
        else:
            known |= buckets_of(operation)
    return known


def uses_of(uses: Iterable[ServiceUse], kind: ServiceKind, name: str) -> tuple[ServiceUse, ...]:
    """Return the uses of one function or bucket that no feature flag or fallback covers."""
    return tuple(use for use in uses if use.kind is kind and use.name == name and use.guard is None)


def callers(uses: Iterable[ServiceUse], change: FunctionChange) -> tuple[ServiceUse, ...]:
    """Return who invokes an edge function from outside the functions: those go out together with it."""
    folder = str(PurePosixPath(change.path).parent.parent) + "/"
    found = uses_of(uses, ServiceKind.FUNCTION, change.name)
    return tuple(use for use in found if not use.place.path.startswith(folder))
