"""Why a cell cannot be said to hold although no reference was seen to break in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from midflight.catalog.compare import Difference
from midflight.catalog.model import Catalog, Step
from midflight.compatibility.model import Doubt
from midflight.compatibility.reach import lost_columns
from midflight.compatibility.resolve import may_write, names, resolve
from midflight.migrations.model import DatabaseChange
from midflight.operations.model import Opaque
from midflight.operations.shapes import ConstraintKind, Name
from midflight.references.model import WRITES, CodeReferences, Mention, Place, Reference, TableReference
from midflight.references.services import is_elsewhere

_WRITTEN = re.compile(r"written to `([^`]+)`")


def old_code_doubts(
    old: CodeReferences, steps: Sequence[Step], difference: Difference, after: Catalog, before: Catalog
) -> tuple[Doubt, ...]:
    """Return why old code may fail on the new schema.

    Only what this change could make fail counts: a dynamic table name is no doubt where nothing is removed.
    """
    doubts = [*_opaque(steps), *_newly_unknown(old.references, after, before), *_tightened(old, difference)]
    doubts += _required(difference)
    lost = frozenset(column for _, column, _ in lost_columns(steps))
    if removed_words(difference) or difference.columns_changed or lost:
        doubts += unread_code(old)
        doubts += _unresolved(old, difference)
        doubts += _mentions(old.mentions, removed_words(difference) | lost)
    return _unique(doubts)


def new_code_doubts(
    new: CodeReferences, fresh: Sequence[Reference], difference: Difference, before: Catalog, after: Catalog
) -> tuple[Doubt, ...]:
    """Return why new code may fail on the old schema; `fresh` are the references that old code does not have.

    A table name or payload in a variable is no doubt here: the added name itself would have to stand in some line,
    and that line is a mention.
    """
    doubts = list(_newly_unknown(fresh, before, after, both=True))
    added = added_words(difference)
    if added:
        doubts += unread_code(new)
        doubts += _mentions((m for m in new.mentions if not _tolerates(m)), added)
    return _unique(doubts)


def unread_migrations(database: DatabaseChange) -> tuple[Doubt, ...]:
    """Return a doubt for each new migration that could not be read: what it does to either code is not known."""
    known = {item.path for item in database.base.not_analysed}
    new = (item for item in database.head.not_analysed if item.path not in known)
    return tuple(Doubt(f"a migration could not be read: {i.reason}", Place(i.path, i.line)) for i in new)


def unread_code(code: CodeReferences) -> tuple[Doubt, ...]:
    """Return a doubt for each file of code that should have been looked into and could not be read."""
    unread = (item for item in code.not_analysed if item.path)
    return tuple(Doubt(f"a file could not be read: {item.reason}", Place(item.path, item.line)) for item in unread)


def _unique(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    return tuple(dict.fromkeys(doubts))


def _opaque(steps: Sequence[Step]) -> Iterator[Doubt]:
    for step in steps:
        if isinstance(step.operation, Opaque):
            statement = step.operation.statement
            reason = f"a statement could not be read: {step.operation.reason}"
            yield Doubt(reason, Place(statement.path, statement.line))


def _newly_unknown(
    references: Iterable[Reference], catalog: Catalog, other: Catalog, *, both: bool = False
) -> Iterator[Doubt]:
    for reference in references:
        unknown = resolve(reference, catalog, other).unknown
        if unknown and (both or not resolve(reference, other, catalog).unknown):
            yield Doubt(unknown, reference.place)


def _unresolved(code: CodeReferences, difference: Difference) -> Iterator[Doubt]:
    """Places that may reach what changed: a payload in a variable reaches only the table that it is written to."""
    tables = {name.name for name in difference.tables_removed}
    tables |= {table.name for table, _ in difference.columns_removed}
    tables |= {table.name for table, _, _ in difference.columns_changed}
    for place in (problem for problem in code.unresolved if not is_elsewhere(problem)):
        written = _WRITTEN.search(place.reason)
        if written is None or written[1] in tables:
            yield Doubt(place.reason, Place(place.path, place.line))


def _mentions(mentions: Iterable[Mention], words: frozenset[str]) -> Iterator[Doubt]:
    """One doubt for each word: how many lines hold it, and the first of them."""
    lines: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.word in words:
            lines.setdefault(mention.word, []).append(mention)
    for word, found in lines.items():
        first = min(found, key=lambda m: (not _maps(m.place.path), m.place.path, m.place.line))
        count = "1 line names" if len(found) == 1 else f"{len(found)} lines name"
        yield Doubt(f"{count} `{word}` in a way that is not resolved", first.place)


def _maps(path: str) -> bool:
    """Whether a file looks like a mapping of the schema: that is the line to look at first."""
    return path.endswith(".prisma") or re.search(r"(schema|model|entit|table)", path, re.IGNORECASE) is not None


def _tolerates(mention: Mention) -> bool:
    """Whether the line reads the name from a row and goes on without it: `row.name?.x`, `row.name ?? other`."""
    name = re.escape(mention.word)
    return re.search(rf"\.\s*{name}\s*(\?\.|\?\?|\|\|)|\.get\([\"']{name}[\"']", mention.text) is not None


def _tightened(old: CodeReferences, difference: Difference) -> Iterator[Doubt]:
    """Writes that may be refused although the columns are there: the values decide."""
    limits = dict(_limits(difference))
    for reference in old.references:
        if not isinstance(reference, TableReference) or reference.verb not in WRITES:
            continue
        for table, limit in limits.items():
            if names(reference, table[0]) and (not table[1] or may_write(reference, table[1])):
                yield Doubt(f"{table[0].short}: {limit}, and the values written here decide", reference.place)


def _required(difference: Difference) -> Iterator[Doubt]:
    """Inserts that were not seen leave out a column that did not exist when they were written."""
    for table, column in difference.columns_added:
        if column.required:
            name = f"{table.short}.{column.name}"
            yield Doubt(f"inserts that could not be seen leave out {name}, which is required from then on")


def _limits(difference: Difference) -> Iterator[tuple[tuple[Name, tuple[str, ...]], str]]:
    new = {(table, column.name) for table, column in difference.columns_added}
    for table, constraint in difference.constraints_added:
        if constraint.kind is ConstraintKind.NOT_NULL or constraint.not_enforced:
            continue
        if constraint.columns and all((table, name) in new for name in constraint.columns):
            continue  # old code writes nothing into columns it does not know
        yield (table, constraint.columns), f"a new {constraint.kind} constraint"
    for table, before, after in difference.columns_changed:
        if after.not_null and not before.not_null:
            yield (table, (after.name,)), f"{after.name} no longer takes NULL"
    for table in difference.row_security_enabled:
        yield (table, ()), "row level security is now on"


def removed_words(difference: Difference) -> frozenset[str]:
    """Return the identifiers that the new schema no longer has."""
    return frozenset(
        [name.name for name in difference.tables_removed]
        + [column.name for _, column in difference.columns_removed]
        + [routine.name.name for routine in difference.routines_removed]
        + [label for _, label in difference.labels_removed]
    )


def added_words(difference: Difference) -> frozenset[str]:
    """Return the identifiers that only the new schema has."""
    return frozenset(
        [name.name for name in difference.tables_added]
        + [column.name for _, column in difference.columns_added]
        + [routine.name.name for routine in difference.routines_added]
        + [label for _, label in difference.labels_added]
    )
