"""What to watch after a deployment, with the reader's own tables, and when to act."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from collections.abc import Iterator, Sequence

from midflight.catalog.model import Catalog, Relation
from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.operations.shapes import Column, ConstraintKind, Name, quote
from midflight.plan.flags import old_path
from midflight.plan.model import Query, Threshold
from midflight.plan.options import MonitoringOptions
from midflight.plan.prechecks import orphans
from midflight.plan.traits import Traits
from midflight.plan.words import code, listed
from midflight.references.model import Guard, Reference, TableReference, Verb

_TIMES = ("timestamp", "created_at", "logged_at", "occurred_at", "ts", "time", "inserted_at", "at")
_LEVELS = ("level", "severity", "log_level", "loglevel")
_SUCCESS = ("success", "succeeded", "ok", "is_success")
_FAILED_STATES = "('error', 'failed', 'failure')"


def build_monitoring(
    contexts: Sequence[Context], traits: Traits, flags: Sequence[Guard], options: MonitoringOptions
) -> tuple[Query, ...]:
    """Return the queries: errors, calls, data integrity, locks, and the team's own."""
    if not any(context.steps for context in contexts):
        return options.queries
    found: list[Query] = []
    for context in contexts:
        found += _errors(context.after)
        found += _calls(context.after, traits)
        found += _integrity(context, flags)
    return tuple(dict.fromkeys((*found, *_server(contexts), *options.queries)))


def thresholds(options: MonitoringOptions, traits: Traits, flags: Sequence[Guard]) -> tuple[Threshold, ...]:
    """Return the strategy's three alert thresholds."""
    flagged = listed(code(g.flag) for g in flags)
    fallback = f"Enable fallback (switch {flagged} off)" if flagged else "Enable fallback"
    routines = listed(code(r.name.short) for r in (*traits.functions_added, *traits.functions_replaced))
    calls = f"Function call failures ({routines})" if routines else "Function call failures"
    return (
        Threshold("Error rate", f"> {options.error_rate:g}%", "Investigate immediately"),
        Threshold("New orphaned rows", f"> {options.orphaned_rows}", "Rollback deployment"),
        Threshold(calls, f"> {options.call_failures:g}%", fallback),
    )


# --- errors and calls -----------------------------------------------------------------------------------------------


def _errors(catalog: Catalog) -> Iterator[Query]:
    for table in _tables(catalog):
        level, time = _first(table, _LEVELS), _time(table)
        if level and time and "log" in table.name.name.lower():
            sql = (
                f"SELECT count(*) FROM {table.name.short}\nWHERE {quote(level.name)}::text ILIKE 'error'\n"
                f"AND {quote(time.name)} > now() - INTERVAL '1 hour';"
            )
            yield Query(f"Errors of the last hour in {code(table.name.short)}", sql, "as many as before the deployment")
            return


def _calls(catalog: Catalog, traits: Traits) -> Iterator[Query]:
    """The table that logs calls: the one that shares most words with the new routine, if any."""
    routines = [r.name.name for r in (*traits.functions_added, *traits.functions_replaced)]
    words = {word for name in routines for word in _stems(name)}
    logs = [(t, s, when) for t in _tables(catalog) if (s := _outcome(t)) and (when := _time(t))]
    if not routines or not logs:
        return
    table, condition, time = max(logs, key=lambda log: len(words & _stems(log[0].name.name)))
    sql = (
        "SELECT\n"
        "    count(*) AS total_calls,\n"
        f"    count(*) FILTER (WHERE {condition}) AS successful,\n"
        f"    count(*) FILTER (WHERE NOT ({condition})) AS failed\n"
        f"FROM {table.name.short}\n"
        f"WHERE {quote(time.name)} > now() - INTERVAL '1 hour';"
    )
    purpose = f"Success rate of {listed(code(name) for name in routines)}"
    yield Query(purpose, sql, "failed stays under the threshold")


def _stems(name: str) -> set[str]:
    """The words of a name without their endings, so that `creation` meets `create`."""
    return {word[:5] for word in name.lower().split("_") if len(word) > 3}


def _outcome(table: Relation) -> str:
    success = _first(table, _SUCCESS)
    if success is not None and success.type == "boolean":
        return quote(success.name)
    status = table.column("status")
    if status is not None and "log" in table.name.name.lower():
        return f"{quote(status.name)}::text NOT IN {_FAILED_STATES}"
    return ""


def _tables(catalog: Catalog) -> list[Relation]:
    return [catalog.relations[name] for name in sorted(catalog.relations) if catalog.relations[name].is_table]


def _first(table: Relation, names: Sequence[str]) -> Column | None:
    return next((column for name in names if (column := table.column(name))), None)


def _time(table: Relation) -> Column | None:
    return next((c for name in _TIMES if (c := table.column(name)) and c.type.startswith(("timestamp", "date"))), None)


# --- integrity ------------------------------------------------------------------------------------------------------


def _integrity(context: Context, flags: Sequence[Guard]) -> Iterator[Query]:
    tables = _replaced_inserts(context, flags)
    yield from _own_check(context.after)
    for name in tables:
        yield from _childless(name, tables, context.after)
    for name, relation in sorted(context.after.relations.items()):
        before = context.before.relations.get(name)
        for constraint in relation.constraints:
            new = before is None or before.constraint(constraint.name) is None
            if new and constraint.kind is ConstraintKind.FOREIGN_KEY and (before is not None or constraint.not_valid):
                yield from orphans(name, constraint, context.after)
    for step in context.steps:
        operation = step.operation
        if isinstance(operation, op.DropConstraint):
            yield from _unguarded(operation, context, step.before)


def _unguarded(operation: op.DropConstraint, context: Context, before: Catalog) -> Iterator[Query]:
    relation = before.relation(operation.table)
    dropped = relation.constraint(operation.constraint) if relation else None
    if relation is not None and dropped is not None and dropped.kind is ConstraintKind.FOREIGN_KEY:
        yield from orphans(relation.name, dropped, context.after)


def _own_check(catalog: Catalog) -> Iterator[Query]:
    """A function of the reader's that finds orphans."""
    for key in sorted(catalog.routines, key=str):
        if "orphan" in key.name.name.lower() and not key.types:
            yield Query("Data integrity", f"SELECT * FROM {key.name.short}();", "0 rows")


def _replaced_inserts(context: Context, flags: Sequence[Guard]) -> list[Name]:
    """The tables that the old path writes one after the other: what a half-done one leaves is an orphan."""
    references = context.new_code.references
    found: list[Reference] = [r for flag in flags for r in old_path(flag, context.before, references)]
    if not flags and context.steps:
        found.extend(_inserts_gone(context))
    names = [
        context.after.resolve(Name(r.table, r.schema))
        for r in found
        if isinstance(r, TableReference) and r.verb is Verb.INSERT
    ]
    unique = [n for n in dict.fromkeys(names) if n in context.after.relations]
    return unique if len(unique) > 1 else []


def _inserts_gone(context: Context) -> list[TableReference]:
    """Inserts of old code that new code no longer has, in files that new code still has references in."""
    kept = {(r.place.path, r.table) for r in context.new_code.references if isinstance(r, TableReference)}
    files = {r.place.path for r in context.new_code.references}
    return [
        r
        for r in context.old_code.references
        if isinstance(r, TableReference)
        and r.verb is Verb.INSERT
        and r.place.path in files
        and (r.place.path, r.table) not in kept
    ]


def _childless(parent: Name, tables: Sequence[Name], catalog: Catalog) -> Iterator[Query]:
    for name in tables:
        child = catalog.relations[name]
        for constraint in child.constraints:
            if name == parent or constraint.references != parent or len(constraint.columns) != 1:
                continue
            known = catalog.relations[parent]
            targets = constraint.referenced_columns or known.primary_key
            if len(targets) == 1:
                join = f"c.{quote(constraint.columns[0])} = p.{quote(targets[0])}"
                sql = (
                    f"SELECT count(*) FROM {parent.short} p\n"
                    f"WHERE NOT EXISTS (SELECT 1 FROM {name.short} c WHERE {join});"
                )
                purpose = f"No {code(parent.short)} without {code(name.short)}: nothing was created by halves"
                yield Query(purpose, sql, "as many as before the deployment")


# --- the server -----------------------------------------------------------------------------------------------------


def _server(contexts: Sequence[Context]) -> Iterator[Query]:
    if not any(context.database.head.dialect == "postgres" for context in contexts):
        return
    waiting = (
        "SELECT pid, now() - query_start AS waited, left(query, 80) AS query\nFROM pg_stat_activity\n"
        "WHERE wait_event_type = 'Lock' AND now() - query_start > INTERVAL '1 second'\nORDER BY waited DESC;"
    )
    yield Query("Statements that wait for a lock", waiting, "0 rows")
    totals = "SELECT xact_commit, xact_rollback, deadlocks FROM pg_stat_database WHERE datname = current_database();"
    expect = "xact_rollback grows no faster than before the deployment, deadlocks do not grow"
    yield Query("Failed transactions and deadlocks", totals, expect)
