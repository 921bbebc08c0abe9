"""What the database in use lacks of what code names, and whether anything is to make it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from midflight.catalog.model import Catalog
from midflight.compatibility.model import BreakKind
from midflight.compatibility.resolve import Fault, name_of, resolve
from midflight.operations.shapes import Name
from midflight.references.model import Api, Reference, RoutineReference

_NAMED = re.compile(r"(?:relation|function|procedure|column) \"?([^\"(\s]+)")  # how the server names what it lacks
_MISSING = {
    "42P01": BreakKind.MISSING_TABLE,
    "42703": BreakKind.MISSING_COLUMN,
    "42883": BreakKind.MISSING_ROUTINE,
}
_WHOLE = frozenset({BreakKind.MISSING_TABLE, BreakKind.MISSING_ROUTINE})


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be there: `after` the whole history; `coming` once what is pending is applied to what is there."""

    after: Catalog
    coming: Catalog


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a reference does not find: `stops` what it should find, `nowhere` what nobody has or makes.

    The latter may be of another database, or fails whatever is deployed. `may` are tables and routines that a pending
    migration may make which is not read whole; else they are `nowhere`.
    """

    stops: tuple[Fault, ...] = ()
    nowhere: tuple[Fault, ...] = ()
    may: tuple[Fault, ...] = ()


def lacking(reference: Reference, live: Catalog, expected: Expected | None) -> Lacking:
    """Hold a reference against what is there; without `expected` whatever is lacking may be made by what is pending.

    A routine that PostgREST is asked for stops in any case.
    """
    found = resolve(reference, live, expected.after if expected else live).faults
    if isinstance(reference, RoutineReference) and reference.api is Api.POSTGREST:
        return Lacking(found)
    known, unread = _nowhere(reference, expected) if expected else (frozenset(), True)
    nowhere = [each for each in found if (each.kind, each.object) in known]
    left = [each for each in found if each not in nowhere]
    may = [each for each in left if unread and each.kind in _WHOLE]
    return Lacking(tuple(each for each in left if each not in may), tuple(nowhere), tuple(may))


def refusals(
    found: Iterable[tuple[Reference, Lacking]], refused: Mapping[str, tuple[str, str]], expected: Expected | None
) -> Iterator[tuple[Reference, Lacking]]:
    """Yield the statements that the server does not take for want of an object that is not seen to be lacking.

    `found` is what is seen; `refused` are the SQLSTATE and the server's words by statement. Each is told once a file.
    """
    given = list(found)
    told = {each.query for each, missed in given if missed != Lacking()}
    once = {(each.query, each.place.path): each for each, _ in reversed(given) if each.query not in told}
    for reference in once.values():
        state, said = refused.get(reference.query, ("", ""))
        if state not in _MISSING or "\ufffc" in reference.query:
            continue
        name = _NAMED.search(said)
        fault = Fault(_MISSING[state], name[1] if name else name_of(reference).short, reference.place, state, said)
        if expected is None and fault.kind in _WHOLE:
            yield reference, Lacking(may=(fault,))
        elif expected is None or _is_ours(fault, expected):
            yield reference, Lacking((fault,))
        else:
            yield reference, Lacking(nowhere=(fault,))


def _nowhere(reference: Reference, expected: Expected) -> tuple[frozenset[tuple[BreakKind, str]], bool]:
    """What is missing then as well, and whether that cannot be told of all of it.

    Where the history has gaps, what is there and what is pending says it.
    """
    after = resolve(reference, expected.after, expected.after)
    faults, unread = after.faults, False
    if after.unknown:
        coming = resolve(reference, expected.coming, expected.coming)
        unread = bool(coming.unknown)
        faults = (*faults, *(() if unread else coming.faults))
    return frozenset((each.kind, each.object) for each in faults), unread


def _is_ours(fault: Fault, expected: Expected) -> bool:
    """Whether anything has or makes what a statement lacks. Else it may be for a database of another kind.

    The server looks for tables before it looks for anything else, so that a column is one of a table that is there.
    """
    schema, _, own = fault.object.rpartition(".")
    name = Name(own, schema)
    catalogs = (expected.after, expected.coming)
    match fault.kind:
        case BreakKind.MISSING_TABLE:
            return any(each.relation(name) is not None for each in catalogs)
        case BreakKind.MISSING_ROUTINE:
            return any(each.routines_named(name) for each in catalogs)
        case _:
            return True
