"""SQL and Python of the project's own inside a migration."""

import ast

from midflight.migrations.formats.django.changes import Turn
from midflight.migrations.formats.django.writer import Writer
from midflight.migrations.python import Ref, Text, Value

_REACHES_SCHEMA = frozenset({"execute", "executemany", "cursor", "call_command", "executescript", "callproc"})
_EDITS = ("create_", "delete_model", "add_", "remove_", "alter_", "rename_")


def run_sql(turn: Turn, writer: Writer, given: Value) -> None:
    """Write the SQL that `RunSQL` is given, or tell that the program puts it together."""
    if isinstance(given, Ref) and given.last == "noop":
        return
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, list) and each:
            _with_parameters(writer, each)
        elif isinstance(each, Text):
            if each.text.strip():
                writer.text(each)
        else:
            writer.unread("this SQL is put together by the program")


def _with_parameters(writer: Writer, pair: list[Value]) -> None:
    sql, given = pair[0], pair[1] if len(pair) > 1 else None
    if isinstance(sql, Text) and not given:
        writer.text(sql)
    else:
        writer.unread("this SQL has parameters")


def run_python(turn: Turn, writer: Writer, given: Value) -> None:
    """Tell of the function that `RunPython` calls, and whether it changes rows alone."""
    name = given.name if isinstance(given, Ref) else ""
    if name.rpartition(".")[2] == "noop":
        return
    own = turn.module.functions.get(name)
    rows = own is not None and not any(_reaches_schema(each) for each in turn.module.functions.values())
    shown = f"`{name.rpartition('.')[2][:80]}`" if name else "a function"
    writer.unread(f"Python code that Django runs here: {shown}", rows=rows)


def _reaches_schema(function: ast.FunctionDef) -> bool:
    """Whether a function may do more to the database than change rows through models."""
    names = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    editing = any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and "editor" in node.value.id
        and node.attr.startswith(_EDITS)
        for node in ast.walk(function)
    )
    return editing or not _REACHES_SCHEMA.isdisjoint(names)
