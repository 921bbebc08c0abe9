"""What a change set does, in the words of the strategy's change types."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from midflight.catalog.compare import Difference, compare_catalogs
from midflight.catalog.model import Step
from midflight.catalog.types import widens
from midflight.inspection.finding import Phase
from midflight.inspection.model import Context
from midflight.inspection.phases import phase_of
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.operations.shapes import Column, Name, Routine, quote
from midflight.plan.flags import old_path
from midflight.references.model import Guard


@dataclass(frozen=True, slots=True)
class FormatChange:
    """Data that gets another form: from column `old` to `new`, in place where they are the same."""

    table: Name
    old: str
    new: str
    removed: bool  # the old column goes in the same change set
    statement: Statement

    @property
    def in_place(self) -> bool:
        """Whether old code finds the new form where it expects the old one."""
        return self.old == self.new


@dataclass(frozen=True, slots=True)
class Traits:
    """`contracting` are the statements that are not additive, `opaque` those that could not be read.

    `unread` are the files of migrations of which not one statement is known.
    """

    functions_added: tuple[Routine, ...] = ()
    functions_replaced: tuple[Routine, ...] = ()
    functions_removed: tuple[Routine, ...] = ()
    columns_added: tuple[tuple[Name, Column], ...] = ()
    formats: tuple[FormatChange, ...] = ()
    contracting: tuple[Statement, ...] = ()
    opaque: tuple[Statement, ...] = ()
    unread: tuple[str, ...] = ()
    backfilled: frozenset[tuple[Name, str]] = frozenset()

    @property
    def additive(self) -> bool:
        """Whether nothing is removed or tightened, as far as could be read."""
        return not self.contracting and not self.opaque and not self.unread


def traits_of(contexts: Sequence[Context], flags: Sequence[Guard]) -> Traits:
    """Return what the change set does, all databases together."""
    differences = [compare_catalogs(c.before, c.after) for c in contexts]
    added = tuple(r for d in differences for r in d.routines_added if not _runs_by_itself(r))
    signed = tuple(new for d in differences for _, new in d.signatures_changed)
    changed = (new for d in differences for _, new in d.routines_changed if not _runs_by_itself(new))
    replaced = (*changed, *signed)
    behind_flags = tuple(r for r in added if r not in signed and _has_old_path(contexts, flags))
    return Traits(
        functions_added=tuple(r for r in added if r not in signed),
        functions_replaced=(*replaced, *behind_flags),
        functions_removed=tuple(r for d in differences for r in d.routines_removed),
        columns_added=tuple(_columns_added(contexts, differences)),
        formats=tuple(f for c, d in zip(contexts, differences, strict=True) for f in _formats(c, d)),
        contracting=_statements(contexts, Phase.CONTRACT),
        opaque=tuple(s.operation.statement for c in contexts for s in c.steps if isinstance(s.operation, op.Opaque)),
        backfilled=frozenset(_backfilled(contexts)),
    )


def _columns_added(contexts: Sequence[Context], differences: Sequence[Difference]) -> Iterator[tuple[Name, Column]]:
    """The columns that are really new: to the catalogs a renamed one is a removed and an added one."""
    for context, difference in zip(contexts, differences, strict=True):
        renames = ((s, s.operation) for s in context.steps if isinstance(s.operation, op.RenameColumn))
        renamed = {(step.before.resolve(rename.table), rename.to) for step, rename in renames}
        yield from ((t, c) for t, c in difference.columns_added if (t, c.name) not in renamed)


def _runs_by_itself(routine: Routine) -> bool:
    """A trigger function: no code calls it."""
    return routine.returns in {"trigger", "event_trigger"}


def _has_old_path(contexts: Sequence[Context], flags: Sequence[Guard]) -> bool:
    return any(old_path(flag, c.before, c.new_code.references) for c in contexts for flag in flags)


def _statements(contexts: Sequence[Context], phase: Phase) -> tuple[Statement, ...]:
    found = (s.operation.statement for c in contexts for s in c.steps if phase_of(s, c) is phase)
    return tuple(dict.fromkeys(found))


def _formats(context: Context, difference: Difference) -> Iterator[FormatChange]:
    for step in context.steps:
        operation, statement = step.operation, step.operation.statement
        match operation:
            case op.AlterColumnType(table=table, column=column, type=new_type):
                known = step.before.relation(table)
                was = known.column(column) if known else None
                if phase_of(step, context) is Phase.CONTRACT and not (was and widens(was.type, new_type)):
                    yield FormatChange(step.before.resolve(table), column, column, removed=False, statement=statement)
            case op.RenameColumn(table=table, column=column, to=to):
                renamed = step.before.resolve(table)
                if renamed in context.before.relations and (renamed, column) not in _added(context):
                    yield FormatChange(renamed, column, to, removed=True, statement=statement)
            case op.Update():
                yield from _copied(operation, step, difference)
            case _:
                continue


def _added(context: Context) -> frozenset[tuple[Name, str]]:
    """The columns that the change set adds itself: no code from before reads them by that name."""
    adds = ((s, s.operation) for s in context.steps if isinstance(s.operation, op.AddColumn))
    return frozenset((step.before.resolve(add.table), add.column.name) for step, add in adds)


def _copied(operation: op.Update, step: Step, difference: Difference) -> Iterator[FormatChange]:
    """A new column filled from an old one of its table."""
    table = step.before.resolve(operation.table)
    relation = step.before.relations.get(table)
    new = {c.name for t, c in difference.columns_added if t == table}
    targets = [c for c in operation.columns if c in new]
    if relation is None or not targets or len(targets) != len(operation.columns):
        return
    removed = {c.name for t, c in difference.columns_removed if t == table}
    for source in relation.columns:
        gone = source.name in removed
        akin = source.name in targets[0] or targets[0] in source.name
        known = source.name not in new | set(relation.primary_key)
        if known and (gone or akin) and _names(operation.statement.text, source.name):
            yield FormatChange(table, source.name, targets[0], removed=gone, statement=operation.statement)
            return


def _names(text: str, column: str) -> bool:
    words = text.replace(quote(column), f" {column} ").replace("(", " ").replace(")", " ").replace(",", " ")
    return column in words.replace(".", " ").replace(";", " ").replace(":", " ").split()


def _backfilled(contexts: Sequence[Context]) -> Iterator[tuple[Name, str]]:
    for context in contexts:
        for step in context.steps:
            if isinstance(step.operation, op.Update):
                table = step.before.resolve(step.operation.table)
                yield from ((table, column) for column in step.operation.columns)
