"""The embeds of PostgREST queries held against the foreign keys that a server has: one way joins, others do not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from midflight.catalog.model import Catalog
from midflight.compatibility.embedding import ways
from midflight.compatibility.model import Break, Side
from midflight.compatibility.resolve import joined_name, not_joined
from midflight.inspection.model import Context
from midflight.proof.causes import cause_of
from midflight.references.model import CodeReferences, TableReference


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of the embeds of one side's code on one schema; `reasons` has one for each that is not told."""

    hold: int = 0
    fail: int = 0
    breaks: tuple[Break, ...] = ()
    reasons: tuple[str, ...] = ()


def has_embeds(context: Context) -> bool:
    """Return whether old or new code embeds anything."""
    return any(list(_embeds(code)) for code in (context.old_code, context.new_code))


def try_embeds(code: CodeReferences, side: Side, here: Catalog, there: Catalog, context: Context) -> Joined:
    """Hold each embed against the two schemas; equal ones count once."""
    asked: dict[tuple[str, ...], list[TableReference]] = {}
    for one in _embeds(code):
        asked.setdefault((one.schema, one.inside, one.table, one.hint), []).append(one)
    hold = fail = 0
    breaks: list[Break] = []
    reasons: list[str] = []
    for references in asked.values():
        match ways(references[0], here), ways(references[0], there):
            case 1, _:
                hold += 1
            case int(found), 1:
                fail += 1
                breaks += [each for one in references if (each := _break(one, side, found, context))]
            case None, _:
                reasons.append("what PostgREST joins by is not told by foreign keys of tables")
            case _:
                reasons.append(f"`{joined_name(references[0])}` has no single relationship before and after")
    return Joined(hold, fail, tuple(breaks), tuple(reasons))


def judged_by_keys(found: Break, here: Catalog | None) -> Break:
    """Return a claimed break with what the server's foreign keys say of it."""
    reference = found.reference
    if here is None or found.runs_on.consumer or not isinstance(reference, TableReference):
        return found
    seen = ways(reference, here)
    return found if seen is None else replace(found, proven=seen != 1)


def _embeds(code: CodeReferences) -> Iterator[TableReference]:
    yield from (one for one in code.references if isinstance(one, TableReference) and one.embedded and one.inside)


def _break(reference: TableReference, side: Side, found: int, context: Context) -> Break | None:
    fault = not_joined(reference, found)
    statement = cause_of(f"{reference.inside}.{reference.table}", context)
    if statement is None:
        return None
    return Break(
        kind=fault.kind,
        object=fault.object,
        reference=reference,
        side=side,
        place=fault.place,
        sqlstate=fault.sqlstate,
        detail=fault.detail,
        statement=statement,
        proven=True,
    )
