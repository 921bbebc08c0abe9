"""Turns the statements of a script into operations."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.migrations.model import Script, Transactions
from midflight.operations import model as op
from midflight.operations.dialects.postgres.blocks import read_block
from midflight.operations.dialects.postgres.lexer import Chunk, chunks
from midflight.operations.dialects.postgres.names import role_name
from midflight.operations.dialects.postgres.statements import READERS
from midflight.operations.dialects.postgres.tree import Node, UnreadableError, enum, inner, kind, parse, statement_sql

_REASONS = {
    "import_foreign_schema_stmt": "IMPORT FOREIGN SCHEMA makes tables that its text does not describe",
    "execute_stmt": "EXECUTE runs a prepared statement",
}
_PRINTING = frozenset("\\echo \\qecho \\warn \\pset \\timing \\x \\encoding \\restrict \\unrestrict".split())


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
        at = op.Statement(script.path, script.line_of(chunk.line), chunk.text, number, within, chunk.comments)
        if tree is not None:
            yield from read_statement(tree, at)
        elif chunk.meta and reason in _PRINTING:
            yield op.Maintenance(at, kind=reason)
        else:
            yield op.Opaque(at, reason=f"psql command {reason}" if chunk.meta else reason)


def read_statement(tree: Node, at: op.Statement) -> tuple[op.Operation, ...]:
    """Return the operations of one parsed statement."""
    what = kind(tree)
    try:
        match what:
            case "create_schema_stmt":
                return tuple(_create_schema(tree.create_schema_stmt, at))
            case "do_stmt":
                return read_block(tree.do_stmt, at, read_statement)
            case _ if what in READERS:
                return tuple(READERS[what](inner(tree), at))
            case _:
                reason = _REASONS.get(what, f"{_words(at.text)} is not understood yet")
                return (op.Opaque(at, reason=reason),)
    except (UnreadableError, RecursionError) as error:
        return (op.Opaque(at, reason=str(error)),)


_ELEMENT_NAMES = {
    "create_stmt": "relation",
    "index_stmt": "relation",
    "view_stmt": "view",
    "create_seq_stmt": "sequence",
    "create_trig_stmt": "relation",
}


def _create_schema(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE SCHEMA with its elements, which it makes in the new schema."""
    schema = node.schemaname or role_name(node.authrole)
    yield op.CreateSchema(at, name=schema, if_not_exists=node.if_not_exists)
    for element in node.schema_elts:
        field = _ELEMENT_NAMES.get(kind(element))
        if field is not None and not getattr(inner(element), field).schemaname:
            getattr(inner(element), field).schemaname = schema
        own = replace(at, text=statement_sql(kind(element), inner(element)))
        yield from (replace(operation, statement=at) for operation in read_statement(element, own))


def _parsed(chunk: Chunk) -> tuple[Node | None, str]:
    if chunk.meta:
        return None, chunk.text.split()[0][:40]
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
    match enum(tree.transaction_stmt, "kind"):
        case "TRANS_STMT_BEGIN" | "TRANS_STMT_START":
            return "BEGIN"
        case "TRANS_STMT_COMMIT" | "TRANS_STMT_ROLLBACK" | "TRANS_STMT_PREPARE":
            return "END"
        case _:
            return ""


def _words(text: str) -> str:
    return " ".join(text.split()[:3]).upper()[:60]
