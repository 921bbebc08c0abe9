"""What deployments leave behind in a database: the queries that find it, and what to do about it."""

# ruff: noqa: S608 - the names in the SQL are quoted, and it only reads

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from midflight.catalog.model import Step
from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.operations.shapes import Name, quote
from midflight.plan.model import Filling

MOST_NULLS = 100_000
_OURS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
_KINDS = {"f": "foreign key", "c": "check", "n": "not-null constraint"}

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something unfinished: the object, what is wrong with it, and what to do, with the SQL where it is known.

    It is not `certain` where it may be meant.
    """

    object: str
    what: str
    then: str
    sql: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """A query for one kind of leftover, and what a row of its answer means."""

    purpose: str
    sql: str
    read: Callable[[Row], Leftover]


def _index(row: Row) -> Leftover:
    name, table, partitioned, building = (str(value) for value in row)
    if building == "True":
        return Leftover(name, f"this index of `{table}` is being built", "Look again when that has ended.")
    if partitioned == "True":
        return Leftover(name, f"not all partitions of `{table}` have this index", "Attach an index for each partition.")
    then = "Nothing uses it, and every write keeps it. Drop it and build it again."
    what = f"this index of `{table}` is invalid: building it was broken off, or it has not ended"
    return Leftover(name, what, then, f"DROP INDEX CONCURRENTLY {name};")


def _constraint(row: Row) -> Leftover:
    name, owner, kind, of_type = (str(value) for value in row)
    what = f"this {_KINDS.get(kind, 'constraint')} of `{owner}` was never validated: rows of before may break it"
    alter = "DOMAIN" if of_type == "True" else "TABLE"
    sql = f"ALTER {alter} {owner} VALIDATE CONSTRAINT {name};"
    return Leftover(name, what, "Validate it; reads and writes go on meanwhile.", sql)


def _trigger(row: Row) -> Leftover:
    name, table, constraint = (str(value) for value in row)
    if constraint:
        what = f"the foreign key `{constraint}` of `{table}` is not held: its trigger is disabled"
        return Leftover(constraint, what, "Enable it, and look for rows that break it.", _enable(table, name))
    return Leftover(name, f"this trigger of `{table}` is disabled", "Enable it.", _enable(table, name))


def _enable(table: str, name: str) -> str:
    return f"ALTER TABLE {table} ENABLE TRIGGER {name};"


def _detached(row: Row) -> Leftover:
    name, parent = (str(value) for value in row)
    what = f"this partition of `{parent}` is half detached: DETACH ... CONCURRENTLY was broken off"
    return Leftover(name, what, "Finish it.", f"ALTER TABLE {parent} DETACH PARTITION {name} FINALIZE;")


def _empty(row: Row) -> Leftover:
    what = "this partitioned table has no partition: every INSERT into it fails"
    return Leftover(str(row[0]), what, "Attach its partitions.")


LOOKS = (
    Look(
        "Invalid indexes",
        "SELECT format('%I.%I', n.nspname, c.relname), t.oid::regclass::text, c.relkind = 'I', EXISTS ("
        "SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"JOIN pg_class t ON t.oid = i.indrelid WHERE NOT (i.indisvalid AND i.indisready) AND {_OURS} ORDER BY 1",
        _index,
    ),
    Look(
        "Constraints that were never validated",
        "SELECT quote_ident(c.conname), CASE c.conrelid WHEN 0 THEN c.contypid::regtype::text "
        "ELSE c.conrelid::regclass::text END, c.contype::text, c.conrelid = 0 FROM pg_constraint c "
        "JOIN pg_namespace n ON n.oid = c.connamespace WHERE NOT c.convalidated AND c.contype IN ('f', 'c', 'n') "
        f"AND coalesce(to_jsonb(c) ->> 'conenforced', 'true') = 'true' AND {_OURS} ORDER BY 2, 1",
        _constraint,
    ),
    Look(
        "Disabled triggers",
        "SELECT quote_ident(g.tgname), g.tgrelid::regclass::text, CASE WHEN g.tgisinternal "
        "THEN coalesce(k.conname, '') ELSE '' END FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid "
        "JOIN pg_namespace n ON n.oid = t.relnamespace LEFT JOIN pg_constraint k ON k.oid = g.tgconstraint "
        f"WHERE g.tgenabled = 'D' AND {_OURS} ORDER BY 2, 1",
        _trigger,
    ),
    Look(
        "Half detached partitions",
        "SELECT i.inhrelid::regclass::text, i.inhparent::regclass::text FROM pg_inherits i "
        "WHERE to_jsonb(i) ->> 'inhdetachpending' = 'true' ORDER BY 1",
        _detached,
    ),
    Look(
        "Partitioned tables without partitions",
        "SELECT t.oid::regclass::text FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace "
        "WHERE t.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = t.oid) "
        f"AND {_OURS} ORDER BY 1",
        _empty,
    ),
)


# --- backfills ------------------------------------------------------------------------------------------------------


def fillings(contexts: Sequence[Context]) -> tuple[Filling, ...]:
    """Return the columns that UPDATEs of the change set fill, of those that it leaves nullable."""
    return tuple(dict.fromkeys(found for c in contexts for step in c.steps for found in _filled(step, c)))


def _filled(step: Step, context: Context) -> Iterator[Filling]:
    operation = step.operation
    if not isinstance(operation, op.Update):
        return
    table = step.after.resolve(operation.table)
    relation = context.after.relations.get(table)
    for name in operation.columns if relation else ():
        column = relation.column(name) if relation else None
        if column is not None and not column.not_null and _fills(operation, name):
            yield Filling(table, name, context.database.database)


def _fills(operation: op.Update, column: str) -> bool:
    """Whether no NULL should be left: it writes every row, or those where the column is NULL, from its own table."""
    if operation.reads:
        return False
    return not operation.bounded or bool(
        re.search(rf'"?\b{re.escape(column)}\b"?\s+IS\s+NULL', operation.where, re.IGNORECASE)
    )


def nulls_sql(filling: Filling) -> str:
    """Return the query that counts what is still to fill, up to a bound."""
    column = quote(filling.column)
    return (
        f"SELECT count(*) FROM (SELECT FROM {_table(filling.table)} WHERE {column} IS NULL LIMIT {MOST_NULLS}) AS empty"
    )


ESTIMATE = (
    "SELECT (s.null_frac * c.reltuples)::bigint FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname "
    "JOIN pg_class c ON c.relname = s.tablename AND c.relnamespace = n.oid "
    "WHERE s.schemaname = %s AND s.tablename = %s AND s.attname = %s AND c.reltuples >= 0"
)
"""What the planner believes, for a column that takes too long to count."""


def unfinished(filling: Filling, nulls: int, *, estimated: bool = False) -> Leftover | None:
    """Return the leftover of a backfill, None where nothing is left to fill."""
    if not nulls:
        return None
    count = f"about {nulls:,}" if estimated else f"at least {nulls:,}" if nulls >= MOST_NULLS else f"{nulls:,}"
    rows = "row is" if nulls == 1 else "rows are"
    what = f"a migration fills this column, and {count} {rows} still NULL"
    then = "Run the backfill again, in batches, unless NULL is meant."
    return Leftover(f"{filling.table.short}.{filling.column}", what, then, certain=False)


def _table(name: Name) -> str:
    return f"{quote(name.schema)}.{quote(name.name)}" if name.schema else quote(name.name)
