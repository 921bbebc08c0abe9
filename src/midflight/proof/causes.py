"""Which pending statement is why a server refuses something."""

import re
from collections.abc import Iterable

from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.proof.bodies import Body, Fault

_QUOTED = re.compile(r'"([^"]+)"')
_CALLED = re.compile(r"(?:function|procedure) (?:[^\s(]+\.)?([^\s(.]+)\(")


def cause_of(named: str, context: Context) -> Statement | None:
    """Return the pending statement that names the object, its last part first; else the first one."""
    return _naming(reversed(named.split(".")), _pending(context))


def cause_of_fault(fault: Fault, context: Context) -> Statement | None:
    """Return the pending statement that names what a body does not find; else the first one."""
    called = _CALLED.search(fault.message)
    names = [called[1]] if called else _QUOTED.findall(fault.message)
    return _naming([part for name in names for part in reversed(name.split("."))], _pending(context))


def made_by(body: Body, context: Context) -> Statement | None:
    """Return the last pending statement that gave a routine its body, None where the change leaves it alone."""
    text = body.text.strip()
    made = (each.operation for each in context.steps if isinstance(each.operation, op.CreateRoutine))
    found = [each.statement for each in made if text and text in each.statement.text]
    return found[-1] if found else None


def _pending(context: Context) -> list[Statement]:
    return list(dict.fromkeys(step.operation.statement for step in context.steps))


def _naming(words: Iterable[str], statements: list[Statement]) -> Statement | None:
    for word in words:
        named = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for statement in statements:
            if named.search(statement.text):
                return statement
    return statements[0] if statements else None
