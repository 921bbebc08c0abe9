"""What the tool sends to the server: the pending statements, those of one transaction together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from midflight.inspection.model import Context
from midflight.inspection.transactions import transactions
from midflight.migrations.model import Script, Transactions
from midflight.operations.model import Statement
from midflight.operations.read import read_operations
from midflight.plan.model import RollbackPlan, RollbackStep, Speed

_UNREAD = re.compile(r"\ADO LANGUAGE '(?:Python|Ruby)( \(rows alone\))?: ")
"""How a format writes a step of a migration in code that it does not read: in a language that no server has."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Statements in order; `together` says that the tool wraps them into one transaction."""

    statements: tuple[Statement, ...]
    together: bool


def units(context: Context) -> tuple[Unit, ...]:
    """Return what a deployment runs on this database, as its migration tool does."""
    found = []
    for steps in transactions(context):
        statements = tuple(dict.fromkeys(step.operation.statement for step in steps))
        sent = tuple(s for s in statements if is_sql(s))
        if sent:
            found.append(Unit(sent, together=sent[0].in_transaction))
    return tuple(found)


def statements_of(script: Script) -> tuple[Statement, ...]:
    """Return the statements of a script that a server can be sent."""
    found = dict.fromkeys(operation.statement for operation in read_operations(script))
    return tuple(statement for statement in found if is_sql(statement))


def is_sql(statement: Statement) -> bool:
    """Return whether the server sees the statement.

    psql keeps its own commands to itself; a step in code that changes rows alone leaves the schema as it is.
    """
    text = statement.text.strip()
    unread = _UNREAD.match(text)
    return bool(text) and not text.startswith("\\") and not (unread and unread[1])


def is_unread(statement: Statement) -> bool:
    """Return whether a step of a migration in code stands here that is not read."""
    return _UNREAD.match(statement.text.strip()) is not None


def holds_code(text: str) -> bool:
    """Return whether a script has such a step."""
    return "DO LANGUAGE 'Python" in text or "DO LANGUAGE 'Ruby" in text


def undoing(rollback: RollbackPlan, context: Context) -> Iterator[tuple[RollbackStep, Unit]]:
    """Yield the plan's SQL for this database, in the order in which a person would run it.

    The author's down script runs as its tool runs it, what was computed statement by statement.
    """
    downs = {m.down.path: m.down for m in context.database.pending if m.down is not None}
    paths = {migration.up.path for migration in context.database.pending}
    for step in rollback.steps:
        if step.speed is not Speed.DATABASE or step.statement is None or step.statement.path not in paths:
            continue
        script = downs.get(step.source) or Script("rollback", step.sql, Transactions.NONE)
        statements = statements_of(script)
        if step.sql and statements:
            yield step, Unit(statements, together=statements[0].in_transaction)
