"""Which pending steps run in one transaction."""

from functools import lru_cache

from midflight.catalog.model import Step
from midflight.inspection.model import Context
from midflight.migrations.model import Script, Transactions
from midflight.operations.model import Statement, TransactionControl

_ENDS = frozenset({"COMMIT", "ROLLBACK", "PREPARE TRANSACTION"})


def script_of(statement: Statement, context: Context) -> Script | None:
    """Return the pending script that holds the statement."""
    scripts = (migration.up for migration in context.database.pending)
    return next((script for script in scripts if script.path == statement.path), None)


def opened_by_script(statement: Statement, context: Context) -> bool:
    """Return whether the script's own BEGIN is open at the statement."""
    opened = False
    for step in context.steps:
        other, operation = step.operation.statement, step.operation
        earlier = other.path == statement.path and other.number < statement.number
        if earlier and isinstance(operation, TransactionControl):
            opened = operation.action not in _ENDS and (opened or operation.action == "BEGIN")
    return opened


def is_assumed(statement: Statement, context: Context) -> bool:
    """Return whether the statement's transaction is only what most tools would open: its own tool is not known."""
    return context.database.head.format == "plain" and not opened_by_script(statement, context)


@lru_cache(maxsize=4)
def transactions(context: Context) -> tuple[tuple[Step, ...], ...]:
    """Return the pending steps in order, those of one transaction together.

    Several statements in one simple query are one transaction up to the script's own COMMIT (PostgreSQL
    documentation, "Multiple Statements in a Simple Query").
    """
    runs: list[list[Step]] = []
    for step in context.steps:
        if runs and _together(runs[-1][-1], step, context):
            runs[-1].append(step)
        else:
            runs.append([step])
    return tuple(tuple(run) for run in runs)


def _together(last: Step, step: Step, context: Context) -> bool:
    before, statement = last.operation.statement, step.operation.statement
    if before.path == statement.path and before.number == statement.number:
        return True
    ended = isinstance(last.operation, TransactionControl) and last.operation.action in _ENDS
    if ended or not (before.in_transaction and statement.in_transaction):
        return False
    if before.path == statement.path:
        return True
    script = script_of(statement, context)
    return script is not None and script.transactions is Transactions.PER_RUN
