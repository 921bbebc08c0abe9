"""What a statement needs that only a newer server has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from midflight.catalog.model import Step
from midflight.operations import model as op
from midflight.operations.shapes import Column, ConstraintKind, Generated, Name


@dataclass(frozen=True, slots=True)
class Newer:
    """One thing that servers before a major version refuse, and what they refuse it with."""

    what: str
    since: int
    sqlstate: str = "42601"


_HIDDEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag)", re.DOTALL
)
"""Comments, strings, quoted names and bodies: no keywords."""

_WORDS = tuple(
    (re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE), Newer(what, since))
    for pattern, what, since in (
        (r"\bDETACH PARTITION \S+ (?:CONCURRENTLY|FINALIZE)\b", "DETACH PARTITION CONCURRENTLY", 14),
        (r"\ACREATE OR REPLACE (?:CONSTRAINT )?TRIGGER\b", "CREATE OR REPLACE TRIGGER", 14),
        (r"\bBEGIN ATOMIC\b", "a body with BEGIN ATOMIC", 14),
        (r"\b(?:SET )?COMPRESSION (?:pglz|lz4|default)\b", "COMPRESSION of a column", 14),
        (r"\b(?:int4|int8|num|ts|tstz|date)multirange\b", "a multirange type", 14),
        (r"\bNULLS NOT DISTINCT\b", "NULLS NOT DISTINCT", 15),
        (r"\A(?:WITH\b.*)?\bMERGE INTO\b", "MERGE", 15),
        (r"\bON DELETE SET (?:NULL|DEFAULT) ?\(", "ON DELETE SET NULL for some columns", 15),
        (r"\bsecurity_invoker\b", "the option security_invoker of a view", 15),
        (r"\bSET ACCESS METHOD\b", "SET ACCESS METHOD", 15),
        (r"\bTABLES IN SCHEMA\b", "TABLES IN SCHEMA of a publication", 15),
        (r"\bIS (?:NOT )?JSON\b", "IS JSON", 16),
        (r"\bJSON_ARRAYAGG ?\(|\bJSON_OBJECTAGG ?\(", "JSON_ARRAYAGG and JSON_OBJECTAGG", 16),
        (r"\bSET EXPRESSION AS\b", "SET EXPRESSION", 17),
        (r"\bWHEN NOT MATCHED BY SOURCE\b", "MERGE with BY SOURCE", 17),
        (r"\bJSON_TABLE ?\(", "JSON_TABLE", 17),
        (r"\b(?:GRANT|REVOKE) MAINTAIN\b", "the privilege MAINTAIN", 17),
        (r"\bNOT ENFORCED\b", "NOT ENFORCED", 18),
        (r"\bWITHOUT OVERLAPS\b", "WITHOUT OVERLAPS", 18),
        (r"\bNOT NULL NO INHERIT\b", "NOT NULL NO INHERIT", 18),
    )
)
_ROUTINES = {
    "gen_random_uuid": Newer("`gen_random_uuid()` without the extension pgcrypto", 13, "42883"),
    "uuidv7": Newer("`uuidv7()`", 18, "42883"),
    "uuidv4": Newer("`uuidv4()`", 18, "42883"),
}
_CALL = re.compile(rf"\b({'|'.join(_ROUTINES)})\s*\(", re.IGNORECASE)


_NEWEST = max(*(newer.since for _, newer in _WORDS), *(newer.since for newer in _ROUTINES.values()))


def newer_than(step: Step, version: int) -> Iterator[Newer]:
    """Yield what a step needs and a server of that major version lacks (release notes 13 to 18; 15 and 18 measured)."""
    operation = step.operation
    if isinstance(operation, op.Opaque) or version >= _NEWEST:
        return
    text = _HIDDEN.sub(" ", operation.statement.text)
    found = (*(newer for pattern, newer in _WORDS if pattern.search(text)), *_built(step), *_called(text, step))
    yield from (newer for newer in dict.fromkeys(found) if newer.since > version)


def _built(step: Step) -> Iterator[Newer]:
    match step.operation:
        case op.AddColumn(column=column):
            yield from _columns((column,))
        case op.CreateTable(columns=columns, constraints=constraints):
            yield from _columns(columns)
            if any(c.kind is ConstraintKind.NOT_NULL for c in constraints):
                yield Newer("NOT NULL as a constraint of the table", 18)
        case op.AddConstraint(table=table, constraint=constraint):
            if constraint.kind is ConstraintKind.NOT_NULL:
                yield Newer("NOT NULL as a constraint of the table", 18)
            elif constraint.references is not None and constraint.not_valid and _is_partitioned(table, step):
                yield Newer("a foreign key NOT VALID on a partitioned table", 18, "42809")
        case op.SetExpression(expression=None):
            yield Newer("DROP EXPRESSION", 13)
        case _:
            return


def _columns(columns: tuple[Column, ...]) -> Iterator[Newer]:
    if any(column.generated is Generated.VIRTUAL for column in columns):
        yield Newer("a VIRTUAL generated column", 18)


def _called(text: str, step: Step) -> Iterator[Newer]:
    for name in dict.fromkeys(found.lower() for found in _CALL.findall(text)):
        own = any(key.name.name == name for key in step.before.routines)
        brought = name == "gen_random_uuid" and "pgcrypto" in step.before.extensions
        if not own and not brought and not isinstance(step.operation, op.CreateRoutine | op.DropRoutine):
            yield _ROUTINES[name]


def _is_partitioned(table: Name, step: Step) -> bool:
    relation = step.before.relation(table)
    return relation is not None and bool(relation.partition_by)
