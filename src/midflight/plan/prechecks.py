"""The query that shows whether the data lets a step through, to run before it."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

import re
from collections.abc import Iterator, Sequence

from midflight.catalog.cost_proofs import unproven_not_null
from midflight.catalog.ddl import literal
from midflight.catalog.dependents import columns_of_type
from midflight.catalog.lookup import find_type
from midflight.catalog.model import Catalog, Step
from midflight.catalog.rewrite import rename_identifiers
from midflight.operations import model as op
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Name, quote
from midflight.plan.casts import does_not_fit
from midflight.plan.inverse.casts import keeps
from midflight.plan.model import Query
from midflight.plan.words import code, listed

_ZERO = "0"
_NO_ROWS = "0 rows"
_APART = re.compile(r"(?P<column>\"(?:[^\"]|\"\")+\"|\w+)\s+WITH\s+(?P<operator>[^\s,()]+)", re.IGNORECASE)


def precheck(step: Step) -> Iterator[Query]:
    """Yield what decides on the reader's data whether the step succeeds, or what it destroys."""
    operation, before = step.operation, step.before
    match operation:
        case op.SetNotNull(table=table, column=column):
            yield _nulls(before.resolve(table), column)
        case op.AddColumn():
            yield from _column(operation, before)
        case op.AddConstraint(table=table, constraint=constraint):
            yield from _constraint(before.resolve(table), constraint, before)
        case op.AlterDomain():
            yield from _domain(operation, before)
        case op.CreateIndex(index=index) if index.unique:
            yield from _duplicates(before.resolve(index.table), index.keys, index.definition, before, index.predicate)
        case op.AlterColumnType():
            yield from _cast(operation, before)
        case op.DropColumn() | op.DropTable():
            yield from _lost(operation, before)
        case _:
            yield from _waiting(operation, before)


def _waiting(operation: op.Operation, before: Catalog) -> Iterator[Query]:
    """What a constraint asks that is there already and looks at the old rows only now."""
    if not isinstance(operation, op.ValidateConstraint | op.AlterConstraint):
        return
    relation = before.relation(operation.table)
    known = relation.constraint(operation.constraint) if relation else None
    if relation is None or known is None:
        return
    if isinstance(operation, op.ValidateConstraint):
        yield from _constraint(relation.name, known, before, validating=True)
    elif operation.definition.startswith("ENFORCED"):
        yield from orphans(relation.name, known, before)


def _nulls(table: Name, column: str) -> Query:
    sql = f"SELECT count(*) FROM {table.short} WHERE {quote(column)} IS NULL;"
    return Query(f"No NULLs in {code(f'{table.short}.{column}')}", sql, f"{_ZERO} (else SQLSTATE 23502)")


def _constraint(table: Name, constraint: Constraint, before: Catalog, *, validating: bool = False) -> Iterator[Query]:
    if constraint.not_enforced or (constraint.not_valid and not validating):
        return
    match constraint.kind:
        case ConstraintKind.UNIQUE | ConstraintKind.PRIMARY_KEY:
            yield from _key(table, constraint, before)
        case ConstraintKind.FOREIGN_KEY:
            yield from orphans(table, constraint, before)
        case ConstraintKind.CHECK if constraint.expression:
            sql = f"SELECT count(*) FROM {table.short} WHERE NOT ({constraint.expression});"
            name = code(constraint.name) if constraint.name else "the new CHECK"
            yield Query(f"No row of {code(table.short)} violates {name}", sql, f"{_ZERO} (else SQLSTATE 23514)")
        case ConstraintKind.EXCLUDE:
            yield from _conflicts(table, constraint)
        case ConstraintKind.NOT_NULL:
            yield from (_nulls(table, column) for column in constraint.columns)
        case _:
            return


def _key(table: Name, constraint: Constraint, before: Catalog) -> Iterator[Query]:
    """What a key asks for; an index that exists has seen already that its keys are unique."""
    relation = before.relations.get(table)
    index = before.indexes.get(Name(constraint.using_index, table.schema)) if constraint.using_index else None
    columns = index.keys if index else constraint.columns
    if not constraint.using_index:
        yield from _duplicates(table, tuple(map(quote, columns)), constraint.definition, before)
    if constraint.kind is ConstraintKind.PRIMARY_KEY:
        required = {c.name for c in relation.columns if c.not_null} if relation else set()
        unsure = {name for name in columns if relation and unproven_not_null(relation, name)}
        yield from (_nulls(table, name) for name in columns if name not in required - unsure)


def _duplicates(
    table: Name, keys: Sequence[str], definition: str, before: Catalog, predicate: str | None = None
) -> Iterator[Query]:
    if table not in before.relations or not keys:
        return
    listed_keys = ", ".join(keys)
    equal = "NULLS NOT DISTINCT" in definition.upper()  # then two NULLs are duplicates as well
    conditions = [] if equal else [f"{key} IS NOT NULL" for key in keys]
    if predicate:
        conditions.append(f"({predicate})")
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    sql = (
        f"SELECT {listed_keys}, count(*) FROM {table.short} {where}GROUP BY {listed_keys} HAVING count(*) > 1 LIMIT 20;"
    )
    purpose = f"No duplicates of {listed(code(key) for key in keys)} in {code(table.short)}"
    yield Query(purpose, sql, f"{_NO_ROWS} (else SQLSTATE 23505)")


def _conflicts(table: Name, constraint: Constraint) -> Iterator[Query]:
    """Rows that exclude each other, where the constraint compares plain columns of all rows."""
    pairs = _APART.findall(constraint.definition)
    if not pairs or len(pairs) != constraint.definition.upper().count(" WITH ") or "WHERE" in constraint.definition:
        return
    join = " AND ".join(f"a.{column} {operator} b.{column}" for column, operator in pairs)
    sql = f"SELECT count(*) FROM {table.short} a JOIN {table.short} b ON a.ctid < b.ctid AND {join};"
    purpose = f"No two rows of {code(table.short)} exclude each other"
    yield Query(purpose, sql, f"{_ZERO} (else SQLSTATE 23P01)")


def _column(operation: op.AddColumn, before: Catalog) -> Iterator[Query]:
    """What a new column asks of the rows that are there: none, where nothing fills it, else what fills it must fit."""
    table, column = before.resolve(operation.table), operation.column
    if column.required:
        purpose = f"{code(table.short)} has no rows: {code(column.name)} is NOT NULL without a default"
        yield Query(purpose, f"SELECT count(*) FROM {table.short};", f"{_ZERO} (else SQLSTATE 23502)")
    elif column.default is not None:
        for constraint in operation.constraints:
            yield from _filled(table, column, constraint, before)


def _filled(table: Name, column: Column, constraint: Constraint, before: Catalog) -> Iterator[Query]:
    value = f"({column.default})::{column.type}"
    match constraint.kind:
        case ConstraintKind.UNIQUE | ConstraintKind.PRIMARY_KEY:
            purpose = f"{code(table.short)} has one row at most: each gets the same {code(column.name)}"
            yield Query(purpose, f"SELECT count(*) FROM {table.short};", "0 or 1 (else SQLSTATE 23505)")
        case ConstraintKind.CHECK if constraint.expression and not constraint.not_enforced:
            rows = f"(SELECT t.*, {value} AS {quote(column.name)} FROM {table.short} t)"
            sql = f"SELECT count(*) FROM {rows} AS {quote(table.name)} WHERE NOT ({constraint.expression});"
            purpose = f"The default of {code(column.name)} satisfies its CHECK in every row of {code(table.short)}"
            yield Query(purpose, sql, f"{_ZERO} (else SQLSTATE 23514)")
        case ConstraintKind.FOREIGN_KEY if constraint.references and not constraint.not_enforced:
            parent = before.relation(constraint.references)
            target = constraint.referenced_columns or (parent.primary_key if parent else ())
            if parent is not None and len(target) == 1:
                found = f"SELECT 1 FROM {parent.name.short} p WHERE p.{quote(target[0])} = {value}"
                sql = f"SELECT count(*) FROM {table.short} WHERE NOT EXISTS ({found});"
                purpose = f"The default of {code(column.name)} finds its row in {code(parent.name.short)}"
                yield Query(purpose, sql, f"{_ZERO} (else SQLSTATE 23503)")
        case _:
            return


def _domain(operation: op.AlterDomain, before: Catalog) -> Iterator[Query]:
    """What a rule of a domain asks of every column of it."""
    found = find_type(before, operation.name)
    added = operation.add if operation.add and not operation.add.not_valid else None
    waiting = (c for c in found.constraints if c.name == operation.validate) if found and operation.validate else ()
    rule = added or next(iter(waiting), None)
    if found is None or not (operation.not_null or rule):
        return
    for relation, column in columns_of_type(before, found.name):
        if relation.is_table and operation.not_null:
            yield _nulls(relation.name, column.name)
        elif relation.is_table and rule and rule.expression:
            condition = rename_identifiers(rule.expression, {"value": column.name})
            sql = f"SELECT count(*) FROM {relation.name.short} WHERE NOT ({condition});"
            purpose = f"Every value of {code(f'{relation.name.short}.{column.name}')} fits {code(found.name.short)}"
            yield Query(purpose, sql, f"{_ZERO} (else SQLSTATE 23514)")


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
    if operation.type == "boolean" and column.type in {"smallint", "integer", "bigint"}:
        return  # every number is true or false
    condition, expect = does_not_fit(quote(column.name), operation.type, before)
    if condition:
        sql = f"SELECT count(*) FROM {relation.name.short} WHERE {condition};"
        where = code(f"{relation.name.short}.{column.name}")
        yield Query(f"Every value of {where} fits {code(operation.type)}", sql, expect)


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
