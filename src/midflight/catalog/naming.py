"""The names that PostgreSQL chooses where a statement gives none.

PostgreSQL 15 source, `ChooseRelationName`, `ChooseConstraintName`, `ChooseIndexColumnNames`, and measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from midflight.catalog.model import Catalog, Relation
from midflight.catalog.rewrite import identifiers, parse_name
from midflight.operations.shapes import Constraint, ConstraintKind, Index, Name

MAX_BYTES = 63

_LABELS = {
    ConstraintKind.PRIMARY_KEY: "pkey",
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.EXCLUDE: "excl",
    ConstraintKind.FOREIGN_KEY: "fkey",
    ConstraintKind.CHECK: "check",
    ConstraintKind.NOT_NULL: "not_null",
}
INDEXED = frozenset({ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE})
"""The kinds of constraints that have an index of their own."""

_CALL = re.compile(r"\(*\s*(?P<name>(?:[\w\"]+\.)?[\w\"]+)\s*\(")


def make_name(first: str, second: str, label: str) -> str:
    """Return `first_second_label` cut to 63 bytes, the longer of the first two parts being cut first."""
    overhead = len(label) + 1 + (1 if second else 0)
    one, two = first.encode(), second.encode()
    room = MAX_BYTES - overhead
    while len(one) + len(two) > room:
        if len(one) > len(two):
            one = one[:-1]
        else:
            two = two[:-1]
    parts = [one.decode(errors="ignore"), two.decode(errors="ignore"), label]
    return "_".join(part for part in parts if part)


def choose(first: str, second: str, label: str, taken: Callable[[str], bool]) -> str:
    """Return the first of `a_b_label`, `a_b_label1`, `a_b_label2`, ... that is not taken."""
    name = make_name(first, second, label)
    number = 0
    while taken(name):
        number += 1
        name = make_name(first, second, f"{label}{number}")
    return name


def relation_name_taken(catalog: Catalog, schema: str) -> Callable[[str], bool]:
    """Return a test for names of relations, sequences and indexes in a schema."""

    def taken(name: str) -> bool:
        wanted = Name(name, schema)
        return wanted in catalog.relations or wanted in catalog.indexes

    return taken


def constraint_name_taken(catalog: Catalog, schema: str, others: Iterable[str] = ()) -> Callable[[str], bool]:
    """Return a test for names of constraints anywhere in a schema, `others` included."""
    also = frozenset(others)

    def taken(name: str) -> bool:
        return name in also or catalog.has_constraint(name, schema)

    return taken


def constraint_name(catalog: Catalog, table: Relation, constraint: Constraint) -> str:
    """Return the name that the server gives to an unnamed constraint of the table."""
    own = [c.name for c in table.constraints]
    label = _LABELS[constraint.kind]
    constraints = constraint_name_taken(catalog, table.name.schema, own)
    relations = relation_name_taken(catalog, table.name.schema)
    if constraint.kind not in INDEXED:
        return choose(table.name.name, _addition(table, constraint), label, constraints)
    second = "" if constraint.kind is ConstraintKind.PRIMARY_KEY else _addition(table, constraint)
    return choose(table.name.name, second, label, lambda name: relations(name) or constraints(name))


def _addition(table: Relation, constraint: Constraint) -> str:
    if constraint.kind is not ConstraintKind.CHECK:
        return join_columns(constraint.columns)
    columns = check_columns(table, constraint)
    return columns[0] if len(columns) == 1 else ""


def check_columns(table: Relation, constraint: Constraint) -> tuple[str, ...]:
    """Return the columns of the table that a CHECK names."""
    if constraint.columns:
        return tuple(dict.fromkeys(constraint.columns))
    words = identifiers(constraint.expression or constraint.definition)
    return tuple(c.name for c in table.columns if c.name in words)


def index_name(catalog: Catalog, index: Index) -> str:
    """Return the name that the server gives to an index without one."""
    names: list[str] = []
    for key in (*index.keys, *index.include):
        base = key_name(key)
        name, number = base, 0
        while name in names:
            number += 1
            name = f"{base}{number}"
        names.append(name)
    return choose(index.table.name, join_columns(tuple(names)), "idx", relation_name_taken(catalog, index.table.schema))


def join_columns(columns: tuple[str, ...]) -> str:
    """Return the names joined by underscores, as much as the server looks at."""
    return "_".join(columns).encode()[: MAX_BYTES + 1].decode(errors="ignore")


def key_name(key: str) -> str:
    """Return what the server calls one index key: the column, the function of an expression, else `expr`."""
    if not key.startswith("(") and "(" not in key:
        return key
    call = _CALL.match(key)
    name = parse_name(call["name"]) if call else None
    return name.name if name else "expr"
