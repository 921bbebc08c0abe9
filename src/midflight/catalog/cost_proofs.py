"""What valid CHECK constraints prove, so that the server need not read the table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from midflight.catalog.model import Relation
from midflight.catalog.rewrite import identifier, parse_name, tokens
from midflight.operations.shapes import Constraint, ConstraintKind

_CAST = re.compile(
    r"::\s*[a-z_]\w*(?:\s*\(\s*\d+\s*(?:,\s*\d+\s*)?\))?(?:\s+with(?:out)?\s+time\s+zone)?", re.IGNORECASE
)
_IS_NOT_NULL = re.compile(r"(?P<column>.+?)\s+IS\s+NOT\s+NULL\s*\Z", re.IGNORECASE | re.DOTALL)
_NOT_IS_NULL = re.compile(r"NOT\s*\(?\s*(?P<column>.+?)\s+IS\s+NULL\s*\)?\s*\Z", re.IGNORECASE | re.DOTALL)
_BOUND = re.compile(r"FOR VALUES FROM \((?P<low>[^(),]+)\) TO \((?P<high>[^(),]+)\)\Z", re.IGNORECASE)
_LIST = re.compile(r"FOR VALUES IN \((?P<values>[^()]+)\)\Z", re.IGNORECASE)
_KEY = re.compile(r"(?:RANGE|LIST)\s*\(\s*(?P<column>\"(?:[^\"]|\"\")+\"|[\w$]+)\s*\)\Z", re.IGNORECASE)

_OPEN = frozenset({"MINVALUE", "MAXVALUE"})


def proves_not_null(table: Relation, column: str, *, statement: str = "") -> bool:
    """Return whether a valid CHECK says `column IS NOT NULL`, alone or joined by AND.

    One that the same statement drops proves nothing: the server drops first, whatever the order of the text.
    """
    dropped = dropped_constraints(statement)
    return any(
        column in _required(part)
        for check in _checks(table)
        if check.name not in dropped
        for part in conjuncts(check.expression or "")
    )


def unproven_not_null(table: Relation, column: str) -> bool:
    """Return whether the column's NOT NULL is a constraint that was never validated (from 18)."""
    return any(c.kind is ConstraintKind.NOT_NULL and c.not_valid and column in c.columns for c in table.constraints)


def proves_bound(table: Relation, partition_by: str, bound: str) -> bool:
    """Return whether a valid CHECK says what a partition's bound asks, for a key of one column.

    The column has to be NOT NULL as well (PostgreSQL documentation, ALTER TABLE ... ATTACH PARTITION).
    """
    key = _KEY.match(partition_by.strip())
    name = parse_name(key["column"]) if key else None
    column = table.column(name.name) if name else None
    if column is None or not (column.not_null or proves_not_null(table, column.name)):
        return False
    said = {_plain(part) for check in _checks(table) for part in conjuncts(check.expression or "")}
    return any(wanted <= said for wanted in _asked(column.name, bound.strip()))


def _asked(column: str, bound: str) -> Iterator[set[str]]:
    if match := _BOUND.match(bound):
        asked = {(">=", match["low"]), ("<", match["high"])}
        limits = {(sign, value) for sign, value in asked if value.strip().upper() not in _OPEN}
        yield {_plain(f"{column} {sign} {value}") for sign, value in limits}
    elif match := _LIST.match(bound):
        yield {_plain(f"{column} IN ({match['values']})")}
        if "," not in match["values"]:
            yield {_plain(f"{column} = {match['values']}")}


def bound_condition(partition_by: str, bound: str) -> str:
    """Return the condition that a partition's bound stands for, for a key of one column; empty for any other."""
    key = _KEY.match(partition_by.strip())
    if key is None:
        return ""
    if match := _LIST.match(bound.strip()):
        return f"{key['column']} IN ({match['values']})"
    if match := _BOUND.match(bound.strip()):
        limits = ((">=", match["low"].strip()), ("<", match["high"].strip()))
        return " AND ".join(f"{key['column']} {sign} {value}" for sign, value in limits if value.upper() not in _OPEN)
    return ""


def excludes_bound(table: Relation, partition_by: str, bound: str) -> bool:
    """Return whether a valid CHECK says that no row of the default partition fits another partition's bound.

    For a key of one column, NOT NULL or not; the server then does not read the default partition (measured on 15).
    """
    key, asked = _KEY.match(partition_by.strip()), bound_condition(partition_by, bound)
    if not asked or key is None:
        return False
    said = {_plain(part) for check in _checks(table) for part in conjuncts(check.expression or "")}
    return bool(said & {_plain(form) for form in _excluded(key["column"], asked)})


def _excluded(column: str, asked: str) -> Iterator[str]:
    """The ways to write that a row does not fit the condition."""
    yield f"NOT ({asked})"
    yield f"NOT ({column} IS NOT NULL AND {asked})"
    yield " OR ".join(
        part.replace(" >= ", " < ") if " >= " in part else part.replace(" < ", " >= ") for part in asked.split(" AND ")
    )
    yield asked.replace(" IN (", " NOT IN (")


def _plain(expression: str) -> str:
    """An expression without casts, spaces, quotes of names and brackets around it."""
    return re.sub(r"[\s()\"]+", "", _CAST.sub("", expression)).lower()


def _checks(table: Relation) -> Iterator[Constraint]:
    for constraint in table.constraints:
        if constraint.kind is ConstraintKind.CHECK and not constraint.not_valid and not constraint.not_enforced:
            yield constraint


def _required(part: str) -> frozenset[str]:
    match = _IS_NOT_NULL.match(part) or _NOT_IS_NULL.match(part)
    name = parse_name(_bare(match["column"])) if match else None
    return frozenset({name.name}) if name is not None else frozenset()


def required_columns(constraint: Constraint) -> frozenset[str]:
    """Return the columns of which a constraint says NOT NULL, as one of its parts, be it valid or not."""
    if constraint.kind is ConstraintKind.NOT_NULL:
        return frozenset(constraint.columns)
    if constraint.kind is not ConstraintKind.CHECK:
        return frozenset()
    return frozenset().union(*map(_required, conjuncts(constraint.expression or "")))


def only_requires(constraint: Constraint) -> bool:
    """Return whether a CHECK says of columns that they are not NULL, and nothing else."""
    return constraint.kind is ConstraintKind.CHECK and all(map(_required, conjuncts(constraint.expression or "")))


def conjuncts(expression: str) -> list[str]:
    """Return the parts of an expression that AND joins at its top; the whole where there is none."""
    text = _bare(expression)
    parts: list[str] = []
    depth, start, between, end = 0, 0, False, 0
    for kind, piece, end in tokens(text):
        depth += (piece == "(") - (piece == ")")
        word = piece.upper() if kind == "word" and depth == 0 else ""
        if word == "OR":
            return [text]
        if word == "AND" and not between:
            parts.append(text[start : end - len(piece)])
            start = end
        between = word == "BETWEEN" or (between and word != "AND")
    parts.append(text[start:])
    return [text] if len(parts) == 1 else [inner for part in parts for inner in conjuncts(part)]


def _bare(text: str) -> str:
    """The text without brackets around the whole of it."""
    text = text.strip()
    while text.startswith("(") and _closes_at_the_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_the_end(text: str) -> bool:
    depth = 0
    for _, piece, end in tokens(text):
        depth += (piece == "(") - (piece == ")")
        if depth == 0:
            return end == len(text)
    return False


def dropped_constraints(statement: str) -> frozenset[str]:
    """Return the constraints that a statement drops."""
    words = [(kind, text) for kind, text, _ in tokens(statement) if kind not in {"space", "comment"}]
    upper = [text.upper() if kind == "word" else "" for kind, text in words]
    found = set()
    for at in range(len(words) - 2):
        if upper[at : at + 2] == ["DROP", "CONSTRAINT"]:
            place = at + 4 if upper[at + 2 : at + 4] == ["IF", "EXISTS"] else at + 2
            name = identifier(*words[place]) if place < len(words) else None
            found |= {name} if name else set()
    return frozenset(found)
