"""Whether a foreign key's columns can be compared with the columns that they point at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from midflight.catalog.model import Problem, Relation
from midflight.operations.shapes import Constraint

_FAMILIES = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "numeric",
    "real": "float",
    "double precision": "float",
    "text": "text",
    "character varying": "text",
    "character": "text",
    "uuid": "uuid",
    "boolean": "boolean",
    "bytea": "bytea",
    "date": "time",
    "timestamp without time zone": "time",
    "timestamp with time zone": "time",
}
"""Types whose keys the server compares with each other; a type that is not here is not judged."""
_CAST = frozenset({("integer", "numeric"), ("integer", "float"), ("numeric", "float")})
"""What the server turns into the type of the key by itself."""
_WIDTHS = {"smallint": 1, "integer": 2, "bigint": 3}
_SIZE = re.compile(r"\((\d+)(?:,\d+)?\)")


def key_type_problems(relation: Relation, constraint: Constraint, target: Relation) -> tuple[Problem, ...]:
    """Return the server's 42804 for each pair of columns that it cannot compare (measured on 15 and 18)."""
    return tuple(
        Problem("42804", f'foreign key columns "{own}" and "{other}" are of incompatible types: {one} and {two}')
        for own, other, one, two in key_pairs(relation, constraint, target)
        if not _comparable(one, two)
    )


def key_pairs(relation: Relation, constraint: Constraint, target: Relation) -> Iterator[tuple[str, str, str, str]]:
    """Yield the columns of a foreign key, those that they point at, and the types of both where both are known."""
    referenced = constraint.referenced_columns or target.primary_key
    for own, other in zip(constraint.columns, referenced, strict=False):
        one, two = relation.column(own), target.column(other)
        if one is not None and two is not None and one.type and two.type:
            yield own, other, one.type, two.type


def is_narrower(one: str, two: str) -> bool:
    """Return whether the first type, of the same family, cannot hold all values of the second."""
    if one in _WIDTHS and two in _WIDTHS:
        return _WIDTHS[one] < _WIDTHS[two]
    sizes = _SIZE.search(one), _SIZE.search(two)
    strings = one.startswith("character") and two.startswith("character")
    return strings and sizes[0] is not None and sizes[1] is not None and int(sizes[0][1]) < int(sizes[1][1])


def _comparable(one: str, two: str) -> bool:
    families = _FAMILIES.get(_bare(one)), _FAMILIES.get(_bare(two))
    return None in families or families[0] == families[1] or families in _CAST


def _bare(text: str) -> str:
    return _SIZE.sub("", text).strip()
