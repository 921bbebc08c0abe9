"""Tables, views and sequences that a step made or took away, and the flags of those it kept."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from midflight.catalog.compare import TEMPORARY
from midflight.catalog.ddl import create_sequence, create_table, create_view, row_security
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.shapes import Name, quote
from midflight.plan.inverse.constraints import non_inline
from midflight.plan.inverse.copies import copy_rows, insert_back, with_copy
from midflight.plan.inverse.difference import StepDifference, changed
from midflight.plan.inverse.piece import Piece, Rank, commented
from midflight.plan.inverse.storage import options_back
from midflight.plan.model import Reversibility

STAR = re.compile(r"[\s.,]\*\s*(,|\bFROM\b)", re.IGNORECASE)
_HEAD = re.compile(r"CREATE\b[^'$]*?\bAS\b", re.IGNORECASE)
_CHECKED = re.compile(r"WITH\s+((LOCAL|CASCADED)\s+)?CHECK\s+OPTION|WITH\s+NO\s+DATA", re.IGNORECASE)
_VIEWS = {RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW}


def relation_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what takes away new relations, brings back dropped ones, and resets the flags of kept tables."""
    for name in sorted(d.created):
        yield from _take_away(d.after.relations[name], d)
    dropped = [d.before.relations[name] for name in sorted(d.dropped)]
    for relation in by_dependency(dropped):
        yield from _bring_back(relation, d)
    for _, before, after in changed(d.before.relations, d.after.relations):
        if before.kind is RelationKind.SEQUENCE:
            yield from _ownership(before, after)
        elif before.is_table:
            yield from _flags(before, after)
        if before.owner and before.owner != after.owner:
            yield _owner(before)


def by_dependency(relations: Iterable[Relation]) -> list[Relation]:
    """Return the relations so that each stands behind those it reads or inherits from."""
    waiting = {r.name: r for r in relations}
    ordered: list[Relation] = []
    while waiting:
        ready = [r for r in waiting.values() if not _needs(r) & (waiting.keys() - {r.name})]
        ordered += ready or list(waiting.values())
        waiting = {name: r for name, r in waiting.items() if ready and r not in ready}
    return ordered


def _needs(relation: Relation) -> set[Name]:
    return {*relation.depends, *relation.inherits, *((relation.partition_of,) if relation.partition_of else ())}


def _take_away(relation: Relation, d: StepDifference) -> Iterator[Piece]:
    name = relation.name
    if name.schema == TEMPORARY:
        return
    drop = f"DROP {relation.kind.value.upper()} IF EXISTS {name.short}"
    if _may_have_been_there(d) and d.before.why_unknown(name):
        note = f"The history does not show whether `{name.short}` was there before: drop it only if it was not."
        yield Piece(Rank.DROP_RELATION, commented(f"{note}\n{drop};"), Reversibility.LOSSY, note)
        return
    match relation.kind:
        case RelationKind.SEQUENCE:
            if not _goes_with_its_column(relation, d):
                yield Piece(Rank.DROP_RELATION, drop)
        case RelationKind.TABLE:
            note = f"Rows written to `{name.short}` since are lost."
            yield Piece(Rank.DROP_RELATION, drop, Reversibility.LOSSY, note)
        case RelationKind.FOREIGN_TABLE:
            yield Piece(Rank.DROP_RELATION, drop)
        case _:
            yield Piece(Rank.DROP_VIEW, drop)


def _may_have_been_there(d: StepDifference) -> bool:
    """Whether the statement is content with an object that exists already."""
    return bool(getattr(d.operation, "if_not_exists", False) or getattr(d.operation, "or_replace", False))


def _goes_with_its_column(sequence: Relation, d: StepDifference) -> bool:
    if sequence.owned_by is None:
        return False
    table, column = sequence.owned_by
    owner = d.after.relations.get(table)
    known = owner.column(column) if owner else None
    return table in d.created or column in d.lost_columns(table) or bool(known and known.identity)


def _bring_back(relation: Relation, d: StepDifference) -> Iterator[Piece]:
    if relation.name.schema == TEMPORARY:
        return
    if relation.kind is RelationKind.SEQUENCE:
        yield from _sequence_back(relation, d)
    elif relation.kind in _VIEWS:
        yield from _view_back(relation)
    elif not relation.complete or not all(c.type for c in relation.columns):
        yield Piece(Rank.MAKE_TABLE, *_not_known(relation.name, "table"))
    else:
        yield from _table_back(relation, d)
    if relation.owner and relation.kind is not RelationKind.SEQUENCE:
        yield _owner(relation)


def _table_back(relation: Relation, d: StepDifference) -> Iterator[Piece]:
    name = relation.name.short
    bare = replace(
        relation,
        constraints=tuple(c for c in relation.constraints if c not in non_inline(relation, d)),
        row_security=False,
        force_row_security=False,
        owner="",
    )
    if relation.partition_of is not None:
        bare = replace(bare, constraints=())  # its parent gives it its own copies
    stored = relation.kind is RelationKind.TABLE and not relation.partition_by
    grade = Reversibility.IRREVERSIBLE if stored else Reversibility.LOSSLESS
    note = f"The rows of `{name}` are lost: copy them before the migration." if stored else ""
    for sql in create_table(bare, Catalog(relations=d.before.relations)):
        yield Piece(Rank.MAKE_TABLE, sql, grade, note)
    if stored:
        sql = with_copy(copy_rows(relation.name), insert_back(relation.name, d.before))
        yield Piece(Rank.FILL_TABLE, sql)
    for sql in filter(None, (*row_security(relation), options_back(relation))):
        yield Piece(Rank.CHANGE_TABLE, sql)


def view_text(view: Relation) -> str:
    """Return CREATE VIEW with the columns that a `*` meant when the view was made, where the catalog knows them.

    Its tables may have other columns by now, and PostgreSQL writes a `*` out when it makes the view.
    """
    definition = create_view(view)
    head = _HEAD.match(definition)
    if head is None or not STAR.search(definition) or STAR.search(view.query) or not view.query:
        return definition
    return definition if _CHECKED.search(definition) else f"{head[0]} {view.query}"


def _view_back(relation: Relation) -> Iterator[Piece]:
    if relation.definition or relation.query:
        yield Piece(Rank.MAKE_VIEW, view_text(relation))
    else:
        yield Piece(Rank.MAKE_VIEW, *_not_known(relation.name, "view"))


def _not_known(name: Name, what: str) -> tuple[str, Reversibility, str]:
    sentence = f"The history does not show the whole definition of {what} `{name.short}`: write this step by hand."
    return commented(sentence), Reversibility.IRREVERSIBLE, sentence


def _sequence_back(sequence: Relation, d: StepDifference) -> Iterator[Piece]:
    table, column = sequence.owned_by or (None, "")
    owner = d.before.relations.get(table) if table else None
    owning = owner.column(column) if owner else None
    comes_back = owner is not None and (owner.name in d.dropped or _column_gone(owner, column, d))
    if owning is not None and (owning.identity or (owning.serial and comes_back)):
        return  # the column brings its sequence along
    note = f"The sequence `{sequence.name.short}` counts from its start again: set it with setval()."
    yield Piece(Rank.MAKE_SEQUENCE, create_sequence(sequence), Reversibility.LOSSY, note)
    if sequence.owner:
        yield _owner(sequence)
    if table is not None:
        owned = f"{table.short}.{quote(column)}"
        yield Piece(Rank.CHANGE_TABLE, f"ALTER SEQUENCE {sequence.name.short} OWNED BY {owned}")


def _column_gone(owner: Relation, column: str, d: StepDifference) -> bool:
    kept = d.after.relations.get(owner.name)
    return kept is None or kept.column(column) is None


def _ownership(before: Relation, after: Relation) -> Iterator[Piece]:
    if before.owned_by != after.owned_by:
        table, column = before.owned_by or (None, "")
        owner = f"{table.short}.{quote(column)}" if table else "NONE"
        yield Piece(Rank.CHANGE_TABLE, f"ALTER SEQUENCE {before.name.short} OWNED BY {owner}")


def _owner(relation: Relation) -> Piece:
    sql = f"ALTER {relation.kind.value.upper()} {relation.name.short} OWNER TO {quote(relation.owner)}"
    return Piece(Rank.RIGHTS, sql)


def _flags(before: Relation, after: Relation) -> Iterator[Piece]:
    table = f"ALTER TABLE {before.name.short}"
    if before.unlogged != after.unlogged:
        note = f"`{before.name.short}` is rewritten under an exclusive lock."
        yield Piece(Rank.CHANGE_TABLE, f"{table} SET {'UNLOGGED' if before.unlogged else 'LOGGED'}", note=note)
    if before.row_security != after.row_security:
        yield Piece(Rank.CHANGE_TABLE, f"{table} {_switch(before.row_security)} ROW LEVEL SECURITY")
    if before.force_row_security != after.force_row_security:
        force = "FORCE" if before.force_row_security else "NO FORCE"
        yield Piece(Rank.CHANGE_TABLE, f"{table} {force} ROW LEVEL SECURITY")
    yield from _partition(before, after)
    for parent in after.inherits:
        if parent not in before.inherits:
            yield Piece(Rank.CHANGE_TABLE, f"{table} NO INHERIT {parent.short}")
    for parent in before.inherits:
        if parent not in after.inherits:
            yield Piece(Rank.CHANGE_TABLE, f"{table} INHERIT {parent.short}")


def _switch(on: bool) -> str:
    return "ENABLE" if on else "DISABLE"


def _partition(before: Relation, after: Relation) -> Iterator[Piece]:
    if before.partition_of == after.partition_of:
        return
    name = before.name.short
    if after.partition_of is not None:
        sql = f"ALTER TABLE {after.partition_of.short} DETACH PARTITION {name}"
        yield Piece(Rank.DROP_ATTACHED, sql)
    if before.partition_of is not None:
        bound = before.bound or "DEFAULT"
        if not bound.upper().lstrip().startswith(("DEFAULT", "FOR VALUES")):
            bound = f"FOR VALUES {bound}"
        note = f"Rows of `{name}` outside the bound make this step fail."
        sql = f"ALTER TABLE {before.partition_of.short} ATTACH PARTITION {name} {bound}"
        yield Piece(Rank.CHANGE_TABLE, sql, note=note)
