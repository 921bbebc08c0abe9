"""The matrix: references of old and new code against the schema before and after."""

from collections.abc import Iterable, Iterator, Sequence

from midflight.catalog.model import Catalog
from midflight.compatibility.cached import as_started
from midflight.compatibility.columns import lost, retyped, shifted
from midflight.compatibility.doubts import new_code_doubts, old_code_doubts, unread_migrations
from midflight.compatibility.model import Break, BreakKind, Cell, Doubt, Matrix, Side, State, Tried
from midflight.compatibility.resolve import Fault, exists, name_of, resolve
from midflight.compatibility.schemas import Schemas
from midflight.operations.model import Statement
from midflight.references.model import CodeReferences, Reference, TableReference

Identity = tuple[object, ...]

MISSING = frozenset({BreakKind.MISSING_TABLE, BreakKind.MISSING_COLUMN, BreakKind.MISSING_ROUTINE})


def judge(schemas: Schemas, old: CodeReferences, new: CodeReferences) -> Matrix:
    """Return the four cells.

    A fault that the same code already has on the schema it runs on today is not this change's doing: it is shown
    under old code on the old schema and nowhere else.
    """
    standing = tuple(_faults(old.references, schemas.before, schemas.after))
    known = {identity for identity, _, _ in standing}
    difference = schemas.difference
    unchanged = {_sameness(reference) for reference in old.references}
    fresh = tuple(r for r in new.references if _sameness(r) not in unchanged)
    served = [reference for reference in old.references if exists(reference, schemas.before)]
    started = [as_started(reference, schemas.before) for reference in served]
    old_new = _breaks(_faults(started, schemas.after, schemas.before), Side.BASE, known, schemas)
    new_old = _breaks(_faults(new.references, schemas.before, schemas.after), Side.HEAD, known, schemas)
    unserved = unchanged - {_sameness(reference) for reference in served}
    lasting = [reference for reference in new.references if _sameness(reference) not in unserved]
    idle = frozenset(_idle(new, schemas))
    new_new = _breaks(_faults(lasting, schemas.after, schemas.before), Side.HEAD, known, schemas)
    left = tuple(found for found in new_new if found.reference in idle and found.kind is BreakKind.MISSING_TABLE)
    new_new = tuple(found for found in new_new if found not in left)
    old_new += (*lost(served, schemas, Side.BASE), *retyped(old.references, difference, Side.BASE, schemas.steps))
    old_new += tuple(shifted(served, schemas, Side.BASE))
    new_old += tuple(retyped(fresh, difference, Side.HEAD, schemas.steps))
    kept = (reference for reference in lasting if _sameness(reference) in unchanged)
    new_new += (*lost(lasting, schemas, Side.HEAD), *shifted(kept, schemas, Side.HEAD))
    unread = unread_migrations(schemas.database)
    return Matrix(
        old_old=_cell((), tuple(Doubt(_standing(fault), fault.place) for _, _, fault in standing)),
        old_new=_cell(
            _distinct(old_new),
            (*unread, *old_code_doubts(old, schemas.steps, difference, schemas.after, schemas.before)),
        ),
        new_old=_cell(_distinct(new_old), new_code_doubts(new, fresh, difference, schemas.before, schemas.after)),
        new_new=_cell(_distinct(new_new), (*unread, *(Doubt(_mapped(found), found.place) for found in left))),
    )


def _idle(code: CodeReferences, schemas: Schemas) -> Iterator[Reference]:
    """The structs of Go whose tables the old schema has and that nothing in the code is seen to query.

    A struct says nothing of a database by itself: it is a model where it is given to one, and may stay behind as
    what an answer looks like.
    """
    queried = {name_of(each) for each in code.references if not _is_model(each)}
    for each in code.references:
        of_go = _is_model(each) and each.place.path.endswith(".go")
        if of_go and name_of(each) not in queried and exists(each, schemas.before):
            yield each


def _is_model(reference: Reference) -> bool:
    return isinstance(reference, TableReference) and reference.mapped


def _mapped(found: Break) -> str:
    return f"{found.object} is removed and still mapped, though nothing is seen to query it"


def _sameness(reference: Reference) -> Identity:
    """What stays equal when a reference only moved to another line."""
    match reference:
        case TableReference():
            columns = tuple((use.name, use.access) for use in reference.columns)
            return (reference.place.path, reference.table, reference.verb, columns, reference.text, _flag(reference))
        case _:
            return (reference.place.path, reference.routine, reference.arguments, reference.text, _flag(reference))


def _flag(reference: Reference) -> tuple[str, bool] | None:
    return (reference.guard.flag, reference.guard.negated) if reference.guard else None


def _standing(fault: Fault) -> str:
    return f"{fault.object}: {fault.detail}, before this change too"


def _faults(
    references: Iterable[Reference], catalog: Catalog, other: Catalog
) -> Iterator[tuple[Identity, Reference, Fault]]:
    for reference in references:
        for fault in resolve(reference, catalog, other).faults:
            yield (_identity(reference, fault), reference, fault)


def _identity(reference: Reference, fault: Fault) -> Identity:
    """A list of columns that a mapper makes up is the model's, wherever the calls that send it are."""
    mapped = isinstance(reference, TableReference) and reference.mapped
    return ("" if mapped else reference.place.path, name_of(reference), fault.kind, fault.object)


def _breaks(
    faults: Iterable[tuple[Identity, Reference, Fault]], side: Side, known: set[Identity], schemas: Schemas
) -> tuple[Break, ...]:
    found = [item for item in faults if item[0] not in known]
    causes = {_missing(reference, fault): (reference, fault) for _, reference, fault in found}
    statements = {key: _cause(reference, fault, schemas) for key, (reference, fault) in causes.items()}
    return tuple(
        Break(
            kind=fault.kind,
            object=fault.object,
            reference=reference,
            side=side,
            place=fault.place,
            sqlstate=fault.sqlstate,
            detail=fault.detail,
            statement=statements[_missing(reference, fault)],
        )
        for _, reference, fault in found
    )


def _missing(reference: Reference, fault: Fault) -> Identity:
    """What decides the cause: for a missing object the object alone, else the whole reference."""
    return (fault.kind, fault.object) if fault.kind in MISSING else (fault.kind, fault.object, reference)


def _cause(reference: Reference, fault: Fault, schemas: Schemas) -> Statement | None:
    """Return the statement at which the fault appears or disappears, None when no statement does either."""
    for step in schemas.steps:
        sides = (step.before, step.after)
        found = [_has(reference, fault, catalog, schemas) for catalog in sides]
        if found[0] != found[1]:
            return step.operation.statement
    return None


def _has(reference: Reference, fault: Fault, catalog: Catalog, schemas: Schemas) -> bool:
    ends = (schemas.before, schemas.after)
    faults = (found for end in ends for found in resolve(reference, catalog, end).faults)
    return any(found.object == fault.object for found in faults)


def _distinct(breaks: Iterable[Break]) -> tuple[Break, ...]:
    return tuple({(found.object, found.place, found.kind): found for found in breaks}.values())


def _cell(breaks: tuple[Break, ...], doubts: tuple[Doubt, ...], tried: Tried | None = None) -> Cell:
    if any(found.guard is None for found in breaks):
        state = State.BREAKS
    elif breaks:
        state = State.DEGRADES
    else:
        state = State.UNDETERMINED if doubts else State.HOLDS
    return Cell(state, tuple(sorted(breaks, key=_order)), doubts, tried)


def _order(found: Break) -> tuple[str, int, str, str]:
    return (found.place.path, found.place.line, found.object, found.kind)


def join(matrices: Sequence[Matrix]) -> Matrix:
    """Return one matrix for several databases: every cell is as bad as its worst."""
    return Matrix(
        old_old=_join([m.old_old for m in matrices]),
        old_new=_join([m.old_new for m in matrices]),
        new_old=_join([m.new_old for m in matrices]),
        new_new=_join([m.new_new for m in matrices]),
    )


def _join(cells: Sequence[Cell]) -> Cell:
    breaks = dict.fromkeys(found for cell in cells for found in cell.breaks)
    doubts = dict.fromkeys(doubt for cell in cells for doubt in cell.doubts)
    return _cell(tuple(breaks), tuple(doubts), _tried([cell.tried for cell in cells if cell.tried]))


def _tried(several: Sequence[Tried]) -> Tried | None:
    if not several:
        return None
    counts: dict[str, int] = {}
    for reason, count in (each for one in several for each in one.reasons):
        counts[reason] = counts.get(reason, 0) + count
    return Tried(
        sum(one.hold for one in several),
        sum(one.fail for one in several),
        sum(one.incomplete for one in several),
        sum(one.left_out for one in several),
        tuple(counts.items()),
    )


def with_tried(breaks: Iterable[Break], doubts: Iterable[Doubt], tried: Tried | None) -> Cell:
    """Return the cell that is left after its statements were run."""
    return _cell(_distinct(breaks), tuple(doubts), tried)
