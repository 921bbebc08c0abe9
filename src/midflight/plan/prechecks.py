"""The query that shows whether the data lets a step through, to run before it."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from collections.abc import Iterator, Sequence

from midflight.catalog.ddl import literal
from midflight.catalog.model import Catalog, Step
from midflight.operations import model as op
from midflight.operations.shapes import Constraint, ConstraintKind, Index, Name, TypeKind, quote
from midflight.plan.inverse.casts import keeps
from midflight.plan.model import Query
from midflight.plan.words import code, listed

_ZERO = "0"
_NO_ROWS = "0 rows"
_WHOLE = {"smallint": (-32768, 32767), "integer": (-2147483648, 2147483647)}


def precheck(step: Step) -> Iterator[Query]:
    """Yield what decides on the reader's data whether the step succeeds, or what it destroys."""
    operation, before = step.operation, step.before
    match operation:
        case op.SetNotNull(table=table, column=column):
            yield _nulls(before.resolve(table), column)
        case op.AddColumn(table=table, column=column):
            if column.required:
                name = before.resolve(table)
                purpose = f"{code(name.short)} has no rows: {code(column.name)} is NOT NULL without a default"
                yield Query(purpose, f"SELECT count(*) FROM {name.short};", f"{_ZERO} (else SQLSTATE 23502)")
        case op.AddConstraint(table=table, constraint=constraint):
            yield from _constraint(before.resolve(table), constraint, before)
        case op.ValidateConstraint(table=table, constraint=name):
            relation = before.relation(table)
            known = relation.constraint(name) if relation else None
            if known is not None:
                yield from _constraint(before.resolve(table), known, before, validating=True)
        case op.CreateIndex(index=index) if index.unique:
            yield from _duplicates(before.resolve(index.table), index.keys, index, before)
        case op.AlterColumnType():
            yield from _cast(operation, before)
        case op.DropColumn() | op.DropTable():
            yield from _lost(operation, before)
        case _:
            return


def _nulls(table: Name, column: str) -> Query:
    sql = f"SELECT count(*) FROM {table.short} WHERE {quote(column)} IS NULL;"
    return Query(f"No NULLs in {code(f'{table.short}.{column}')}", sql, f"{_ZERO} (else SQLSTATE 23502)")


def _constraint(table: Name, constraint: Constraint, before: Catalog, *, validating: bool = False) -> Iterator[Query]:
    if constraint.not_enforced or (constraint.not_valid and not validating):
        return
    match constraint.kind:
        case ConstraintKind.UNIQUE | ConstraintKind.PRIMARY_KEY:
            yield from _duplicates(table, tuple(map(quote, constraint.columns)), None, before)
            if constraint.kind is ConstraintKind.PRIMARY_KEY:
                yield from (_nulls(table, column) for column in constraint.columns)
        case ConstraintKind.FOREIGN_KEY:
            yield from orphans(table, constraint, before)
        case ConstraintKind.CHECK if constraint.expression:
            sql = f"SELECT count(*) FROM {table.short} WHERE NOT ({constraint.expression});"
            name = code(constraint.name) if constraint.name else "the new CHECK"
            yield Query(f"No row of {code(table.short)} violates {name}", sql, f"{_ZERO} (else SQLSTATE 23514)")
        case ConstraintKind.NOT_NULL:
            yield from (_nulls(table, column) for column in constraint.columns)
        case _:
            return


def _duplicates(table: Name, keys: Sequence[str], index: Index | None, before: Catalog) -> Iterator[Query]:
    if table not in before.relations or not keys:
        return
    listed_keys = ", ".join(keys)
    conditions = [f"{key} IS NOT NULL" for key in keys]
    if index is not None and index.predicate:
        conditions.append(f"({index.predicate})")
    sql = (
        f"SELECT {listed_keys}, count(*) FROM {table.short} WHERE {' AND '.join(conditions)} "
        f"GROUP BY {listed_keys} HAVING count(*) > 1 LIMIT 20;"
    )
    purpose = f"No duplicates of {listed(code(key) for key in keys)} in {code(table.short)}"
    yield Query(purpose, sql, f"{_NO_ROWS} (else SQLSTATE 23505)")


def orphans(table: Name, constraint: Constraint, catalog: Catalog) -> Iterator[Query]:
    """Yield the query for rows of `table` that point nowhere; nothing where the referenced columns are not known."""
    if constraint.references is None:
        return
    parent = catalog.resolve(constraint.references)
    known = catalog.relations.get(parent)
    targets = constraint.referenced_columns or (known.primary_key if known else ())
    if len(targets) != len(constraint.columns) or not targets:
        return
    pairs = list(zip(constraint.columns, targets, strict=True))
    join = " AND ".join(f"p.{quote(target)} = c.{quote(column)}" for column, target in pairs)
    filled = " AND ".join(f"c.{quote(column)} IS NOT NULL" for column, _ in pairs)
    sql = (
        f"SELECT count(*) FROM {table.short} c WHERE {filled} "
        f"AND NOT EXISTS (SELECT 1 FROM {parent.short} p WHERE {join});"
    )
    purpose = f"No orphans: every row of {code(table.short)} finds its row in {code(parent.short)}"
    yield Query(purpose, sql, f"{_ZERO} (else SQLSTATE 23503)")


def _cast(operation: op.AlterColumnType, before: Catalog) -> Iterator[Query]:
    relation = before.relation(operation.table)
    column = relation.column(operation.column) if relation else None
    if relation is None or column is None or not column.type or keeps(column.type, operation.type):
        return
    if operation.using and not operation.using.strip().strip('("').startswith(f"{operation.column}"):
        return  # the author computes the value: the old one need not fit
    condition, expect = _fails(quote(column.name), operation.type, before)
    if condition:
        sql = f"SELECT count(*) FROM {relation.name.short} WHERE {condition};"
        where = code(f"{relation.name.short}.{column.name}")
        yield Query(f"Every value of {where} fits {code(operation.type)}", sql, expect)


def _fails(column: str, new: str, catalog: Catalog) -> tuple[str, str]:
    base, _, size = new.partition("(")
    if base in {"character varying", "character"} and size:
        return f"length({column}::text) > {size.rstrip(')')}", f"{_ZERO} (else SQLSTATE 22001, or values are cut)"
    if new in _WHOLE:
        low, high = _WHOLE[new]
        digits = rf"{column}::text !~ '^\s*[-+]?\d+\s*$'"
        fits = f"{column}::text::numeric NOT BETWEEN {low} AND {high}"
        return f"CASE WHEN {digits} THEN true ELSE {fits} END", f"{_ZERO} (else SQLSTATE 22P02 or 22003)"
    name = Name(new.rpartition(".")[2].strip('"'), new.rpartition(".")[0].strip('"'))
    known = catalog.types.get(catalog.resolve(name))
    if known is not None and known.kind is TypeKind.ENUM:
        labels = ", ".join(map(literal, known.labels))
        return f"{column}::text <> ALL (ARRAY[{labels}]::text[])", f"{_ZERO} (else SQLSTATE 22P02)"
    return f"NOT pg_input_is_valid({column}::text, {literal(new)})", f"{_ZERO} (the function exists from PostgreSQL 16)"


def _lost(operation: op.DropColumn | op.DropTable, before: Catalog) -> Iterator[Query]:
    if isinstance(operation, op.DropTable):
        relation = before.relation(operation.name)
        if relation is not None:
            name = relation.name
            sql = f"SELECT count(*) FROM {name.short};"
            yield Query(f"How many rows of {code(name.short)} are destroyed", sql, "a number that you expect")
            yield _used(name)
        return
    relation = before.relation(operation.table)
    if relation is not None and relation.column(operation.column) is not None:
        name, column = relation.name, quote(operation.column)
        sql = f"SELECT count(*) FROM {name.short} WHERE {column} IS NOT NULL;"
        where = code(f"{name.short}.{operation.column}")
        yield Query(f"How many values of {where} are destroyed", sql, "a number that you expect")


def _used(table: Name) -> Query:
    sql = (
        "SELECT seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables "
        f"WHERE relid = to_regclass({literal(str(table))});"
    )
    return Query(f"Nobody uses {code(table.short)} any more", sql, "numbers that do not grow from one run to the next")
