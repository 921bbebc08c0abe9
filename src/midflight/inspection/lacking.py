"""What the database in use lacks of what code names, and whether anything is to make it."""

import re
from collections.abc import Iterator, Mapping, Sequence
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


def lacking(
    reference: Reference, live: Catalog, refused: Mapping[str, tuple[str, str]], expected: Expected | None
) -> Lacking:
    """Hold a reference against what is there; without `expected` whatever is lacking may be made by what is pending.

    `refused` are the statements that the server does not take. A routine that PostgREST is asked for stops in any case.
    """
    if expected is None:
        return Lacking((*resolve(reference, live, live).faults, *_refused(reference, live, refused)))
    found = resolve(reference, live, expected.after).faults
    if isinstance(reference, RoutineReference) and reference.api is Api.POSTGREST:
        return Lacking(found)
    known = _nowhere(reference, expected)
    stops = [each for each in found if (each.kind, each.object) not in known]
    nowhere = [each for each in found if (each.kind, each.object) in known]
    for each in _refused(reference, live, refused):
        (stops if _is_ours(each, expected) else nowhere).append(each)
    return Lacking(tuple(stops), tuple(nowhere))


def _nowhere(reference: Reference, expected: Expected) -> frozenset[tuple[BreakKind, str]]:
    """What is missing then as well. Where the history has gaps, what is there and what is pending says it."""
    after = resolve(reference, expected.after, expected.after)
    faults: Sequence[Fault] = after.faults
    if after.unknown:
        coming = resolve(reference, expected.coming, expected.coming)
        faults = (*faults, *(() if coming.unknown else coming.faults))
    return frozenset((each.kind, each.object) for each in faults)


def _refused(reference: Reference, live: Catalog, refused: Mapping[str, tuple[str, str]]) -> Iterator[Fault]:
    """The code's own statement that the server does not take for want of an object, though it is not seen to be one."""
    state, said = refused.get(reference.query, ("", "")) if reference.query else ("", "")
    if state in _MISSING and "\ufffc" not in reference.query and not resolve(reference, live, live).faults:
        named = _NAMED.search(said)
        yield Fault(_MISSING[state], named[1] if named else name_of(reference).short, reference.place, state, said)


def makes_itself(said: str, text: str) -> bool:
    """Whether a file makes the routine that the server does not find: a script may, for as long as it runs.

    A name that the program puts in may be that of the routine.
    """
    named = _NAMED.search(said)
    if named is None:
        return False
    name = re.escape(named[1].rpartition(".")[2])
    making = rf"\bcreate\s+(?:or\s+replace\s+)?function\s+(?:[\w.\"]*?\b{name}\b|[$#]?\{{|%)"
    return bool(re.search(making, text, re.IGNORECASE))


def _is_ours(fault: Fault, expected: Expected) -> bool:
    """Whether a statement is for this database: the server looks for its tables before it looks for anything else."""
    schema, _, table = fault.object.rpartition(".")
    name = Name(table, schema)
    there = (catalog.relation(name) for catalog in (expected.after, expected.coming))
    return fault.kind is not BreakKind.MISSING_TABLE or any(there)
