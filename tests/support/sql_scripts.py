"""Reads SQL as a Postgres migration script, for tests that compare operations with literals."""

from dataclasses import replace

from midflight.migrations.model import Script, Transactions
from midflight.operations.model import Operation, Statement
from midflight.operations.read import read_operations

AT = Statement("m.sql", 1, "")
"""The statement that `operations` and `operation` put into what they return."""


def read(sql: str, transactions: Transactions = Transactions.PER_FILE, first_line: int = 1) -> tuple[Operation, ...]:
    """Return the operations of a script named `m.sql`."""
    return read_operations(Script("m.sql", sql, transactions, first_line))


def operations(sql: str) -> list[Operation]:
    """Return the operations of a script, all with the statement `AT`."""
    return [replace(found, statement=AT) for found in read(sql)]


def operation(sql: str) -> Operation:
    """Return the only operation of a script, with the statement `AT`."""
    (found,) = operations(sql)
    return found
