"""Renames and moves: the one kind of change that a comparison of catalogs cannot tell from a loss."""

from midflight.catalog.model import Catalog, Relation, RelationKind, Step
from midflight.operations import model as op
from midflight.operations.shapes import Name, ObjectKind, RoutineKey, RoutineKind, Target, TypeKind, quote

RENAMES = (
    op.RenameTable,
    op.RenameColumn,
    op.RenameConstraint,
    op.RenameIndex,
    op.RenameRoutine,
    op.RenameTrigger,
    op.RenameType,
    op.RenameEnumValue,
    op.RenameSchema,
    op.SetSchema,
)


def is_rename(operation: op.Operation) -> bool:
    """Return whether the operation gives an object another name or schema and nothing else."""
    return isinstance(operation, RENAMES) or (isinstance(operation, op.AlterPolicy) and bool(operation.to))


def rename_back(step: Step) -> str:
    """Return the statement that renames or moves back, empty where the operation changed nothing."""
    operation, before = step.operation, step.before
    if before == step.after and not _unsure(operation, before):
        return ""
    match operation:
        case op.RenameTable(name=name, to=to, kind=kind):
            was = before.resolve(name)
            return _renamed(_word(before.relations.get(was), kind), Name(to, was.schema), was.name)
        case op.RenameColumn():
            return _column(operation, before)
        case op.RenameIndex(name=name, to=to):
            was = before.resolve(name)
            return _renamed("INDEX", Name(to, was.schema), was.name)
        case op.RenameConstraint(table=table, constraint=constraint, to=to):
            return _part("RENAME CONSTRAINT", before.resolve(table), to, constraint)
        case op.RenameTrigger(name=name, table=table, to=to):
            return f"ALTER TRIGGER {quote(to)} ON {before.resolve(table).short} RENAME TO {quote(name)}"
        case op.AlterPolicy(name=name, table=table, to=to):
            return f"ALTER POLICY {quote(to)} ON {before.resolve(table).short} RENAME TO {quote(name)}"
        case _:
            return _of_other(operation, before)


def _unsure(operation: op.Operation, before: Catalog) -> bool:
    """Whether an operation without effect on the catalog may have one on the database."""
    name = getattr(operation, "name", None) or getattr(operation, "table", None)
    return isinstance(name, Name) and bool(before.why_unknown(name))


def _renamed(word: str, now: Name, then: str) -> str:
    return f"ALTER {word} {now.short} RENAME TO {quote(then)}"


def _part(action: str, table: Name, now: str, then: str) -> str:
    return f"ALTER TABLE {table.short} {action} {quote(now)} TO {quote(then)}"


def _word(relation: Relation | None, kind: ObjectKind) -> str:
    return relation.kind.value.upper() if relation else kind.value


def _column(operation: op.RenameColumn, before: Catalog) -> str:
    table = before.resolve(operation.table)
    relation = before.relations.get(table)
    if relation is None and table in before.types:
        return f"ALTER TYPE {table.short} RENAME ATTRIBUTE {quote(operation.to)} TO {quote(operation.column)}"
    if relation is not None and relation.kind in {RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW}:
        word = relation.kind.value.upper()
        return f"ALTER {word} {table.short} RENAME COLUMN {quote(operation.to)} TO {quote(operation.column)}"
    return _part("RENAME COLUMN", table, operation.to, operation.column)


def _of_other(operation: op.Operation, before: Catalog) -> str:
    match operation:
        case op.RenameRoutine(name=name, arguments=arguments, to=to):
            key, word = routine_of(name, arguments, before)
            return f"ALTER {word} {_signature(Name(to, key.name.schema), key)} RENAME TO {quote(key.name.name)}"
        case op.RenameType(name=name, to=to):
            was = before.resolve(name)
            known = before.types.get(was)
            return _renamed(
                "DOMAIN" if known and known.kind is TypeKind.DOMAIN else "TYPE", Name(to, was.schema), was.name
            )
        case op.RenameEnumValue(type=name, value=value, to=to):
            now, then = (text.replace("'", "''") for text in (to, value))
            return f"ALTER TYPE {before.resolve(name).short} RENAME VALUE '{now}' TO '{then}'"
        case op.RenameSchema(name=schema, to=to):
            return f"ALTER SCHEMA {quote(to)} RENAME TO {quote(schema)}"
        case op.SetSchema(target=target, schema=schema):
            return _moved_back(target, schema, before)
        case _:
            return ""


def _moved_back(target: Target, schema: str, before: Catalog) -> str:
    if target.kind in {ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE}:
        key, word = routine_of(target.name, target.arguments, before)
        return f"ALTER {word} {_signature(Name(key.name.name, schema), key)} SET SCHEMA {quote(key.name.schema)}"
    if target.kind is ObjectKind.EXTENSION:
        was = before.extensions.get(target.name.name) or "public"
        return f"ALTER EXTENSION {quote(target.name.name)} SET SCHEMA {quote(was)}"
    named = before.resolve(target.name)
    word = _word(before.relations.get(named), target.kind)
    return f"ALTER {word} {Name(named.name, schema).short} SET SCHEMA {quote(named.schema)}"


def routine_of(name: Name, arguments: tuple[str, ...] | None, catalog: Catalog) -> tuple[RoutineKey, str]:
    """Return the routine that a statement names, with its DROP word; the only overload where it gives no types."""
    found = catalog.routines_named(name)
    for routine in found:
        if arguments is None or routine.key.types == arguments:
            return routine.key, routine.kind.value
    return RoutineKey(catalog.resolve(name), arguments or ()), RoutineKind.FUNCTION.value


def _signature(name: Name, key: RoutineKey) -> str:
    return f"{name.short}({', '.join(key.types)})"
