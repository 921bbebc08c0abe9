"""Which type changes write every row again, and which only look at the table or its indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from midflight.catalog.cost_model import Work
from midflight.catalog.cost_scene import Scene
from midflight.catalog.dependents import constraint_names_column, index_names_column
from midflight.catalog.lookup import find_type, settled_type
from midflight.catalog.model import Catalog, Relation
from midflight.catalog.rewrite import parse_name
from midflight.operations.model import AlterColumnType
from midflight.operations.shapes import ConstraintKind, Index, TypeKind

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
_CAST = re.compile(r"\(*\s*(?P<column>\"(?:[^\"]|\"\")+\"|[\w$]+)\s*\)*(?P<casts>(?:\s*::\s*[^:]+?)*)\)*\Z")


def type_change(operation: AlterColumnType, table: Relation, scene: Scene) -> tuple[Work, str]:
    """Return the work that ALTER COLUMN TYPE does on one table, and what the claim depends on.

    ATColumnChangeRequiresRewrite() and CheckIndexCompatible() of PostgreSQL's source; measured on 12 to 18. A type
    that nothing is known of counts as rewritten.
    """
    column = table.column(operation.column)
    if column is None or not column.type:
        return Work.REWRITE, "if the column's type is another one, which no migration tells"
    new = settled_type(scene.before, operation.type)
    path = _path(operation, column.type, new, scene.before)
    if path is None or not all(_free(old, to, scene.before) for old, to in path):
        return Work.REWRITE, ""
    note = UTC if any(_zone_change(old, to) for old, to in path) else ""
    return _under_the_same_rows(operation, table, scene, opclass=_opclass_changes(column.type, new)), note


def _path(operation: AlterColumnType, old: str, new: str, catalog: Catalog) -> list[tuple[str, str]] | None:
    """The casts from the old type to the new one; None where USING computes something else."""
    casts = [] if operation.using is None else _casts(operation.using, operation.column)
    if casts is None:
        return None
    types = [old, *(settled_type(catalog, full_type(text)) for text in casts), new]
    return [(a, b) for a, b in pairwise(types) if a != b]


def _casts(using: str, column: str) -> list[str] | None:
    match = _CAST.match(using.strip())
    name = parse_name(match["column"]) if match else None
    if match is None or name is None or name.name != column:
        return None
    return [
        part.strip().strip("()") if part.count("(") != part.count(")") else part.strip()
        for part in match["casts"].split("::")[1:]
    ]


def full_type(text: str) -> str:
    """Return a type's name as `format_type()` prints it, for the short names that the deparser writes."""
    match = re.match(r"(?P<word>[a-z0-9]+)(?P<sizes>\([\d, ]+\))?\Z", text.strip())
    full = _WORDS.get(match["word"]) if match else None
    if match is None or full is None:
        return text.strip()
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


def _under_the_same_rows(operation: AlterColumnType, table: Relation, scene: Scene, *, opclass: bool) -> Work:
    """What is left to do when no row is written: indexes built again, checks read again."""
    column = table.column(operation.column)
    collation = column.collation if column else None
    sorted_anew = opclass or (operation.collation or None) != collation
    if any(sorted_anew or _computed(i) for i in _indexes(table, operation.column, scene)):
        return Work.INDEX_BUILD
    checked = (
        c.kind is ConstraintKind.CHECK
        and not c.not_valid
        and not c.not_enforced
        and constraint_names_column(c, operation.column)
        for c in table.constraints
    )
    return Work.SCAN if any(checked) else Work.NONE


def _indexes(table: Relation, column: str, scene: Scene) -> Iterator[Index]:
    return (index for index in scene.before.indexes_on(table.name) if index_names_column(index, column))


def _computed(index: Index) -> bool:
    return index.predicate is not None or any("(" in key for key in index.keys)
