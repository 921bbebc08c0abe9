"""Whether what pending migrations take away is still named: by code that runs, or by queries that were asked."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.compare import Difference, compare_catalogs
from midflight.catalog.fold import fold_all
from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Catalog
from midflight.compatibility.resolve import resolve
from midflight.inspection.gate import Gate, Obstacle, Verdict
from midflight.migrations.applied import Standing
from midflight.migrations.model import History, Migration
from midflight.operations.read import read_operations
from midflight.references.model import Reference

_DEFINING = re.compile(r"\s*(?:alter|create|drop|comment|grant|revoke|prepare|deallocate|set)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A query that the server counted, with how often it ran."""

    text: str
    calls: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What `pg_stat_statements` holds, since when (empty where it does not say); `why` says why there is nothing."""

    queries: tuple[Query, ...] = ()
    since: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """What is taken away, by the words of which a query must hold all."""

    object: str
    words: frozenset[str]


def judge_contraction(
    history: History, standing: Standing, code: Sequence[tuple[str, Sequence[Reference]]], counted: Counted
) -> Gate:
    """Judge whether the pending migrations may be applied now; `code` is what runs, each version by its name."""
    before, after = _folded(history, standing)
    difference = compare_catalogs(before, after)
    obstacles = tuple(_named(code, before, after, standing.pending))
    asked = tuple(_asked(tuple(gone_in(difference)), counted))
    reasons = []
    if obstacles:
        count = len({each.place for each in obstacles})
        reasons.append(f"{count} line{'s' if count > 1 else ''} of code that runs would fail once they are applied")
    if asked:
        reasons.append(f"{len(asked)} quer{'ies' if len(asked) > 1 else 'y'} counted by the server still name it")
    if standing.failed:
        reasons.append("a migration broke off and must be repaired")
    notes = (*asked, *((f"queries were not looked at: {counted.why}",) if counted.why else ()))
    verdict = Verdict.NO_GO if reasons else Verdict.GO
    checked = sum(len(references) for _, references in code)
    return Gate(
        verdict,
        tuple(reasons),
        obstacles,
        standing,
        checked=checked,
        tried=len(counted.queries),
        notes=notes,
        contract=True,
    )


def judge_removal(
    history: History,
    standing: Standing,
    removing: Sequence[Migration],
    code: Sequence[tuple[str, Sequence[Reference]]],
    counted: Counted,
) -> Gate:
    """Judge whether pending migrations that only take away may be applied once all others are and the code is out."""
    left_out = {id(each) for each in removing}
    done = tuple(each for each in history.migrations if id(each) not in left_out)
    return judge_contraction(history, replace(standing, applied=done, pending=tuple(removing)), code, counted)


def gone_in(difference: Difference) -> Iterator[Gone]:
    """Yield the tables, columns and routines that are gone, under these names at least."""
    for table in difference.tables_removed:
        yield Gone(table.short, frozenset({table.name}))
    for table, column in difference.columns_removed:
        yield Gone(f"{table.short}.{column.name}", frozenset({table.name, column.name}))
    for routine in difference.routines_removed:
        yield Gone(f"{routine.name.short}()", frozenset({routine.name.name}))


def _folded(history: History, standing: Standing) -> tuple[Catalog, Catalog]:
    before = initial_catalog(history.format)
    for migration in standing.applied:
        before = _applied(before, migration, history.dialect)
    after = before
    for migration in standing.pending:
        after = _applied(after, migration, history.dialect)
    return before, after


def _applied(catalog: Catalog, migration: Migration, dialect: str) -> Catalog:
    return fold_all(catalog, read_operations(migration.up, dialect=dialect), migration=migration.version)


def _named(
    code: Iterable[tuple[str, Sequence[Reference]]], before: Catalog, after: Catalog, pending: Sequence[Migration]
) -> Iterator[Obstacle]:
    cause = pending[0] if len(pending) == 1 else None
    for version, references in code:
        for reference in references:
            known = {(fault.kind, fault.object) for fault in resolve(reference, before, after).faults}
            for fault in resolve(reference, after, before).faults:
                if (fault.kind, fault.object) not in known:
                    place = replace(fault.place, path=f"{version}:{fault.place.path}") if version else fault.place
                    detail = f"{fault.detail} once it is applied"
                    yield Obstacle(fault.kind, fault.object, place, detail, fault.sqlstate, reference.text, cause)


def _asked(gone: Sequence[Gone], counted: Counted) -> Iterator[str]:
    since = f" since {counted.since}" if counted.since else ""
    for query in counted.queries:
        if _DEFINING.match(query.text):
            continue
        words = frozenset(re.findall(r"\w+", query.text))
        for each in gone:
            if each.words <= words:
                text = " ".join(query.text.split())[:120].replace("`", "'")
                yield f"`{each.object}` was asked for {query.calls} times{since}: `{text}`"
                break
