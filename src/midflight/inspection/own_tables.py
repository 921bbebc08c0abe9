"""Takes a table that something other than the migrations makes for one of which they cannot tell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from midflight.changes.model import Blobs, Tree
from midflight.compatibility.judge import with_tried
from midflight.compatibility.model import Break, BreakKind, Cell, Doubt
from midflight.compatibility.resolve import name_of
from midflight.inspection.model import Context
from midflight.references.made_elsewhere import find_makers
from midflight.references.model import Place
from midflight.references.paths import SearchOptions


def with_own_tables(
    contexts: Sequence[Context], head: Tree, blobs: Blobs, options: SearchOptions
) -> tuple[Context, ...]:
    """Return the contexts in which a table that no migration makes breaks nothing where other statements make it.

    Programs make tables of their own while they run, and read those of other programs' databases: whether they are
    there is nothing that a migration of this history decides.
    """
    cells = [cell for context in contexts for cell in (context.matrix.new_new, context.matrix.new_old)]
    names = frozenset(name_of(found.reference).name for cell in cells for found in cell.breaks if _is_unmade(found))
    if not names:
        return tuple(contexts)
    known = frozenset(name.name for context in contexts for name in context.after.relations)
    made = find_makers(head, blobs, names, known=known, options=options)
    return tuple(_context(context, made) for context in contexts)


def _context(context: Context, made: Mapping[str, Place]) -> Context:
    matrix = context.matrix
    told = replace(matrix, new_new=_cell(matrix.new_new, made), new_old=_cell(matrix.new_old, made))
    return replace(context, matrix=told)


def _cell(cell: Cell, made: Mapping[str, Place]) -> Cell:
    left = [found for found in cell.breaks if _is_unmade(found) and name_of(found.reference).name in made]
    if not left:
        return cell
    doubts = dict.fromkeys((*cell.doubts, *(_doubt(found, made) for found in left)))
    return with_tried((found for found in cell.breaks if found not in left), doubts, cell.tried)


def _doubt(found: Break, made: Mapping[str, Place]) -> Doubt:
    maker = made[name_of(found.reference).name]
    return Doubt(f"{found.object}: {maker.path}:{maker.line} makes it, which is no migration", found.place)


def _is_unmade(found: Break) -> bool:
    return found.kind is BreakKind.MISSING_TABLE and found.statement is None
