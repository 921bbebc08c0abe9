"""The catalog of a live server, read from `pg_catalog`; objects of extensions and of the system are left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rpds import HashTrieMap

from midflight.adapters import live_queries as sql
from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.shapes import (
    Column,
    Constraint,
    ConstraintKind,
    Generated,
    Identity,
    Index,
    Mode,
    Name,
    ObjectKind,
    Parameter,
    Policy,
    Routine,
    RoutineKind,
    Target,
    Trigger,
    TypeKind,
    UserType,
)

if TYPE_CHECKING:
    from psycopg import Connection

Row = Any
Rows = Callable[[str], list[Row]]

_RELATIONS = {
    "r": RelationKind.TABLE,
    "p": RelationKind.TABLE,
    "f": RelationKind.FOREIGN_TABLE,
    "v": RelationKind.VIEW,
    "m": RelationKind.MATERIALIZED_VIEW,
    "S": RelationKind.SEQUENCE,
}
_CONSTRAINTS = {
    "p": ConstraintKind.PRIMARY_KEY,
    "u": ConstraintKind.UNIQUE,
    "f": ConstraintKind.FOREIGN_KEY,
    "c": ConstraintKind.CHECK,
    "x": ConstraintKind.EXCLUDE,
    "n": ConstraintKind.NOT_NULL,
}
_ON_DELETE = {"a": "", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_TYPES = {"e": TypeKind.ENUM, "d": TypeKind.DOMAIN, "c": TypeKind.COMPOSITE, "r": TypeKind.RANGE}
_MODES = {"i": Mode.IN, "o": Mode.OUT, "b": Mode.INOUT, "v": Mode.VARIADIC, "t": Mode.TABLE}
_KINDS = {"f": RoutineKind.FUNCTION, "w": RoutineKind.FUNCTION, "p": RoutineKind.PROCEDURE, "a": RoutineKind.AGGREGATE}
_VOLATILITY = {"i": "IMMUTABLE", "s": "STABLE", "v": "VOLATILE"}
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
_TIMING = ((2, "BEFORE"), (64, "INSTEAD OF"))
_EVENTS = ((4, "INSERT"), (8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE"))
_INTEGERS = frozenset({"smallint", "integer", "bigint"})


def read_catalog(connection: Connection[Row]) -> Catalog:
    """Return the catalog of the database that the connection is on, seen from inside its open transaction.

    Types in `public` are written without schema, as in a folded catalog; the connection's search path is put back.
    """

    def rows(query: str) -> list[Row]:
        return connection.execute(query.encode()).fetchall()

    before = rows("SELECT current_setting('search_path')")[0][0]
    rows("SELECT set_config('search_path', 'public', false)")
    try:
        return _read(rows)
    finally:
        connection.execute(b"SELECT set_config('search_path', %s, false)", (before,))


def _read(rows: Rows) -> Catalog:
    relations, triggers, policies = _relations(rows), _triggers(rows), _policies(rows)
    return Catalog(
        relations=HashTrieMap({r.name: r for r in relations}),
        indexes=HashTrieMap({i.name: i for i in _indexes(rows)}),
        routines=HashTrieMap({r.key: r for r in _routines(rows)}),
        types=HashTrieMap({t.name: t for t in _types(rows)}),
        triggers=HashTrieMap({(t.table, t.name): t for t in triggers}),
        policies=HashTrieMap({(p.table, p.name): p for p in policies}),
        rules=HashTrieMap({(Name(table, schema), name): text for schema, table, name, text in rows(sql.RULES)}),
        schemas=HashTrieMap(dict(rows(sql.SCHEMAS))),
        extensions=HashTrieMap(dict(rows(sql.EXTENSIONS))),
        publications=HashTrieMap({name: "" for (name,) in rows(sql.PUBLICATIONS)}),
        comments=HashTrieMap(_comments(rows)),
    )


# --- relations ------------------------------------------------------------------------------------------------------


def _relations(rows: Rows) -> list[Relation]:
    columns: dict[int, list[Column]] = {}
    for row in rows(sql.COLUMNS):
        columns.setdefault(row[0], []).append(_column(row))
    constraints: dict[int, list[Constraint]] = {}
    for row in rows(sql.CONSTRAINTS):
        constraints.setdefault(row[0], []).append(_constraint(row))
    depends: dict[int, list[tuple[Name, str]]] = {}
    for oid, schema, name, column in rows(sql.VIEW_SOURCES):
        depends.setdefault(oid, []).append((Name(name, schema), column or ""))
    parents: dict[int, list[Name]] = {}
    for oid, schema, name in rows(sql.PARENTS):
        parents.setdefault(oid, []).append(Name(name, schema))
    found = []
    for row in rows(sql.RELATIONS):
        relation = _relation(row, tuple(columns.get(row[0], ())), tuple(constraints.get(row[0], ())))
        relation = _with_sources(relation, depends.get(row[0], []))
        above = tuple(parents.get(row[0], ()))
        partition = bool(row[9])
        found.append(
            replace(relation, partition_of=above[0] if partition else None, inherits=() if partition else above)
        )
    return found


def _relation(row: Row, columns: tuple[Column, ...], constraints: tuple[Constraint, ...]) -> Relation:
    name, kind = Name(row[2], row[1]), _RELATIONS[row[3]]
    owned = (Name(row[12], row[11]), row[13]) if row[12] else None
    query = (row[8] or "").strip().rstrip(";")
    return Relation(
        name,
        kind,
        columns,
        constraints,
        definition=_definition(name, kind, query),
        query=query,
        partition_by=row[7] or "",
        bound=row[10] or "",
        unlogged=row[6] == "u",
        row_security=row[4],
        force_row_security=row[5],
        owned_by=owned,
    )


def _definition(name: Name, kind: RelationKind, query: str) -> str:
    match kind:
        case RelationKind.SEQUENCE:
            return f"CREATE SEQUENCE {name.short}"
        case RelationKind.VIEW:
            return f"CREATE OR REPLACE VIEW {name.short} AS {query}"
        case RelationKind.MATERIALIZED_VIEW:
            return f"CREATE MATERIALIZED VIEW {name.short} AS {query}"
        case _:
            return ""


def _with_sources(view: Relation, sources: list[tuple[Name, str]]) -> Relation:
    depends = tuple(dict.fromkeys(name for name, _ in sources if name != view.name))
    reads = tuple((name, column) for name, column in sources if column and name != view.name)
    return replace(view, depends=depends, reads=reads)


def _column(row: Row) -> Column:
    _, name, kind, not_null, identity, generated, expression, collation, serial = row
    return Column(
        name,
        kind,
        not_null=not_null,
        default=None if generated else expression,
        identity={"a": Identity.ALWAYS, "d": Identity.BY_DEFAULT}.get(identity),
        generated={"s": Generated.STORED, "v": Generated.VIRTUAL}.get(generated),
        expression=expression if generated else None,
        collation=collation,
        serial=serial and not_null and kind in _INTEGERS,
    )


def _constraint(row: Row) -> Constraint:
    _, name, kind, definition, columns, schema, table, referenced, on_delete, valid, deferrable, no_inherit = row
    return Constraint(
        name,
        _CONSTRAINTS[kind],
        definition,
        tuple(columns or ()),
        expression=_expression(definition) if kind == "c" else None,
        references=Name(table, schema) if table else None,
        referenced_columns=tuple(referenced or ()),
        on_delete=_ON_DELETE.get(on_delete.strip(), "") if kind == "f" else "",
        not_valid=not valid,
        deferrable=deferrable,
        no_inherit=no_inherit and kind == "c",
    )


def _expression(definition: str) -> str:
    return re.sub(r"\ACHECK \((.*)\)( NOT VALID| NO INHERIT| NOT ENFORCED)*\Z", r"\1", definition, flags=re.DOTALL)


def _indexes(rows: Rows) -> list[Index]:
    return [
        Index(
            Name(name, schema),
            Name(table, table_schema),
            tuple(_key(key) for key in keys[:key_count]),
            definition,
            unique=unique,
            method=method,
            include=tuple(_key(key) for key in keys[key_count:]),
            predicate=predicate,
            valid=valid,
            constraint=constraint or "",
        )
        for (
            schema,
            name,
            table_schema,
            table,
            keys,
            key_count,
            definition,
            unique,
            method,
            predicate,
            valid,
            constraint,
        ) in rows(sql.INDEXES)
    ]


def _key(key: tuple[str | None, str] | list[str | None]) -> str:
    column, text = key
    return column if column is not None else _bracketed(text or "")


def _bracketed(text: str) -> str:
    return text if text.startswith("(") else f"({text})"


# --- everything else ------------------------------------------------------------------------------------------------


def _routines(rows: Rows) -> list[Routine]:
    return [_routine(row) for row in rows(sql.ROUTINES)]


def _routine(row: Row) -> Routine:
    schema, name, kind, types, names, modes, defaults, returns, language, definition, body = row[:11]
    definer, volatility, strict, settings = row[11:]
    count = len(types)
    parameters = tuple(
        Parameter(
            (names or [""] * count)[i],
            types[i],
            _MODES[(modes or ["i"] * count)[i]],
            default=defaults[i] if defaults else None,
        )
        for i in range(count)
    )
    return Routine(
        Name(name, schema),
        parameters,
        returns or "",
        language,
        definition or "",
        kind=_KINDS[kind],
        body=body or "",
        security_definer=definer,
        volatility=_VOLATILITY[volatility],
        strict=strict,
        settings=tuple((s.partition("=")[0], s.partition("=")[2]) for s in settings or ()),
    )


def _types(rows: Rows) -> list[UserType]:
    checks: dict[int, list[Constraint]] = {}
    for oid, name, definition, valid in rows(sql.DOMAIN_CHECKS):
        check = Constraint(name, ConstraintKind.CHECK, definition, expression=_expression(definition))
        checks.setdefault(oid, []).append(replace(check, not_valid=not valid))
    attributes: dict[int, list[Column]] = {}
    for oid, name, kind in rows(sql.ATTRIBUTES):
        attributes.setdefault(oid, []).append(Column(name, kind))
    return [
        UserType(
            Name(name, schema),
            _TYPES.get(kind, TypeKind.OTHER),
            labels=tuple(labels or ()),
            base=base or "",
            not_null=not_null,
            default=default,
            constraints=tuple(checks.get(oid, ())),
            attributes=tuple(attributes.get(oid, ())),
        )
        for oid, schema, name, kind, labels, base, not_null, default in rows(sql.TYPES)
    ]


def _triggers(rows: Rows) -> list[Trigger]:
    return [
        Trigger(
            name,
            Name(table, schema),
            Name(function, function_schema),
            definition,
            timing=next((word for bit, word in _TIMING if flags & bit), "AFTER"),
            events=tuple(word for bit, word in _EVENTS if flags & bit),
            columns=tuple(columns or ()),
            enabled=enabled != "D",
        )
        for schema, table, name, function_schema, function, definition, flags, columns, enabled in rows(sql.TRIGGERS)
    ]


def _policies(rows: Rows) -> list[Policy]:
    return [
        Policy(
            name,
            Name(table, schema),
            "",
            command=_COMMANDS[command],
            permissive=permissive,
            roles=tuple(roles),
            using=using,
            check=check,
        )
        for schema, table, name, command, permissive, roles, using, check in rows(sql.POLICIES)
    ]


def _comments(rows: Rows) -> dict[Target, str]:
    return {
        Target(ObjectKind(kind), Name(name, schema or ""), part or "", None if types is None else tuple(types)): text
        for kind, schema, name, part, types, text in rows(sql.COMMENTS)
    }
