"""What the database in use lacks of what code names, and whether anything is to make it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be there: `after` the whole history; `coming` once what is pending is applied to what is there."""

    after: Catalog
    coming: Catalog


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a reference does not find: `stops` what it should find, `nowhere` what nobody has or makes.

    The latter may be of another database, or fails whatever is deployed.
    """

    stops: tuple[Fault, ...] = ()
    nowhere: tuple[Fault, ...] = ()


def lacking(reference: Reference, live: Catalog, expected: Expected | None) -> Lacking:
    """Hold a reference against what is there; without `expected` whatever is lacking may be made by what is pending.

    A routine that PostgREST is asked for stops in any case.
    """
    if expected is None:
        return Lacking(resolve(reference, live, live).faults)
    found = resolve(reference, live, expected.after).faults
    if isinstance(reference, RoutineReference) and reference.api is Api.POSTGREST:
        return Lacking(found)
    known = _nowhere(reference, expected)
    return Lacking(
        tuple(each for each in found if (each.kind, each.object) not in known),
        tuple(each for each in found if (each.kind, each.object) in known),
    )


def refusals(
    found: Iterable[tuple[Reference, Lacking]], refused: Mapping[str, tuple[str, str]], expected: Expected | None
) -> Iterator[tuple[Reference, Lacking]]:
    """Yield the statements that the server does not take for want of an object that is not seen to be lacking.

    `found` is what is seen; `refused` are the SQLSTATE and the server's words by statement. Each is told once a file.
    """
    given = list(found)
    told = {each.query for each, missed in given if missed.stops or missed.nowhere}
    once = {(each.query, each.place.path): each for each, _ in reversed(given) if each.query not in told}
    for reference in once.values():
        state, said = refused.get(reference.query, ("", ""))
        if state not in _MISSING or "\ufffc" in reference.query:
            continue
        name = _NAMED.search(said)
        fault = Fault(_MISSING[state], name[1] if name else name_of(reference).short, reference.place, state, said)
        ours = expected is None or _is_ours(fault, expected)
        yield reference, Lacking((fault,)) if ours else Lacking((), (fault,))


def _nowhere(reference: Reference, expected: Expected) -> frozenset[tuple[BreakKind, str]]:
    """What is missing then as well. Where the history has gaps, what is there and what is pending says it."""
    after = resolve(reference, expected.after, expected.after)
    faults: Sequence[Fault] = after.faults
    if after.unknown:
        coming = resolve(reference, expected.coming, expected.coming)
        faults = (*faults, *(() if coming.unknown else coming.faults))
    return frozenset((each.kind, each.object) for each in faults)


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
