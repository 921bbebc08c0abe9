"""Which tables Supabase Realtime hears: those in the publication `supabase_realtime`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from midflight.catalog.model import Catalog, Step
from midflight.compatibility.resolve import name_of
from midflight.inspection.model import Context
from midflight.inspection.published import Publication, Publications, after_one
from midflight.operations import model as op
from midflight.operations.shapes import Name
from midflight.references.model import CodeReferences, TableReference, Verb

FEED = "supabase_realtime"


def fed_before(context: Context) -> Publication | None:
    """Return the publication as the history leaves it, None where no migration of the history names it."""
    found: Publications = {}
    for operation in context.history:
        found = _after(found, operation, context.before)
    return found.get(FEED)


def fed_steps(context: Context) -> Iterator[tuple[Step, Publication]]:
    """Yield each step with the publication after it."""
    known = fed_before(context)
    found: Publications = {FEED: known} if known is not None else {}
    for step in context.steps:
        found = _after(found, step.operation, step.after)
        yield step, found.get(FEED, Publication())


def _after(found: Publications, operation: op.Operation, catalog: Catalog) -> Publications:
    """The publications after one more operation; a dropped table leaves them, a renamed one stays in them."""
    match operation:
        case op.CreatePublication() | op.AlterPublication() | op.DropPublication():
            return after_one(found, operation, catalog)
        case op.DropTable(name=name):
            return _moved(found, catalog.resolve(name), ())
        case op.RenameTable(name=name, to=to):
            old = catalog.resolve(name)
            return _moved(found, old, (replace(old, name=to),))
        case _:
            return found


def _moved(found: Publications, old: Name, new: Iterable[Name]) -> Publications:
    return {
        name: replace(one, tables=(one.tables - {old}) | set(new)) if old in one.tables else one
        for name, one in found.items()
    }


def manages_feed(context: Context) -> bool:
    """Return whether migrations decide what the publication holds, rather than people in the dashboard."""
    named = (step.operation for step in context.steps)
    return fed_before(context) is not None or any(_names_feed(operation) for operation in named)


def _names_feed(operation: op.Operation) -> bool:
    return isinstance(operation, op.CreatePublication | op.AlterPublication) and operation.name == FEED


def watches(code: CodeReferences) -> bool:
    """Return whether the code subscribes to any table."""
    return any(isinstance(r, TableReference) and r.verb is Verb.WATCH for r in code.references)


def watchers(code: CodeReferences, table: Name) -> tuple[TableReference, ...]:
    """Return the subscriptions to a table that no feature flag covers."""
    found = (r for r in code.references if isinstance(r, TableReference) and r.verb is Verb.WATCH)
    return tuple(r for r in found if r.guard is None and name_of(r).may_mean(table))
