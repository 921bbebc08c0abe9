"""What PostgreSQL asks of the keys, indexes and partitions of a partitioned table."""

from __future__ import annotations

import re

from midflight.catalog.dependents import children
from midflight.catalog.model import Catalog, Problem, Relation
from midflight.catalog.rewrite import parse_name

_KEYS = re.compile(r"\w+\s*\((?P<keys>[^()]*)\)\s*\Z")


def partition_columns(relation: Relation) -> tuple[str, ...]:
    """Return the columns of a partition key; empty where it has an expression, or where there is none."""
    match = _KEYS.match(relation.partition_by.strip())
    if match is None:
        return ()
    names = tuple(parse_name(key.strip().split(" ")[0]) for key in match["keys"].split(","))
    return tuple(name.name for name in names if name is not None) if all(names) else ()


def key_problems(relation: Relation, columns: tuple[str, ...]) -> tuple[Problem, ...]:
    """Return 0A000 where a unique key of a partitioned table leaves out a column of its partition key."""
    missing = [column for column in partition_columns(relation) if column not in columns]
    if not missing:
        return ()
    text = f"a unique key of a partitioned table must include all partitioning columns, and {missing[0]} is missing"
    return (Problem("0A000", text),)


def default_partition(catalog: Catalog, parent: Relation) -> Relation | None:
    """Return the DEFAULT partition of a table, None without one."""
    found = (child for child in children(catalog, parent.name) if child.partition_of == parent.name)
    return next((child for child in found if child.bound.strip().upper() == "DEFAULT"), None)
