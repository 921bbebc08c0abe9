"""Which type changes write every row again, and which only look at the table or its indexes."""

from __future__ import annotations

import re
from itertools import pairwise

from midflight.catalog.cost_model import Work
from midflight.catalog.cost_scene import Scene
from midflight.catalog.dependents import constraint_names_column, index_names_column
from midflight.catalog.lookup import find_type, settled_type
from midflight.catalog.model import Catalog, Relation
from midflight.catalog.rewrite import parse_name, tokens
from midflight.operations.model import AlterColumnType
from midflight.operations.shapes import Constraint, ConstraintKind, Index, TypeKind

UTC = "if the migrating session's TimeZone is UTC; any other rewrites the table"

_SIZED = re.compile(r"(?P<base>[a-z ]+?)(?:\((?P<sizes>[\d, ]+)\))?(?P<rest>(?: with(?:out)? time zone)?)\Z")
_WORDS = {
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "varchar": "character varying",
    "char": "character",
    "bool": "boolean",
    "decimal": "numeric",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
}
_TEXT = frozenset({"text", "character varying"})
_GROWS = frozenset({"character varying", "bit varying", "numeric", "timestamp", "time", "interval"})
_FREE = frozenset({("xml", "text"), ("xml", "character varying"), ("cidr", "inet"), ("text", "citext")}) | frozenset(
    {("character varying", "citext"), ("citext", "text"), ("citext", "character varying")}
)
_ZONES = frozenset({("timestamp", " without time zone"), ("timestamp", " with time zone")})
_TYPE = re.compile(r"[\w.\" ]+(?:\([\d, ]*\)[\w ]*)?(?:\[\d*\])*\Z")


def type_change(operation: AlterColumnType, table: Relation, scene: Scene) -> tuple[Work, str]:
    """Return the work that ALTER COLUMN TYPE does on one table, and what the claim depends on.

    ATColumnChangeRequiresRewrite() and CheckIndexCompatible() of PostgreSQL's source; measured on 12 to 18. A type
    that nothing is known of counts as rewritten.
    """
    column = table.column(operation.column)
    if column is None or not column.type:
        return Work.REWRITE, "if the column's type is another one, which no migration tells"
    casts = cast_path(operation, column.type, scene.before)
    path = [(old, to) for old, to in pairwise(casts or ()) if old != to]
    if casts is None or not all(_free(old, to, scene.before) for old, to in path):
        return Work.REWRITE, ""
    note = UTC if any(_zone_change(old, to) for old, to in path) else ""
    if rebuilt_indexes(operation, table, scene.before):
        return Work.INDEX_BUILD, note
    return (Work.SCAN if checked_again(table, operation.column) else Work.NONE), note


def cast_path(operation: AlterColumnType, old: str, catalog: Catalog) -> tuple[str, ...] | None:
    """Return the types that a value goes through: the old one, those of the casts in USING, the new one.

    The last step is an assignment, the others are casts, which cut what does not fit. None where USING computes
    something else.
    """
    casts = [] if operation.using is None else _casts(operation.using, operation.column)
    if casts is None:
        return None
    return (old, *(settled_type(catalog, full_type(text)) for text in casts), settled_type(catalog, operation.type))


def _casts(using: str, column: str) -> list[str] | None:
    """The types that an expression casts the bare column to, in order; None for any other expression."""
    text, found = using.strip(), []
    while (at := _last_cast(text)) is not None or (text.startswith("(") and text.endswith(")")):
        if at is None:
            text = text[1:-1].strip()
        else:
            found.append(text[at + 2 :].strip())
            text = text[:at].strip()
    name = parse_name(text)
    if name is None or name.name != column or not all(_TYPE.match(cast) for cast in found):
        return None
    return found[::-1]


def _last_cast(text: str) -> int | None:
    """Where the last `::` outside brackets is."""
    depth, at = 0, None
    for _, piece, end in tokens(text):
        depth += (piece == "(") - (piece == ")")
        if piece == ":" and depth == 0 and text[end : end + 1] == ":":
            at = end - 1
    return at


def full_type(text: str) -> str:
    """Return a type's name as `format_type()` prints it, for the short names that the deparser writes."""
    text = re.sub(r",\s+(?=\d)", ",", text.strip())
    match = re.match(r"(?P<word>[a-z0-9]+)(?P<sizes>\([\d,]+\))?\Z", text)
    full = _WORDS.get(match["word"]) if match else None
    if match is None or full is None:
        return text
    first, space, rest = full.partition(" with")
    return f"{first}{match['sizes'] or ''}{space}{rest}"


def _free(old: str, new: str, catalog: Catalog) -> bool:
    """Whether values of the old type are values of the new one, bit for bit and without a check."""
    if old == new:
        return True
    name = parse_name(new)
    found = find_type(catalog, name) if name else None
    if found is not None and found.kind is TypeKind.DOMAIN:
        return not found.not_null and not found.constraints and _free(old, found.base, catalog)
    source = parse_name(old)
    domain = find_type(catalog, source) if source else None
    if domain is not None and domain.kind is TypeKind.DOMAIN:
        return _free(domain.base, new, catalog)
    before, after = _SIZED.match(old), _SIZED.match(new)
    return before is not None and after is not None and _widens(before, after)


def _widens(old: re.Match[str], new: re.Match[str]) -> bool:
    bases = (old["base"], new["base"])
    if {(old["base"], old["rest"]), (new["base"], new["rest"])} == _ZONES:
        return _fits(old, new)
    if old["rest"] != new["rest"]:
        return False
    if bases in _FREE:
        return not new["sizes"]
    if old["base"] in _TEXT and new["base"] in _TEXT:
        return not new["sizes"] or (bases[0] == bases[1] and _fits(old, new))
    return bases[0] == bases[1] and bases[0] in _GROWS and _fits(old, new)


def _fits(old: re.Match[str], new: re.Match[str]) -> bool:
    before, after = _sizes(old), _sizes(new)
    if not after:
        return True
    if not before:
        # six digits are what a timestamp, time or interval without a precision has
        return old["base"] in {"timestamp", "time", "interval"} and after[0] >= 6
    if old["base"] == "numeric":
        return after[0] >= before[0] and after[1] == before[1]
    return after[0] >= before[0]


def _sizes(match: re.Match[str]) -> tuple[int, ...]:
    if not match["sizes"]:
        return ()
    sizes = tuple(int(part) for part in match["sizes"].split(","))
    return (*sizes, 0) if match["base"] == "numeric" and len(sizes) == 1 else sizes


def _zone_change(old: str, new: str) -> bool:
    before, after = _SIZED.match(old), _SIZED.match(new)
    if before is None or after is None:
        return False
    return {(before["base"], before["rest"]), (after["base"], after["rest"])} == _ZONES


def _opclass_changes(old: str, new: str) -> bool:
    """Whether an index on the column has to sort by another operator class."""
    return _zone_change(old, new) or (old != new and "citext" in {old, new})


def rebuilt_indexes(operation: AlterColumnType, table: Relation, catalog: Catalog) -> tuple[Index, ...]:
    """Return the indexes that a type change builds again although it writes no row."""
    column = table.column(operation.column)
    old, collation = (column.type, column.collation) if column else ("", None)
    opclass = _opclass_changes(old, settled_type(catalog, operation.type))
    sorted_anew = opclass or (operation.collation or None) != collation
    indexes = (i for i in catalog.indexes_on(table.name) if index_names_column(i, operation.column))
    return tuple(index for index in indexes if sorted_anew or _computed(index))


def checked_again(table: Relation, column: str) -> tuple[Constraint, ...]:
    """Return the valid CHECK constraints on a column, which a type change reads every row for."""
    return tuple(
        c
        for c in table.constraints
        if c.kind is ConstraintKind.CHECK
        and not c.not_valid
        and not c.not_enforced
        and constraint_names_column(c, column)
    )


def _computed(index: Index) -> bool:
    return index.predicate is not None or any("(" in key for key in index.keys)
