"""Joins to each context what is deployed beside its database, and the code that names it."""

from collections.abc import Sequence
from dataclasses import replace

from midflight.changes.model import Blobs, Tree
from midflight.inspection.beside import Fate, buckets_of, function_changes
from midflight.inspection.model import Context
from midflight.references.beside import find_services, find_types
from midflight.references.paths import SearchOptions


def with_services(
    contexts: Sequence[Context], base: Tree, head: Tree, blobs: Blobs, options: SearchOptions
) -> tuple[Context, ...]:
    """Return the contexts with what differs beside their database, and the code at base and head that names it."""
    found = [replace(c, functions=function_changes(c.database, base, head)) for c in contexts]
    names = frozenset().union(*(_names(context) for context in found))
    old, new = find_services(base, head, blobs, names=names, options=options)
    types = find_types(head, blobs) if any(context.steps for context in found) else ()
    return tuple(
        replace(
            context,
            old_code=replace(context.old_code, services=old),
            new_code=replace(context.new_code, services=new, types=types),
        )
        for context in found
    )


def _names(context: Context) -> frozenset[str]:
    functions = (change.name for change in context.functions if change.fate is not Fate.CHANGED)
    operations = (step.operation for step in context.steps)
    return frozenset(functions).union(*(buckets_of(operation) for operation in operations))
