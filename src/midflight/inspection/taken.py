"""What one DROP takes along besides the object that it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from midflight.catalog.compare import Difference, compare_catalogs
from midflight.catalog.model import Catalog, Step
from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.operations.shapes import Constraint, Index, Name, quote


@dataclass(frozen=True, slots=True)
class Taken:
    """One object that goes along: `kind` and `name` for people, the table it hangs on, and how to drop it by name."""

    kind: str
    name: str
    table: str
    sql: str

    def __str__(self) -> str:
        on = f" on `{self.table}`" if self.table else ""
        return f"{self.kind} `{self.name}`{on}"


def taken_along(step: Step, context: Context) -> tuple[Taken, ...]:
    """Return what a step removes besides what it names: objects from before the change set that do not come back.

    What hangs on a removed table (its columns, indexes, triggers, policies) is the table itself; what another
    statement of the change set drops by name is no surprise.
    """
    gone = compare_catalogs(step.before, step.after)
    named = _named_in_drops(context)
    found = (*_relations(gone, named, context), *_parts(gone, named, step, context), *_objects(gone, context))
    return tuple(dict.fromkeys(found))


def joined(taken: tuple[Taken, ...], limit: int = 4) -> str:
    """Return the objects as a part of a sentence, the first few and how many more."""
    words = [str(one) for one in taken]
    if len(words) > limit:
        return f"{', '.join(words[:limit])} and {len(words) - limit} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _named_in_drops(context: Context) -> frozenset[Name]:
    drops = (s for s in context.steps if isinstance(s.operation, op.DropTable | op.DropView))
    return frozenset(
        s.before.resolve(s.operation.name) for s in drops if isinstance(s.operation, op.DropTable | op.DropView)
    )


def _relations(gone: Difference, named: frozenset[Name], context: Context) -> Iterator[Taken]:
    for relation in gone.relations_removed:
        name = relation.name
        if name in context.before.relations and name not in context.after.relations and name not in named:
            yield Taken(relation.kind.value, name.short, "", f"DROP {relation.kind.value.upper()} {name.short};")


def _parts(gone: Difference, named: frozenset[Name], step: Step, context: Context) -> Iterator[Taken]:
    """What hangs on tables that stay."""
    before, after = context.before.relations, context.after.relations
    own = _column_named(step)
    for table, column in gone.columns_removed:
        there = table in before and before[table].column(column.name) is not None
        back = table in after and after[table].column(column.name) is not None
        if there and not back and (table, column.name) != own and before[table].is_table:
            alter = f"ALTER TABLE {table.short} DROP COLUMN {quote(column.name)};"
            yield Taken("column", f"{table.short}.{quote(column.name)}", "", alter)
    for table, constraint in gone.constraints_removed:
        if table not in named and _surprises(constraint, table, own, step) and _lost(table, constraint, context):
            alter = f"ALTER TABLE {table.short} DROP CONSTRAINT {quote(constraint.name)};"
            yield Taken(_constraint_kind(constraint), constraint.name, table.short, alter)
    for index in gone.indexes_removed:
        there = index.name in context.before.indexes and index.name not in context.after.indexes
        if there and not index.constraint and _more_than(index, own) and not isinstance(step.operation, op.DropIndex):
            yield Taken("index", index.name.name, index.table.short, f"DROP INDEX {index.name.short};")


def _objects(gone: Difference, context: Context) -> Iterator[Taken]:
    for trigger in gone.triggers_removed:
        key = (trigger.table, trigger.name)
        if key in context.before.triggers and key not in context.after.triggers:
            sql = f"DROP TRIGGER {quote(trigger.name)} ON {trigger.table.short};"
            yield Taken("trigger", trigger.name, trigger.table.short, sql)
    for policy in gone.policies_removed:
        key = (policy.table, policy.name)
        if key in context.before.policies and key not in context.after.policies:
            sql = f"DROP POLICY {quote(policy.name)} ON {policy.table.short};"
            yield Taken("policy", policy.name, policy.table.short, sql)
    for routine in gone.routines_removed:
        if routine.key in context.before.routines and routine.key not in context.after.routines:
            yield Taken("function", routine.name.short, "", f"DROP ROUTINE {routine.signature};")
    for user_type in gone.types_removed:
        if user_type.name in context.before.types and user_type.name not in context.after.types:
            yield Taken("type", user_type.name.short, "", f"DROP TYPE {user_type.name.short};")


def _column_named(step: Step) -> tuple[Name, str] | None:
    operation = step.operation
    return (step.before.resolve(operation.table), operation.column) if isinstance(operation, op.DropColumn) else None


def _surprises(constraint: Constraint, table: Name, own: tuple[Name, str] | None, step: Step) -> bool:
    """Whether a constraint is more than a property of the column, or than the constraint, that the statement names."""
    operation = step.operation
    if isinstance(operation, op.DropConstraint):
        return (table, constraint.name) != (step.before.resolve(operation.table), operation.constraint)
    return own is None or table != own[0] or len(constraint.columns) != 1


def _lost(table: Name, constraint: Constraint, context: Context) -> bool:
    return _has(context.before, table, constraint) and not _has(context.after, table, constraint)


def _has(catalog: Catalog, table: Name, constraint: Constraint) -> bool:
    relation = catalog.relations.get(table)
    return relation is not None and relation.constraint(constraint.name) is not None


def _more_than(index: Index, own: tuple[Name, str] | None) -> bool:
    if own is None or index.table != own[0]:
        return True
    return (*index.keys, *index.include) != (own[1],) or bool(index.predicate)


def _constraint_kind(constraint: Constraint) -> str:
    kind = constraint.kind.value
    return kind.lower() if kind in {"FOREIGN KEY", "PRIMARY KEY"} else f"{kind} constraint"
