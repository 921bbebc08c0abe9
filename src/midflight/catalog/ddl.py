"""Catalog objects as the SQL that makes them again, one statement a string, without semicolons.

Names in schema `public` are written without it, as people write them.
"""

from __future__ import annotations

import re
from dataclasses import replace

from midflight.catalog.ddl_objects import (
    create_extension,
    create_policy,
    create_routine,
    create_schema,
    create_sequence,
    create_trigger,
    create_type,
    create_view,
)
from midflight.catalog.ddl_rights import comment_statement, comments_on, grant_statements, literal
from midflight.catalog.definitions import constraint_clause
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.catalog.naming import make_name
from midflight.operations.shapes import (
    Column,
    Constraint,
    ConstraintKind,
    Generated,
    Index,
    Name,
    ObjectKind,
    Target,
    quote,
)

__all__ = [
    "add_column",
    "add_constraint",
    "attachments",
    "column_definition",
    "comment_statement",
    "create_extension",
    "create_index",
    "create_policy",
    "create_relation",
    "create_routine",
    "create_schema",
    "create_sequence",
    "create_table",
    "create_trigger",
    "create_type",
    "create_view",
    "foreign_keys_to",
    "grant_statements",
    "literal",
    "owned_sequences",
    "restore_column",
]

_SERIALS = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}
_KEYS = frozenset({ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE})
_STAYS_INLINE = frozenset(
    {ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.CHECK, ConstraintKind.EXCLUDE}
)


# --- tables ---------------------------------------------------------------------------------------------------------

_LOOSE = re.compile(r"\b(AT TIME ZONE|AND|OR|NOT|IN|LIKE|ILIKE|SIMILAR|BETWEEN|COLLATE)\b(?![^(]*\))", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


def create_relation(relation: Relation, catalog: Catalog) -> tuple[str, ...]:
    """Return what makes a table, view or sequence again, with everything that hangs on it."""
    match relation.kind:
        case RelationKind.TABLE | RelationKind.FOREIGN_TABLE:
            return create_table(relation, catalog)
        case RelationKind.SEQUENCE:
            return (create_sequence(relation), *_rights_and_comments(relation, catalog))
        case _:
            return (create_view(relation), *attachments(relation, catalog))


def create_table(relation: Relation, catalog: Catalog) -> tuple[str, ...]:
    """Return the table, then its indexes, foreign keys, triggers, policies, row security, grants and comments.

    Sequences of `serial` columns whose name is not the one the server would choose are made apart.
    """
    sequences = [s for s in owned_sequences(relation.name, catalog) if not _made_by_column(s, relation)]
    apart = {s.owned_by[1] for s in sequences if s.owned_by}
    columns = tuple(replace(c, serial=False) if c.name in apart else c for c in relation.columns)
    return (
        *(create_sequence(s) for s in sequences),
        _table_statement(relation, columns, catalog),
        *(
            f"ALTER SEQUENCE {s.name.short} OWNED BY {relation.name.short}.{quote(s.owned_by[1])}"
            for s in sequences
            if s.owned_by
        ),
        *(add_constraint(relation.name, c) for c in _added_later(relation, catalog)),
        *attachments(relation, catalog),
    )


def _table_statement(relation: Relation, columns: tuple[Column, ...], catalog: Catalog) -> str:
    unlogged = "UNLOGGED " if relation.unlogged else ""
    head = f"CREATE {unlogged}TABLE {relation.name.short}"
    tail = f" PARTITION BY {_by(relation)}" if relation.partition_by else ""
    if relation.partition_of is not None:
        return f"{head} PARTITION OF {relation.partition_of.short} {_bound(relation)}{tail}"
    inherited = _inherited_columns(relation, catalog)
    parts = [column_definition(c) for c in columns if c.name not in inherited]
    parts += [constraint_clause(c) for c in relation.constraints if _inline(c, relation)]
    body = "(\n    " + ",\n    ".join(parts) + "\n)" if parts else "()"
    parents = f" INHERITS ({', '.join(p.short for p in relation.inherits)})" if relation.inherits else ""
    return f"{head} {body}{parents}{tail}"


def _by(relation: Relation) -> str:
    return re.sub(r"\A\s*PARTITION\s+BY\s+", "", relation.partition_by, flags=re.IGNORECASE)


def _bound(relation: Relation) -> str:
    bound = relation.bound or "DEFAULT"
    return bound if re.match(r"\s*(DEFAULT|FOR\s+VALUES)\b", bound, re.IGNORECASE) else f"FOR VALUES {bound}"


def _inherited_columns(relation: Relation, catalog: Catalog) -> frozenset[str]:
    parents = (catalog.relations.get(parent) for parent in relation.inherits)
    return frozenset(c.name for parent in parents if parent for c in parent.columns)


def _added_later(relation: Relation, catalog: Catalog) -> tuple[Constraint, ...]:
    parent = catalog.relations.get(relation.partition_of) if relation.partition_of else None
    inherited = {(c.kind, c.columns) for c in parent.constraints} if parent else set()
    return tuple(c for c in relation.constraints if not _inline(c, relation) and (c.kind, c.columns) not in inherited)


def _inline(constraint: Constraint, relation: Relation) -> bool:
    # a partition gets its parent's constraints by itself; NOT VALID has no meaning inside CREATE TABLE, and of two
    # equal keys in one CREATE TABLE the server makes one
    equal = [c for c in relation.constraints if c.kind in _KEYS and c.columns == constraint.columns]
    if constraint.kind in _KEYS and equal[0] != constraint:
        return False
    return constraint.kind in _STAYS_INLINE and not constraint.not_valid and relation.partition_of is None


def owned_sequences(table: Name, catalog: Catalog) -> tuple[Relation, ...]:
    """Return the sequences that columns of the table (full name) own."""
    found = (r for r in catalog.relations.values() if r.owned_by is not None and r.owned_by[0] == table)
    return tuple(sorted(found, key=lambda r: r.name))


def _made_by_column(sequence: Relation, table: Relation) -> bool:
    """Whether `serial` or IDENTITY in the column's definition makes this very sequence."""
    name = sequence.owned_by[1] if sequence.owned_by else ""
    column = table.column(name)
    if column is None or column.identity is not None:
        return column is not None
    implicit = Name(make_name(table.name.name, name, "seq"), table.name.schema)
    return column.serial and column.not_null and sequence.name == implicit


def attachments(relation: Relation, catalog: Catalog) -> tuple[str, ...]:
    """Return what hangs on a table or view: indexes, triggers, rules, row security, policies, grants, comments.

    Indexes that a constraint owns are not among them. What a partition has from its parent comes by itself.
    """
    name = relation.name
    indexes = sorted(catalog.indexes_on(name), key=lambda i: i.name)
    triggers = sorted((t for (table, _), t in catalog.triggers.items() if table == name), key=lambda t: t.name)
    policies = sorted((p for (table, _), p in catalog.policies.items() if table == name), key=lambda p: p.name)
    return (
        *(create_index(i) for i in indexes if not i.constraint and relation.partition_of is None),
        *(statement for t in triggers for statement in create_trigger(t)),
        *(sql for (table, _), sql in catalog.rules.items() if table == name),
        *row_security(relation),
        *(create_policy(p) for p in policies),
        *_rights_and_comments(relation, catalog),
    )


def row_security(relation: Relation) -> tuple[str, ...]:
    """Return the statements that switch on the relation's row security flags."""
    table = f"ALTER TABLE {relation.name.short}"
    enabled = (f"{table} ENABLE ROW LEVEL SECURITY",) if relation.row_security else ()
    forced = (f"{table} FORCE ROW LEVEL SECURITY",) if relation.force_row_security else ()
    return (*enabled, *forced)


def _rights_and_comments(relation: Relation, catalog: Catalog) -> tuple[str, ...]:
    owner = f"ALTER {relation.kind.value.upper()} {relation.name.short} OWNER TO {quote(relation.owner)}"
    kind = ObjectKind.SEQUENCE if relation.kind is RelationKind.SEQUENCE else ObjectKind.TABLE
    return (
        *((owner,) if relation.owner else ()),
        *grant_statements(Target(kind, relation.name), catalog),
        *comments_on(relation.name, catalog),
    )


# --- columns and constraints ----------------------------------------------------------------------------------------


def _operand(expression: str) -> str:
    """Return a default as a column definition takes it: one with these operators only in parentheses (`b_expr`)."""
    return f"({expression})" if _LOOSE.search(_QUOTED.sub("", expression)) else expression


def column_definition(column: Column) -> str:
    """Return the column as CREATE TABLE and ADD COLUMN take it; constraints other than NOT NULL are not in it."""
    if column.serial and column.not_null and column.type in _SERIALS:
        return f"{quote(column.name)} {_SERIALS[column.type]}"
    parts = [quote(column.name), column.type]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated:
        stored = " STORED" if column.generated is Generated.STORED else ""
        parts.append(f"GENERATED ALWAYS AS ({column.expression}){stored}")
    elif column.identity:
        parts.append(f"GENERATED {column.identity.value} AS IDENTITY")
    elif column.default is not None:
        parts.append(f"DEFAULT {_operand(column.default)}")
    if column.not_null:
        parts.append("NOT NULL")
    return " ".join(parts)


def add_column(table: Name, column: Column) -> str:
    """Return ALTER TABLE ... ADD COLUMN."""
    return f"ALTER TABLE {table.short} ADD COLUMN {column_definition(column)}"


def restore_column(relation: Relation, column: str, catalog: Catalog) -> tuple[str, ...]:
    """Return what brings back a dropped column with all that DROP COLUMN takes along, from the catalog before.

    That is: the column, constraints and indexes that name it, foreign keys of other tables to it, and comments.
    Views, policies and triggers that CASCADE took are objects of their own and not among them.
    """
    found = relation.column(column)
    if found is None:
        return ()
    constraints = [c for c in relation.constraints if column in c.columns and c.kind is not ConstraintKind.NOT_NULL]
    owned = {c.name for c in constraints}
    indexes = [i for i in catalog.indexes_on(relation.name) if column in (*i.keys, *i.include)]
    comment = catalog.comments.get(Target(ObjectKind.COLUMN, relation.name, column))
    return (
        add_column(relation.name, found),
        *(add_constraint(relation.name, c) for c in constraints),
        *(create_index(i) for i in sorted(indexes, key=lambda i: i.name) if i.constraint not in owned),
        *(add_constraint(t, c) for t, c in foreign_keys_to(relation.name, catalog) if column in c.referenced_columns),
        *((comment_statement(Target(ObjectKind.COLUMN, relation.name, column), comment),) if comment else ()),
        *grant_statements(Target(ObjectKind.COLUMN, relation.name, column), catalog),
    )


def add_constraint(table: Name, constraint: Constraint) -> str:
    """Return ALTER TABLE ... ADD CONSTRAINT."""
    return f"ALTER TABLE {table.short} ADD {constraint_clause(constraint)}"


def foreign_keys_to(table: Name, catalog: Catalog) -> tuple[tuple[Name, Constraint], ...]:
    """Return the foreign keys of other tables that point at `table` (resolved), with their tables."""
    found = (
        (relation.name, constraint)
        for relation in catalog.relations.values()
        if relation.name != table
        for constraint in relation.constraints
        if constraint.references == table
    )
    return tuple(sorted(found, key=lambda pair: (pair[0], pair[1].name)))


def create_index(index: Index) -> str:
    """Return CREATE INDEX, never CONCURRENTLY."""
    return index.definition
