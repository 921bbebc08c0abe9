"""Grants and comments as the SQL that makes them again."""

from __future__ import annotations

from collections.abc import Iterable

from midflight.catalog.model import Catalog
from midflight.operations.shapes import Name, ObjectKind, Target, quote

ALL_PRIVILEGES: dict[ObjectKind, tuple[str, ...]] = {
    ObjectKind.TABLE: ("DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"),
    ObjectKind.COLUMN: ("INSERT", "REFERENCES", "SELECT", "UPDATE"),
    ObjectKind.SEQUENCE: ("SELECT", "UPDATE", "USAGE"),
    ObjectKind.SCHEMA: ("CREATE", "USAGE"),
    ObjectKind.FUNCTION: ("EXECUTE",),
    ObjectKind.PROCEDURE: ("EXECUTE",),
    ObjectKind.TYPE: ("USAGE",),
    ObjectKind.DATABASE: ("CONNECT", "CREATE", "TEMPORARY"),
    ObjectKind.LANGUAGE: ("USAGE",),
}
"""What GRANT ALL means (PostgreSQL documentation, "Privileges"; MAINTAIN, new in 17, is left out)."""

_ON_TABLES = frozenset({ObjectKind.COLUMN, ObjectKind.CONSTRAINT, ObjectKind.TRIGGER, ObjectKind.POLICY})
_RELATIONS = frozenset(
    {
        ObjectKind.TABLE,
        ObjectKind.FOREIGN_TABLE,
        ObjectKind.VIEW,
        ObjectKind.MATERIALIZED_VIEW,
        ObjectKind.SEQUENCE,
        *_ON_TABLES,
    }
)


def grant_statements(target: Target, catalog: Catalog) -> tuple[str, ...]:
    """Return the REVOKEs of default rights and the GRANTs in force on one object, column grants included."""
    targets = {target}
    if target.kind is ObjectKind.TABLE:
        targets |= {g.target for g in catalog.grants if g.target.kind is ObjectKind.COLUMN and _same(g.target, target)}
    held: dict[tuple[bool, Target, str], set[str]] = {}
    for granted, given in catalog.grants.items():
        if granted.target in targets:
            held.setdefault((given, granted.target, granted.role), set()).add(granted.privilege)
    ordered = sorted(held.items(), key=lambda item: (item[0][0], item[0][1].part, item[0][2]))
    return tuple(_grant(on, role, sorted(words), given=given) for (given, on, role), words in ordered)


def _same(column: Target, table: Target) -> bool:
    return column.name == table.name


def _grant(target: Target, role: str, privileges: list[str], *, given: bool) -> str:
    verb, preposition = ("GRANT", "TO") if given else ("REVOKE", "FROM")
    everything = tuple(privileges) == ALL_PRIVILEGES.get(target.kind) and len(privileges) > 1
    words = ["ALL"] if everything else privileges
    grantee = "PUBLIC" if role.upper() == "PUBLIC" else quote(role)
    if target.kind is ObjectKind.COLUMN:
        listed = ", ".join(f"{word} ({quote(target.part)})" for word in words)
        return f"{verb} {listed} ON TABLE {target.name.short} {preposition} {grantee}"
    return f"{verb} {', '.join(words)} ON {target_text(target)} {preposition} {grantee}"


def literal(text: str) -> str:
    """Return the text as an SQL string (standard_conforming_strings is on)."""
    return "'" + text.replace("'", "''") + "'"


def comment_statement(target: Target, text: str | None) -> str:
    """Return COMMENT ON; None takes the comment away."""
    value = "NULL" if text is None else literal(text)
    return f"COMMENT ON {target_text(target)} IS {value}"


def comments_on(relation: Name, catalog: Catalog) -> tuple[str, ...]:
    """Return the comments on a relation and on its columns, constraints, triggers and policies."""
    found: Iterable[tuple[Target, str]] = (
        (target, text)
        for target, text in catalog.comments.items()
        if target.name == relation and target.kind in _RELATIONS
    )
    ordered = sorted(found, key=lambda pair: (pair[0].part != "", pair[0].kind.value, pair[0].part))
    return tuple(comment_statement(target, text) for target, text in ordered)


def target_text(target: Target) -> str:
    """Return the object as COMMENT ON and GRANT ... ON name it (`COLUMN t.c`, `FUNCTION f(integer)`)."""
    if target.kind is ObjectKind.COLUMN:
        return f"COLUMN {target.name.short}.{quote(target.part)}"
    if target.kind in _ON_TABLES:
        return f"{target.kind.value} {quote(target.part)} ON {target.name.short}"
    arguments = f"({', '.join(target.arguments)})" if target.arguments is not None else ""
    return f"{target.kind.value} {target.name.short}{arguments}"
