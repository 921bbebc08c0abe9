"""What a server's refusal of a statement says about the code that holds it."""

import re
from collections.abc import Sequence

from midflight.compatibility.model import BreakKind
from midflight.compatibility.resolve import name_of
from midflight.proof.model import Answer
from midflight.references.model import ColumnUse, Reference, RoutineReference, TableReference

_KINDS = {
    "42P01": BreakKind.MISSING_TABLE,
    "3F000": BreakKind.MISSING_TABLE,
    "42703": BreakKind.MISSING_COLUMN,
    "42725": BreakKind.AMBIGUOUS,
    "42702": BreakKind.AMBIGUOUS,
    "42P10": BreakKind.UPSERT_TARGET,
    "428C9": BreakKind.CONSTRAINT,
    "42501": BreakKind.PRIVILEGE,
    "42804": BreakKind.TYPE,
    "42846": BreakKind.TYPE,
    "42P08": BreakKind.TYPE,
    "22P02": BreakKind.TYPE,
    "42809": BreakKind.SIGNATURE,
    "23502": BreakKind.REQUIRED_COLUMN,
}
"""The codes that say what the schema is, not how the statement is written ("PostgreSQL Error Codes")."""

SHOWN = frozenset(_KINDS.values()) | {BreakKind.MISSING_ROUTINE}
"""The kinds of break that planning a statement can show."""

_RELATION = re.compile(r'relation "([^"]+)" does not exist|for (?:table|view|relation|sequence) "?([^"]+)"?')
_COLUMN = re.compile(r'column "?(?:[^". ]+\.)?([^". ]+)"?(?: of relation "([^"]+)")? does not exist')
_ROUTINE = re.compile(r"function (?:[^\s(]+\.)?([^\s(.]+)\(|for (?:function|procedure) (\S+)")
_CONSTRAINT = re.compile(r'constraint "([^"]+)" for table')


def kind_of(answer: Answer, reference: Reference) -> BreakKind | None:
    """Return what the reference does not find, None where the refusal says nothing about the schema."""
    if answer.sqlstate == "42704":
        return BreakKind.UPSERT_TARGET if _CONSTRAINT.search(answer.message) else BreakKind.TYPE
    if answer.sqlstate == "42883":
        return BreakKind.MISSING_ROUTINE if isinstance(reference, RoutineReference) else BreakKind.TYPE
    return _KINDS.get(answer.sqlstate)


def culprit(answer: Answer, references: Sequence[Reference]) -> Reference:
    """Return which of a statement's references the server means; the first where it does not say."""
    table, column, routine = _named(answer)
    for reference in references:
        name = name_of(reference).name
        if isinstance(reference, RoutineReference):
            if routine and routine == name:
                return reference
        elif (table and name == table) or (not table and column and _use(reference, column)):
            return reference
    return references[0]


def object_of(answer: Answer, reference: Reference) -> str:
    """Return the database object that is missing or refused, as people write it."""
    short = name_of(reference).short
    _, column, _ = _named(answer)
    constraint = _CONSTRAINT.search(answer.message)
    part = constraint.group(1) if constraint else column
    return f"{short}.{part}" if part and isinstance(reference, TableReference) else short


def column_of(answer: Answer, reference: Reference) -> ColumnUse | None:
    """Return the use of the column that the server names."""
    _, column, _ = _named(answer)
    return _use(reference, column) if isinstance(reference, TableReference) and column else None


def _use(reference: TableReference, column: str) -> ColumnUse | None:
    return next((use for use in reference.columns if use.name == column), None)


def _named(answer: Answer) -> tuple[str, str, str]:
    """The relation, the column and the routine that a message names, empty where it names none."""
    column = _COLUMN.search(answer.message)
    relation, routine = _RELATION.search(answer.message), _ROUTINE.search(answer.message)
    table = (column[2] or "") if column else (relation[1] or relation[2] or "") if relation else ""
    return table.rsplit(".", 1)[-1], column[1] if column else "", (routine[1] or routine[2]) if routine else ""
