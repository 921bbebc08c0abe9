"""DO blocks: static statements under a guard are read, everything else stays opaque with the reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from midflight.operations import model as op
from midflight.operations.dialects.postgres.guards import (
    DATA,
    Guard,
    guard_of_condition,
    guard_of_exceptions,
    tolerant,
)
from midflight.operations.dialects.postgres.lexer import chunks, comments_too_deep
from midflight.operations.dialects.postgres.tree import Node, UnreadableError, kind, options, parse, parse_block

ReadStatement = Callable[[Node, op.Statement], tuple[op.Operation, ...]]
MAX_BODY = 200_000
_DYNAMIC = "DO block with dynamic SQL (EXECUTE)"
_LOOPS = frozenset({"loop", "while", "fori", "fors", "forc", "foreach_a"})
_SILENT = frozenset({"return", "raise", "assert", "exit", "getdiag", "close", "fetch"})


def read_block(node: Node, at: op.Statement, read: ReadStatement) -> tuple[op.Operation, ...]:
    """Return the operations of a DO statement; one that only asks and reports gives an empty Query."""
    given = dict(options(node.args))
    language = given["language"].string.sval if "language" in given else "plpgsql"
    body = given["as"].string.sval if "as" in given else ""
    if language.lower() != "plpgsql":
        if language.startswith(("Python", "Ruby")):  # a format's word for what a migration in code does
            return (op.Opaque(at, reason=language, rows="(rows alone):" in language[:30]),)
        return (op.Opaque(at, reason=f"DO block in {language}"),)
    if len(body) > MAX_BODY or comments_too_deep(body):
        return (op.Opaque(at, reason="DO block too large or with comments nested too deeply"),)
    try:
        found = tuple(_Block(at, read).statement(parse_block(body), Guard.NONE))
    except UnreadableError as error:
        reason = str(error)
        return (op.Opaque(at, reason=reason if reason.startswith("DO block") else f"DO block: {reason}"),)
    return found or (op.Query(at),)


@dataclass(slots=True)
class _Block:
    """One DO statement; `returned` is the guard of what follows a conditional RETURN."""

    at: op.Statement
    read: ReadStatement
    returned: Guard = Guard.NONE

    def statement(self, node: dict[str, Any], guard: Guard) -> Iterator[op.Operation]:
        """Yield the operations of one PL/pgSQL statement that runs under `guard`."""
        ((name, value),) = node.items()
        what = name.removeprefix("PLpgSQL_stmt_")
        match what:
            case "block":
                yield from self._block(value, guard)
            case "if":
                yield from self._branches(value, guard)
            case "execsql":
                yield from self._sql(_query(value["sqlstmt"]), guard, into=bool(value.get("into")))
            case "perform":
                yield from self._sql(_query(value["expr"]), guard, into=False)
            case "assign":
                yield from self._assigned(_query(value["expr"]), guard)
            case "dynexecute":
                yield from self._dynamic(value, guard)
            case _ if what in _LOOPS:
                yield from self._loop(value)
            case _ if what not in _SILENT:
                raise UnreadableError(_DYNAMIC if what.startswith("dyn") else f"DO block with {what.upper()}")

    def _all(self, nodes: list[dict[str, Any]], guard: Guard) -> Iterator[op.Operation]:
        for node in nodes:
            yield from self.statement(node, guard)

    def _block(self, value: dict[str, Any], guard: Guard) -> Iterator[op.Operation]:
        handlers = value.get("exceptions", {}).get("PLpgSQL_exception_block", {}).get("exc_list", [])
        caught: set[str] = set()
        for wrapper in handlers:
            handler = wrapper["PLpgSQL_exception"]
            caught |= {c["PLpgSQL_condition"].get("condname", "") for c in handler.get("conditions", [])}
            self._only_data(handler.get("action", []), "DO block whose exception handler changes the schema")
        inside = _both(guard, guard_of_exceptions(caught)) if handlers else guard
        yield from self._all(value.get("body", []), inside)

    def _branches(self, value: dict[str, Any], guard: Guard) -> Iterator[op.Operation]:
        asked = guard_of_condition(self._expression(_query(value["cond"])))
        others = [wrapper["PLpgSQL_if_elsif"].get("stmts", []) for wrapper in value.get("elsif_list", [])]
        branches = [(value.get("then_body", []), asked)]
        branches += [(nodes, Guard.UNKNOWN) for nodes in others]
        branches.append((value.get("else_body", []), Guard.UNKNOWN if others else asked.inverse))
        changing = 0
        for nodes, own in branches:
            found = list(self._all(nodes, _both(guard, own)))
            changing += any(not isinstance(operation, DATA) for operation in found)
            yield from found
            if any("PLpgSQL_stmt_return" in node for node in nodes):
                self.returned = _both(self.returned, own.inverse)
        if changing > 1:
            raise UnreadableError("DO block whose branches change the schema in different ways")

    def _loop(self, value: dict[str, Any]) -> Iterator[op.Operation]:
        yield from self._only_data(value.get("body", []), "DO block that changes the schema in a loop")

    def _only_data(self, nodes: list[dict[str, Any]], reason: str) -> list[op.Operation]:
        found = list(self._all(nodes, Guard.NONE))
        if any(not isinstance(operation, DATA) for operation in found):
            raise UnreadableError(reason)
        return found

    def _dynamic(self, value: dict[str, Any], guard: Guard) -> Iterator[op.Operation]:
        text = self._expression(_query(value["query"]))
        if kind(text) != "a_const" or not text.a_const.HasField("sval") or value.get("params"):
            raise UnreadableError(_DYNAMIC)
        yield from self._sql(text.a_const.sval.sval, guard, into=True)

    def _assigned(self, text: str, guard: Guard) -> Iterator[op.Operation]:
        value = text.partition("=")[2]
        found = self._sql(f"SELECT {value}", guard, into=False) if value.strip() else iter(())
        yield from (operation for operation in found if not isinstance(operation, op.Query) or operation.calls)

    def _sql(self, text: str, guard: Guard, *, into: bool) -> Iterator[op.Operation]:
        guard = _both(guard, self.returned)
        for tree, own in _trees(text):
            for read in self.read(tree, replace(self.at, text=own)):
                operation = replace(read, statement=self.at)
                if into and isinstance(operation, op.CreateTable) and kind(tree) == "select_stmt":
                    yield op.Query(self.at, reads=operation.depends)  # INTO names a variable
                elif isinstance(operation, op.Opaque):
                    raise UnreadableError(f"DO block: {operation.reason}")
                elif isinstance(operation, DATA):
                    yield operation
                elif isinstance(operation, op.TransactionControl):
                    raise UnreadableError("DO block that ends transactions")
                elif guard is Guard.UNKNOWN:
                    raise UnreadableError("DO block that changes the schema under a condition")
                else:
                    yield tolerant(operation, guard)

    def _expression(self, text: str) -> Node:
        trees = _trees(f"SELECT {text}")
        if len(trees) != 1 or len(trees[0][0].select_stmt.target_list) != 1:
            raise UnreadableError("DO block with a condition that is a query")
        return trees[0][0].select_stmt.target_list[0].res_target.val


def _query(expression: dict[str, Any]) -> str:
    return str(expression["PLpgSQL_expr"]["query"])


def _trees(text: str) -> tuple[tuple[Node, str], ...]:
    """The statements in a block with their texts; the lexer's bounds protect the parser here too."""
    found: list[tuple[Node, str]] = []
    for chunk in chunks(text):
        if chunk.refused or chunk.meta:
            raise UnreadableError(chunk.refused or "a psql command")
        found += ((tree, chunk.text) for tree in parse(chunk.text))
    return tuple(found)


def _both(outer: Guard, own: Guard) -> Guard:
    """The guard of a statement under two: the same twice is one, two that differ are not understood."""
    if Guard.NONE in {outer, own}:
        return own if outer is Guard.NONE else outer
    return own if outer is own else Guard.UNKNOWN
