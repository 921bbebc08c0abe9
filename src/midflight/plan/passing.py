"""What a change set makes and takes away again: the net effect has nothing of it, whatever was merged between."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.inspection.model import Context
from midflight.inspection.phases import table_of
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.operations.shapes import Name
from midflight.plan.model import Passing

_Key = tuple[Name, str]  # a table has no column


@dataclass(frozen=True, slots=True)
class _Made:
    name: str
    statement: Statement


def passing_objects(contexts: Sequence[Context]) -> tuple[Passing, ...]:
    """Return the tables and columns that are made and dropped or renamed within the change set, in order."""
    return tuple(found for context in contexts for found in _of(context))


def cancelled(contexts: Sequence[Context]) -> frozenset[Statement]:
    """Return the statements that only drop what the change set made: nobody loses anything, whenever they run."""
    gone = Counter(found.gone for found in passing_objects(contexts) if not found.became)
    steps = Counter(step.operation.statement for context in contexts for step in context.steps)
    return frozenset(statement for statement, count in gone.items() if steps[statement] == count)


def _of(context: Context) -> Iterator[Passing]:
    made: dict[_Key, _Made] = {}
    for step in context.steps:
        operation, table = step.operation, table_of(step)
        match operation:
            case op.CreateTable():
                name = step.after.resolve(operation.name)
                if name not in step.before.relations:
                    made[name, ""] = _Made(name.short, operation.statement)
            case op.AddColumn() if table and not _has(context, table, operation.column.name):
                label = f"{table.short}.{operation.column.name}"
                made[table, operation.column.name] = _Made(label, operation.statement)
            case op.DropTable():
                yield from _gone(made, (step.before.resolve(operation.name), ""), operation.statement)
            case op.DropColumn() if table:
                yield from _gone(made, (table, operation.column), operation.statement)
            case op.RenameColumn() if table and (table, operation.column) in made:
                first = made.pop((table, operation.column))
                label = f"{table.short}.{operation.to}"
                made[table, operation.to] = replace(first, name=label)
                yield Passing(first.name, first.statement, operation.statement, became=label)


def _gone(made: dict[_Key, _Made], key: _Key, statement: Statement) -> Iterator[Passing]:
    if key in made:
        first = made.pop(key)
        yield Passing(first.name, first.statement, statement)


def _has(context: Context, table: Name, column: str) -> bool:
    relation = context.before.relations.get(table)
    return relation is not None and relation.column(column) is not None
