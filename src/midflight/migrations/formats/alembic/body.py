"""Reads the statements of `upgrade` and `downgrade`; what is not straight on is told, never run."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from midflight.migrations.formats.alembic.directives import Directive, UnreadableError, text_of
from midflight.migrations.formats.alembic.tables import create_enum
from midflight.migrations.formats.alembic.types import ENUMS, enum_name, sql_in
from midflight.migrations.formats.alembic.writers import SILENT, WRITERS
from midflight.migrations.model import Script, Transactions
from midflight.migrations.python import Call, Module, Ref, Text, plain

_DEEPEST = 8


@dataclass(slots=True)
class Body:
    """The SQL of one direction as it is gathered, each line with the line of the file."""

    path: str
    module: Module
    parts: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    commits: bool = False

    def script(self, mode: Transactions) -> Script:
        """The whole of it; one that leaves its transaction says where."""
        parts = self.parts
        if self.commits:
            first, last = (parts[0][1][:1], parts[-1][1][-1:])
            parts = [("BEGIN;", first), *parts, ("COMMIT;", last)]
        text = "\n".join(part for part, _ in parts)
        lines = tuple(line for _, own in parts for line in own)
        return Script(self.path, text, Transactions.NONE if self.commits else mode, lines=lines)

    def run(self, sql: str, line: int) -> None:
        """Add a statement."""
        self.parts.append((f"{sql};", (line,) * (sql.count("\n") + 1)))

    def unread(self, reason: str, line: int, *, rows: bool = False) -> None:
        """Tell of something that is not read."""
        told = " ".join(reason.replace("'", "`").split())[:300]
        # a statement in a language that no server has, so that it is told and never run
        self.run(f"DO LANGUAGE 'Python{' (rows alone)' if rows else ''}: {told}' $python$ $python$", line)

    def written(self, sql: Text) -> None:
        """Add SQL of the file, which keeps its lines."""
        text = sql.text if sql.text.rstrip().endswith(";") else f"{sql.text}\n;"
        last = sql.text.count("\n")
        self.parts.append((text, tuple(sql.line_of(min(at, last)) for at in range(text.count("\n") + 1))))


def read_body(body: Body, statements: Sequence[ast.stmt], *, batch: dict[str, Directive], depth: int = 0) -> None:
    """Add what the statements send."""
    for each in statements:
        match each:
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Return(value=None) | ast.Import() | ast.ImportFrom():
                pass
            case ast.Expr(value=ast.Call() as call):
                _call(body, call, batch, depth)
            case ast.With():
                _with(body, each, batch, depth)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _assigned(body, name, value)
            case _:
                words = {ast.If: "a condition", ast.For: "a loop"}
                body.unread(f"{words.get(type(each), 'a statement')} in Python decides what runs", each.lineno)


def _assigned(body: Body, name: str, value: ast.expr) -> None:
    body.module.constants = {**body.module.constants, name: value}
    if any(isinstance(node, ast.Attribute) and node.attr in {"execute", "scalar"} for node in ast.walk(value)):
        body.unread("what a query gives decides what follows", value.lineno, rows=True)


def _with(body: Body, node: ast.With, batch: dict[str, Directive], depth: int) -> None:
    item = node.items[0]
    given = body.module.value(item.context_expr)
    name = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else ""
    if "autocommit_block" in ast.unparse(item.context_expr):
        body.commits = True
        body.run("COMMIT", node.lineno)
        read_body(body, node.body, batch=batch, depth=depth)
        body.run("BEGIN", node.body[-1].lineno)
    elif isinstance(given, Call) and given.last == "batch_alter_table" and name:
        schema = plain(given.get("schema", 1))
        try:
            table = text_of(given.get("table_name", 0))
        except UnreadableError as error:
            body.unread(str(error), node.lineno)
            return
        one = Directive(given, table, schema if isinstance(schema, str) else "")
        read_body(body, node.body, batch={**batch, name: one}, depth=depth)
    else:
        body.unread("a `with` block of the program", node.lineno)


def _call(body: Body, node: ast.Call, batch: dict[str, Directive], depth: int) -> None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"create", "drop"}:
        _enum(body, node, node.func)
        return
    call = body.module.value(node)
    if not isinstance(call, Call):
        body.unread("a call that is not read", node.lineno)
        return
    owner, _, name = call.name.rpartition(".")
    if not owner and name in body.module.functions and depth < _DEEPEST and not node.args and not node.keywords:
        read_body(body, body.module.functions[name].body, batch=batch, depth=depth + 1)
        return
    if name == "execute":
        sql = sql_in(call.get("sqltext", 0, call.get("statement")))
        if sql is None or "binds" in ast.unparse(node.func):
            body.unread("this SQL is put together by the program", node.lineno)
        elif sql.text.strip():
            body.written(sql)
        return
    held = batch.get(owner)
    if name in WRITERS and (held is not None or owner in {"alembic.op", "op"}):
        _directive(body, Directive(call, held.table, held.schema) if held else Directive(call))
    elif name == "bulk_insert":
        body.unread("rows that the program puts in", node.lineno, rows=True)
    elif name not in SILENT:
        body.unread(f"`{call.name[:80]}` is not one of Alembic's directives that are read", node.lineno)


def _directive(body: Body, one: Directive) -> None:
    try:
        for sql in list(WRITERS[one.call.last](one)):
            body.run(sql, one.call.line)
    except (UnreadableError, IndexError) as error:
        body.unread(f"`{one.call.last}`: {error}", one.call.line)


def _enum(body: Body, node: ast.Call, function: ast.Attribute) -> None:
    """`ENUM("a", name="x").create(op.get_bind())`."""
    call = body.module.value(function.value)
    if isinstance(call, Ref) or not isinstance(call, Call) or call.last not in ENUMS or enum_name(call) is None:
        body.unread(f"`{function.attr}` of something that is no enum", node.lineno)
        return
    try:
        made = list(create_enum(call)) if function.attr == "create" else [f"DROP TYPE IF EXISTS {enum_name(call)}"]
    except UnreadableError as error:
        body.unread(str(error), node.lineno)
        return
    for sql in made:
        body.run(sql, node.lineno)
