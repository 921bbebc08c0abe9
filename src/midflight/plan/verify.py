"""The query that shows whether a step has arrived in the database."""

# ruff: noqa: S608 - the SQL is shown to people, and every name in it is a quoted literal

from collections.abc import Iterator

from midflight.catalog.ddl import literal
from midflight.catalog.model import Catalog, Step
from midflight.operations import model as op
from midflight.operations.shapes import Name, Routine
from midflight.plan.model import Query
from midflight.plan.words import code

_ONE, _NONE = "1 row", "0 rows"


def verify_step(step: Step, after: Catalog) -> Iterator[Query]:
    """Yield what to run before going on; `after` is the catalog at the end: what is gone by then is not looked for."""
    operation = step.operation
    match operation:
        case op.CreateTable(name=name) if not operation.temporary:
            yield from _relation(step.after.resolve(name), after)
        case op.CreateView(name=name):
            yield from _relation(step.after.resolve(name), after)
        case op.CreateRoutine(routine=routine):
            yield from _routine(routine, after)
        case op.CreateIndex():
            yield from _indexes(step, after)
        case op.AddConstraint(table=table, constraint=constraint):
            yield from _constraint(step.after.resolve(table), constraint.name, after)
        case op.ValidateConstraint(table=table, constraint=name):
            yield from _constraint(step.after.resolve(table), name, after)
        case _:
            yield from _of_column(operation, step, after)


def _schema(name: Name, column: str) -> str:
    return f" AND {column} = {literal(name.schema)}" if name.schema not in {"", "public"} else ""


def _relation(name: Name, after: Catalog) -> Iterator[Query]:
    relation = after.relations.get(name)
    if relation is None:
        return
    if relation.kind.value == "materialized view":
        sql = (
            "SELECT matviewname FROM pg_matviews "
            f"WHERE matviewname = {literal(name.name)}{_schema(name, 'schemaname')};"
        )
    else:
        sql = (
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_name = {literal(name.name)}{_schema(name, 'table_schema')};"
        )
    yield Query(f"{relation.kind.value.capitalize()} {code(name.short)} exists", sql, _ONE)


def _routine(routine: Routine, after: Catalog) -> Iterator[Query]:
    named = after.routines_named(routine.name)
    if not named:
        return
    name = named[0].name
    sql = (
        "SELECT routine_name FROM information_schema.routines "
        f"WHERE routine_name = {literal(name.name)}{_schema(name, 'routine_schema')};"
    )
    expect = _ONE if len(named) == 1 else f"{len(named)} rows (overloads)"
    yield Query(f"{named[0].kind.value.capitalize()} {code(name.short)} exists", sql, expect)


def _indexes(step: Step, after: Catalog) -> Iterator[Query]:
    for name in sorted(key for key in step.after.indexes if key not in step.before.indexes and key in after.indexes):
        sql = (
            "SELECT x.indexname, i.indisvalid FROM pg_indexes x "
            "JOIN pg_index i ON i.indexrelid = format('%I.%I', x.schemaname, x.indexname)::regclass "
            f"WHERE x.indexname = {literal(name.name)}{_schema(name, 'x.schemaname')};"
        )
        yield Query(f"Index {code(name.short)} exists and is valid", sql, "1 row with indisvalid = true")


def _constraint(table: Name, name: str, after: Catalog) -> Iterator[Query]:
    relation = after.relations.get(table)
    if name and relation is not None and relation.constraint(name) is not None:
        sql = (
            f"SELECT conname, convalidated FROM pg_constraint WHERE conname = {literal(name)} "
            f"AND conrelid = to_regclass({literal(str(table))});"
        )
        expect = "1 row; convalidated is false as long as it is NOT VALID"
        yield Query(f"Constraint {code(name)} on {code(table.short)} exists", sql, expect)


def _of_column(operation: op.Operation, step: Step, after: Catalog) -> Iterator[Query]:
    match operation:
        case op.AddColumn(table=table, column=column):
            yield from _column(step.after.resolve(table), column.name, after)
        case op.AlterColumnType(table=table, column=name) | op.SetNotNull(table=table, column=name):
            yield from _column(step.after.resolve(table), name, after)
        case op.DropColumn(table=table, column=name):
            yield from _no_column(step.before.resolve(table), name, after)
        case op.DropTable(name=name) | op.DropView(name=name):
            yield from _no_relation(step.before.resolve(name), after)
        case op.DropRoutine(name=name):
            yield from _no_routine(name, after)
        case _:
            yield from _of_other(operation, step, after)


def _column(table: Name, name: str, after: Catalog) -> Iterator[Query]:
    relation = after.relations.get(table)
    column = relation.column(name) if relation else None
    if column is None:
        return
    nullable = "NO" if column.not_null else "YES"
    expect = f"1 row: {column.type or 'any type'}, is_nullable = {nullable}"
    yield Query(f"Column {code(f'{table.short}.{name}')} is as planned", _column_sql(table, name), expect)


def _column_sql(table: Name, name: str) -> str:
    return (
        "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns "
        f"WHERE table_name = {literal(table.name)} AND column_name = {literal(name)}{_schema(table, 'table_schema')};"
    )


def _no_column(table: Name, name: str, after: Catalog) -> Iterator[Query]:
    relation = after.relations.get(table)
    if relation is not None and relation.column(name) is None:
        yield Query(f"Column {code(f'{table.short}.{name}')} is gone", _column_sql(table, name), _NONE)


def _no_relation(name: Name, after: Catalog) -> Iterator[Query]:
    if name not in after.relations:
        sql = (
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_name = {literal(name.name)}{_schema(name, 'table_schema')};"
        )
        yield Query(f"{code(name.short)} is gone", sql, _NONE)


def _no_routine(name: Name, after: Catalog) -> Iterator[Query]:
    if not after.routines_named(name):
        sql = (
            "SELECT routine_name FROM information_schema.routines "
            f"WHERE routine_name = {literal(name.name)}{_schema(name, 'routine_schema')};"
        )
        yield Query(f"Function {code(name.short)} is gone", sql, _NONE)


def _of_other(operation: op.Operation, step: Step, after: Catalog) -> Iterator[Query]:
    match operation:
        case op.CreateTrigger(trigger=trigger) if any(key[1] == trigger.name for key in after.triggers):
            sql = f"SELECT tgname, tgenabled FROM pg_trigger WHERE tgname = {literal(trigger.name)};"
            yield Query(f"Trigger {code(trigger.name)} exists", sql, _ONE)
        case op.CreatePolicy(policy=policy) if any(key[1] == policy.name for key in after.policies):
            sql = (
                f"SELECT policyname FROM pg_policies WHERE policyname = {literal(policy.name)} "
                f"AND tablename = {literal(policy.table.name)};"
            )
            yield Query(f"Policy {code(policy.name)} exists", sql, _ONE)
        case op.CreateType(type=user_type) if any(n.name == user_type.name.name for n in after.types):
            sql = f"SELECT typname FROM pg_type WHERE typname = {literal(user_type.name.name)};"
            yield Query(f"Type {code(user_type.name.short)} exists", sql, _ONE)
        case op.AddEnumValue(type=name, value=value):
            enum = literal(str(step.after.resolve(name)))
            sql = (
                f"SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype({enum}) AND enumlabel = {literal(value)};"
            )
            yield Query(f"Enum {code(name.short)} has {code(value)}", sql, _ONE)
        case op.SetRowSecurity(table=table):
            resolved = step.after.resolve(table)
            sql = f"SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass({literal(str(resolved))});"
            yield Query(f"Row level security of {code(resolved.short)} is as planned", sql, "1 row")
        case op.CreateExtension(name=extension):
            sql = f"SELECT extname, extversion FROM pg_extension WHERE extname = {literal(extension)};"
            yield Query(f"Extension {code(extension)} is installed", sql, _ONE)
        case _:
            return
