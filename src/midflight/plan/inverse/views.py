"""Views whose definition a step replaced, and the views that read them."""

from collections.abc import Iterator

from midflight.catalog.ddl import attachments
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.shapes import Name
from midflight.plan.inverse.difference import StepDifference, changed
from midflight.plan.inverse.piece import Piece, Rank
from midflight.plan.inverse.relations import by_dependency, view_text

_VIEWS = {RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW}


def view_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what gives changed views their previous definition; dependents are dropped and made again with them."""
    for _, before, after in changed(d.before.relations, d.after.relations):
        if before.kind in _VIEWS and _text(before) != _text(after):
            yield from _previous(before, after, d)


def _text(view: Relation) -> tuple[str, str]:
    return view.definition, view.query


def _previous(before: Relation, after: Relation, d: StepDifference) -> Iterator[Piece]:
    if before.kind is RelationKind.VIEW and _same_columns(before, after):
        yield Piece(Rank.MAKE_VIEW, view_text(before))
        return
    # CREATE OR REPLACE VIEW can add columns, never take one away (PostgreSQL documentation, "CREATE VIEW")
    readers = dependents(before.name, d.after)
    for view in reversed(readers):
        yield Piece(Rank.DROP_VIEW, f"DROP {view.kind.value.upper()} IF EXISTS {view.name.short}")
    yield Piece(Rank.DROP_VIEW, f"DROP {after.kind.value.upper()} IF EXISTS {after.name.short}")
    for view in (before, *(d.before.relations[r.name] for r in readers if r.name in d.before.relations)):
        yield Piece(Rank.MAKE_VIEW, view_text(view))
        for sql in attachments(view, d.before):
            yield Piece(Rank.MAKE_ATTACHED, sql)


def _same_columns(before: Relation, after: Relation) -> bool:
    names = [c.name for c in before.columns]
    return before.complete and after.complete and bool(names) and names == [c.name for c in after.columns]


def dependents(name: Name, catalog: Catalog) -> list[Relation]:
    """Return the views that read a relation, directly or through others, each behind what it reads."""
    found: dict[Name, Relation] = {}
    waiting = [name]
    while waiting:
        read = waiting.pop()
        for relation in catalog.relations.values():
            if relation.kind in _VIEWS and read in relation.depends and relation.name not in found:
                found[relation.name] = relation
                waiting.append(relation.name)
    return by_dependency(found.values())
