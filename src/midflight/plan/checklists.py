"""The checklists: the approval list and one for each type of change that the change set makes."""

from collections.abc import Iterator, Sequence

from midflight.compatibility.model import State
from midflight.inspection.model import Context
from midflight.operations.shapes import Column, Name
from midflight.plan.approval import Facts, approval, failed, open_item, verified
from midflight.plan.builds import build_items
from midflight.plan.model import Checklist, ChecklistItem
from midflight.plan.traits import FormatChange
from midflight.plan.words import code, listed, places
from midflight.references.model import Access, TableReference


def build_checklists(facts: Facts, contexts: Sequence[Context]) -> tuple[Checklist, ...]:
    """Return the approval list, then the lists of the strategy's change types that apply."""
    traits = facts.traits
    builds = tuple(build_items(facts.matrix, contexts))
    return (
        approval(facts),
        *((Checklist("Removing what old builds use", builds),) if builds else ()),
        *((Checklist("Adding a function", tuple(_function(facts))),) if traits.functions_added else ()),
        *((Checklist("Adding a column", tuple(_column(facts))),) if traits.columns_added else ()),
        *((Checklist("Changing data format", tuple(_format(facts, contexts))),) if traits.formats else ()),
        *((Checklist("Replacing a function", tuple(_replacing(facts))),) if traits.functions_replaced else ()),
    )


def _watch(identity: str, text: str, facts: Facts) -> ChecklistItem:
    return open_item(identity, text, f"for {facts.options.monitoring.hours} hours, with the queries of the plan")


def _function(facts: Facts) -> Iterator[ChecklistItem]:
    names = listed(code(r.name.short) for r in facts.traits.functions_added)
    yield verified("function.written", "Write function in migration file", names)
    yield open_item("function.tested", "Test function in development")
    yield open_item("function.applied", "Apply migration to production database")
    yield open_item("function.exists", "Verify function exists", "the query is in the plan")
    yield open_item("function.code", "Deploy code that uses function")
    yield open_item("function.end-to-end", "Test end-to-end")
    yield _watch("function.monitored", "Monitor logs for errors", facts)


def _column(facts: Facts) -> Iterator[ChecklistItem]:
    columns = facts.traits.columns_added
    yield _default(columns)
    text = "Verify old code doesn't break"
    match facts.matrix.old_new.state:
        case State.HOLDS | State.DEGRADES:
            yield verified("column.old-code", text, "old code holds on the new schema")
        case State.BREAKS:
            yield failed("column.old-code", text, "old code breaks on the new schema")
        case _:
            yield open_item("column.old-code", text, "it could not be told")
    yield open_item("column.code", "Deploy new code that uses column")
    yield _backfill(columns, facts)
    yield _watch("column.monitored", "Monitor for issues", facts)
    yield _old_column(facts)


def _default(columns: Sequence[tuple[Name, Column]]) -> ChecklistItem:
    identity, text = "column.default", "Add column with DEFAULT value"
    required = [code(f"{table.short}.{column.name}") for table, column in columns if column.required]
    if required:
        return failed(identity, text, f"{listed(required)}: NOT NULL without a default")
    return verified(identity, text, "every new column has a default or may be NULL")


def _backfill(columns: Sequence[tuple[Name, Column]], facts: Facts) -> ChecklistItem:
    identity, text = "column.backfill", "Backfill existing rows (if needed)"
    empty = [(t, c) for t, c in columns if c.default is None and not c.identity and not c.generated and not c.serial]
    missing = [code(f"{t.short}.{c.name}") for t, c in empty if (t, c.name) not in facts.traits.backfilled]
    if not empty:
        return verified(identity, text, "not needed: defaults fill existing rows")
    if not missing:
        return verified(identity, text, "the migration does it")
    return open_item(identity, text, f"{listed(missing)} stays NULL in existing rows")


def _old_column(facts: Facts) -> ChecklistItem:
    identity, text = "column.clean-up", "(Optional) Remove old column after monitoring period"
    replaced = [f for f in facts.traits.formats if not f.in_place]
    removed = [f.statement for f in replaced if f.removed]
    if removed:
        return failed(identity, text, f"it goes in the same change: {places(removed)}")
    if replaced:
        return open_item(identity, text, listed(code(f"{f.table.short}.{f.old}") for f in replaced))
    return verified(identity, text, "no column is replaced")


def _format(facts: Facts, contexts: Sequence[Context]) -> Iterator[ChecklistItem]:
    formats = facts.traits.formats
    in_place = [f for f in formats if f.in_place or f.removed]
    text = "Add new column (don't modify existing)"
    if in_place:
        yield failed("format.new-column", text, f"changed in place: {places([f.statement for f in in_place])}")
    else:
        yield verified("format.new-column", text, listed(code(f"{f.table.short}.{f.new}") for f in formats))
    yield _both("format.dual-write", "Dual-write to both old and new columns", Access.WRITE, formats, contexts)
    yield _both("format.dual-read", "Read from new column, fallback to old", Access.READ, formats, contexts)
    yield open_item("format.monitored", "Monitor for 1-2 weeks")
    text = "Remove old column only after success"
    removed = [f.statement for f in formats if f.removed]
    if removed:
        yield failed("format.clean-up", text, f"it goes in the same change: {places(removed)}")
    else:
        yield open_item("format.clean-up", text)


def _both(
    identity: str, text: str, access: Access, formats: Sequence[FormatChange], contexts: Sequence[Context]
) -> ChecklistItem:
    apart = [f for f in formats if not f.in_place]
    found = [_place(f, access, contexts) for f in apart]
    if apart and all(found):
        return verified(identity, text, listed(found))
    return open_item(identity, text)


def _place(change: FormatChange, access: Access, contexts: Sequence[Context]) -> str:
    """Where new code uses both columns at once, empty when nowhere."""
    for context in contexts:
        for reference in context.new_code.references:
            if isinstance(reference, TableReference) and not reference.mapped and reference.table == change.table.name:
                used = {c.name for c in reference.columns if c.access is access}
                if {change.old, change.new} <= used:
                    return f"{reference.place.path}:{reference.place.line}"
    return ""


def _replacing(facts: Facts) -> Iterator[ChecklistItem]:
    traits = facts.traits
    text = "Add new function (keep old working)"
    gone = [code(r.name.short) for r in traits.functions_removed]
    if gone:
        yield failed("replacement.added", text, f"the old one goes in the same change: {listed(gone)}")
    else:
        names = listed(code(r.name.short) for r in traits.functions_replaced)
        yield verified("replacement.added", text, names)
    text = "Deploy code with feature flag"
    if facts.flags:
        yield verified("replacement.flag", text, listed(code(g.flag) for g in facts.flags))
    else:
        yield open_item("replacement.flag", text, "no flag was found")
    yield open_item("replacement.rollout", "Enable feature flag gradually: 10%, then 50%, then 100%")
    yield _watch("replacement.monitored", "Monitor for errors at each stage", facts)
    yield open_item("replacement.clean-up", "Remove old code (after success)")
