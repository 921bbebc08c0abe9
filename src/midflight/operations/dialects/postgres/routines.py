"""Functions, procedures and aggregates."""

from collections.abc import Iterable, Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.alter_options import value_sql
from midflight.operations.dialects.postgres.names import argument_types, list_name, or_replace
from midflight.operations.dialects.postgres.tree import (
    Node,
    enum,
    inner,
    kind,
    optional_sql,
    options,
    statement_sql,
    strings,
)
from midflight.operations.dialects.postgres.typenames import type_sql
from midflight.operations.shapes import Mode, Parameter, Routine, RoutineKind, quote

_MODES = {
    "FUNC_PARAM_OUT": Mode.OUT,
    "FUNC_PARAM_INOUT": Mode.INOUT,
    "FUNC_PARAM_VARIADIC": Mode.VARIADIC,
    "FUNC_PARAM_TABLE": Mode.TABLE,
}


def create_routine(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE FUNCTION and PROCEDURE; the definition keeps the text, with OR REPLACE."""
    parameters = tuple(parameter_of(wrapper.function_parameter) for wrapper in node.parameters)
    given = dict(options(node.options))
    settings = tuple(_setting(arg.variable_set_stmt) for name, arg in options(node.options) if name == "set")
    routine = Routine(
        name=list_name(node.funcname),
        parameters=parameters,
        returns=_returns(node, parameters),
        language=value_sql(given["language"]).lower() if "language" in given else "sql",
        definition=or_replace(at.text, present=node.replace),
        kind=RoutineKind.PROCEDURE if node.is_procedure else RoutineKind.FUNCTION,
        body=_body(node, given.get("as")),
        security_definer="security" in given and value_sql(given["security"]) == "true",
        volatility=value_sql(given["volatility"]).upper() if "volatility" in given else "VOLATILE",
        strict="strict" in given and value_sql(given["strict"]) == "true",
        settings=settings,
    )
    yield op.CreateRoutine(at, routine=routine, or_replace=node.replace)


def parameter_of(node: Node) -> Parameter:
    """Return a FunctionParameter."""
    mode = _MODES.get(enum(node, "mode"), Mode.IN)
    return Parameter(node.name, returned_type(node.arg_type), mode, optional_sql(node, "defexpr"))


def returned_type(type_name: Node) -> str:
    """Return a type with SETOF where it is written."""
    return ("SETOF " if type_name.setof else "") + type_sql(type_name)


def _returns(node: Node, parameters: tuple[Parameter, ...]) -> str:
    table = [p for p in parameters if p.mode is Mode.TABLE]
    if table:
        return f"TABLE({', '.join(f'{quote(p.name)} {p.type}' for p in table)})"
    if node.HasField("return_type"):
        return returned_type(node.return_type)
    out = [p for p in parameters if p.mode in {Mode.OUT, Mode.INOUT}]
    if node.is_procedure or not out:
        return ""
    return out[0].type if len(out) == 1 else "record"


def _body(node: Node, text: Node | None) -> str:
    if text is not None:
        return "\n".join(strings(text.list.items))
    if not node.HasField("sql_body"):
        return ""
    if kind(node.sql_body) == "return_stmt":
        return "RETURN " + (optional_sql(node.sql_body.return_stmt, "returnval") or "")
    return "BEGIN ATOMIC " + "".join(f"{sql}; " for sql in _statements(node.sql_body)) + "END"


def _statements(body: Node) -> Iterator[str]:
    for item in body.list.items:
        if kind(item) == "list":
            yield from _statements(item)
        elif kind(item) == "return_stmt":
            yield "RETURN " + (optional_sql(item.return_stmt, "returnval") or "")
        elif kind(item):
            yield statement_sql(kind(item), inner(item))


def _setting(node: Node) -> tuple[str, str]:
    sql = statement_sql("variable_set_stmt", node)
    return node.name.lower(), sql.partition(" TO ")[2] or sql.removeprefix(f"SET {node.name} ")


def create_aggregate(node: Node, at: op.Statement) -> op.Operation:
    """Return CREATE AGGREGATE; what it returns is its state's type unless a final function decides."""
    given = dict(options(node.definition))
    listed = node.args[0].list.items if node.args and kind(node.args[0]) == "list" else ()
    parameters = [w.function_parameter for w in listed if kind(w) == "function_parameter"]
    routine = Routine(
        name=list_name(node.defnames),
        parameters=tuple(parameter_of(p) for p in parameters),
        returns=value_sql(given["stype"]) if "stype" in given and "finalfunc" not in given else "",
        language="internal",
        definition=or_replace(at.text, present=node.replace),
        kind=RoutineKind.AGGREGATE,
    )
    return op.CreateRoutine(at, routine=routine, or_replace=node.replace)


def alter_routine(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER FUNCTION, PROCEDURE and ROUTINE with options."""
    yield op.AlterRoutine(
        at,
        name=list_name(node.func.objname),
        arguments=argument_types(node.func),
        options=tuple(_options(node.actions)),
    )


def _options(actions: Iterable[Node]) -> Iterator[str]:
    for name, value in options(actions):
        match name:
            case "strict":
                yield "STRICT" if value_sql(value) == "true" else "CALLED ON NULL INPUT"
            case "security":
                yield "SECURITY DEFINER" if value_sql(value) == "true" else "SECURITY INVOKER"
            case "leakproof":
                yield "LEAKPROOF" if value_sql(value) == "true" else "NOT LEAKPROOF"
            case "volatility":
                yield value_sql(value).upper()
            case "set":
                yield statement_sql("variable_set_stmt", value.variable_set_stmt)
            case _:
                yield f"{name.upper()} {value_sql(value).upper()}"
