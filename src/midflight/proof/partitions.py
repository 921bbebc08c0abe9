"""The partitions of a table, and what each of them takes."""

import re
from collections.abc import Iterator

from midflight.catalog.model import Catalog, Relation
from midflight.operations.shapes import Name

_RANGE = re.compile(r"\AFOR VALUES FROM \((?P<low>.+)\) TO \((?P<high>.+)\)\Z", re.DOTALL)
_LIST = re.compile(r"\AFOR VALUES IN \((?P<values>.+)\)\Z", re.DOTALL)
_HASH = re.compile(r"\AFOR VALUES WITH \(modulus (?P<modulus>\d+), remainder (?P<remainder>\d+)\)\Z", re.IGNORECASE)
_KEYS = re.compile(r"\A\w+ \((?P<keys>.*)\)\Z", re.DOTALL)


def partitions_of(name: Name, catalog: Catalog) -> Iterator[Name]:
    """Yield the partitions of a table, and theirs."""
    for each in catalog.pointing_at(name):
        if each.partition_of == name:
            yield each.name
            yield from partitions_of(each.name, catalog)


def bounds_of(table: Relation, catalog: Catalog) -> Iterator[str]:
    """Yield what a partition, and those that it is a part of, take, as conditions on the row."""
    parent = catalog.relations.get(table.partition_of) if table.partition_of else None
    if parent is None:
        return
    yield from bounds_of(parent, catalog)
    match = _KEYS.match(parent.partition_by)
    keys = match["keys"] if match else ""
    if found := _RANGE.match(table.bound):
        if "," not in keys:
            yield from (f"({keys} >= {low})" for low in (found["low"],) if low != "MINVALUE")
            yield from (f"({keys} < {high})" for high in (found["high"],) if high != "MAXVALUE")
    elif found := _LIST.match(table.bound):
        yield f"({keys} = ANY (ARRAY[{found['values']}]))"
    elif found := _HASH.match(table.bound):
        parts = f"{found['modulus']}, {found['remainder']}, {keys}"
        yield f"satisfies_hash_partition('{str(parent.name).replace(chr(39), chr(39) * 2)}'::regclass, {parts})"
