"""Turns the statements of a script into operations."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from midflight.migrations.model import Script, Transactions
from midflight.operations import model as op
from midflight.operations.dialects.postgres import alter, drops, indexes, tables
from midflight.operations.dialects.postgres.lexer import Chunk, chunks
from midflight.operations.dialects.postgres.tree import Node, UnreadableError, inner, kind, parse

Reader = Callable[[Node, op.Statement], Iterable[op.Operation]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "create_stmt": tables.create_table,
        "create_foreign_table_stmt": tables.create_foreign_table,
        "alter_table_stmt": alter.alter_table,
        "index_stmt": indexes.create_index,
        "reindex_stmt": indexes.reindex,
        "drop_stmt": drops.drop,
        "rename_stmt": drops.rename,
        "alter_object_schema_stmt": drops.set_schema,
        "alter_owner_stmt": drops.set_owner,
    }
)


def read_script(script: Script) -> Iterator[op.Operation]:
    """Yield the operations of a PostgreSQL script in order; what cannot be read is Opaque with its reason."""
    found = list(chunks(script.text))
    inside = False
    for number, chunk in enumerate(found):
        tree, reason = _parsed(chunk)
        action = _transaction_action(tree)
        inside = inside or action == "BEGIN"
        within = _wrapped(script.transactions, len(found)) or inside
        inside = inside and action != "END"
        at = op.Statement(script.path, script.first_line + chunk.line - 1, chunk.text, number, within, chunk.comments)
        if tree is None:
            yield op.Opaque(at, reason=reason)
        else:
            yield from read_statement(tree, at)


def read_statement(tree: Node, at: op.Statement) -> tuple[op.Operation, ...]:
    """Return the operations of one parsed statement."""
    reader = READERS.get(kind(tree))
    if reader is None:
        return (op.Opaque(at, reason=f"{_words(at.text)} is not understood yet"),)
    try:
        return tuple(reader(inner(tree), at))
    except (UnreadableError, RecursionError) as error:
        return (op.Opaque(at, reason=str(error)),)


def _parsed(chunk: Chunk) -> tuple[Node | None, str]:
    if chunk.meta:
        return None, f"psql command {chunk.text.split()[0]}"
    if chunk.refused:
        return None, chunk.refused
    try:
        trees = parse(chunk.text)
    except UnreadableError as error:
        return None, str(error)
    if len(trees) != 1:
        return None, "more than one statement where one was expected"
    return trees[0], ""


def _wrapped(mode: Transactions, statements: int) -> bool:
    # several statements in one simple query are one transaction, also those behind its own COMMIT
    # (PostgreSQL documentation, "Multiple Statements in a Simple Query")
    return mode in {Transactions.PER_FILE, Transactions.PER_RUN} or (mode is Transactions.IMPLICIT and statements > 1)


def _transaction_action(tree: Node | None) -> str:
    if tree is None or kind(tree) != "transaction_stmt":
        return ""
    match tree.transaction_stmt.kind:
        case 1 | 2:  # TRANS_STMT_BEGIN, TRANS_STMT_START
            return "BEGIN"
        case 3 | 4 | 8:  # TRANS_STMT_COMMIT, TRANS_STMT_ROLLBACK, TRANS_STMT_PREPARE
            return "END"
        case _:
            return ""


def _words(text: str) -> str:
    return " ".join(text.split()[:3]).upper()[:60]
