"""Where a migration has said how long it is ready to wait."""

from midflight.inspection.model import Context
from midflight.inspection.transactions import transactions
from midflight.operations.model import SetSetting

_LIMITS = frozenset({"lock_timeout", "statement_timeout"})


def waits_with_a_limit(context: Context) -> tuple[bool, ...]:
    """Return, for each pending step in order, whether `lock_timeout` or `statement_timeout` ends its waiting.

    `statement_timeout` counts the time that a statement waits for a lock too (PostgreSQL documentation, "Client
    Connection Defaults"). SET LOCAL ends with its transaction, SET with the file: the next file can have another
    session.
    """
    session: dict[str, bool] = {}
    path, found = "", []
    for run in transactions(context):
        if run[0].operation.statement.path != path:
            session = {}
        local: dict[str, bool] = {}
        for step in run:
            operation, path = step.operation, step.operation.statement.path
            if isinstance(operation, SetSetting) and operation.name.lower() in _LIMITS:
                given = local if operation.local else session
                given[operation.name.lower()] = _limits(operation.values)
                if not operation.local:
                    local.pop(operation.name.lower(), None)
            found.append(any((session | local).values()))
    return tuple(found)


def _limits(values: tuple[str, ...]) -> bool:
    """Whether the value is a limit: 0 waits for ever, DEFAULT and RESET for as long as the server says."""
    value = "".join(values).strip().strip("'").upper()
    return bool(value.lstrip("0").removesuffix("MS").removesuffix("S")) and value != "DEFAULT"
