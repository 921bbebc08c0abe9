"""The SQL of the directives that make and drop indexes."""

from collections.abc import Iterator

from midflight.migrations.formats.alembic.directives import (
    Directive,
    UnreadableError,
    listed,
    named,
    names_of,
    schema_of,
    text_of,
)
from midflight.migrations.formats.alembic.types import quoted, sql_in
from midflight.migrations.python import Call, Value, plain


def create_index(one: Directive) -> Iterator[str]:
    """CREATE INDEX with the options of PostgreSQL."""
    call = one.call
    name, table = text_of(call.get("index_name", 0)), named(one.table, one.schema) if one.table else one.on(position=1)
    given = one.value("columns", 2)
    parts = [_index_part(each) for each in given] if isinstance(given, list) else []
    if not parts:
        raise UnreadableError("the columns of an index are put in by the program")
    where = call.get("postgresql_where")
    condition = sql_in(where)
    if where is not None and condition is None:
        raise UnreadableError("the condition of an index is put in by the program")
    using, include = plain(call.get("postgresql_using")), call.get("postgresql_include")
    words = ["CREATE", *(["UNIQUE"] if plain(call.get("unique")) is True else []), "INDEX"]
    words += ["CONCURRENTLY"] if plain(call.get("postgresql_concurrently")) is True else []
    words += ["IF NOT EXISTS"] if plain(call.get("if_not_exists")) is True else []
    words += [
        quoted(name),
        "ON",
        table,
        *([f"USING {using}"] if isinstance(using, str) and using.isidentifier() else []),
    ]
    words.append(f"({', '.join(_with_operators(parts, call.get('postgresql_ops')))})")
    words += [f"INCLUDE ({listed(names_of(include))})"] if isinstance(include, list) and include else []
    words += [f"WHERE {condition.text}"] if condition else []
    yield " ".join(words)


def _index_part(value: Value) -> str:
    expression = sql_in(value) if isinstance(value, Call) and value.last in {"text", "literal_column"} else None
    if expression is not None:
        found = expression.text.strip()
        return found if "(" not in found or found.endswith(("ASC", "DESC", "LAST", "FIRST", "ops")) else f"({found})"
    return quoted(text_of(value))


def _with_operators(parts: list[str], given: Value) -> Iterator[str]:
    operators = {f'"{key}"': plain(value) for key, value in given.items()} if isinstance(given, dict) else {}
    for part in parts:
        operator = operators.get(part)
        yield f"{part} {operator}" if isinstance(operator, str) and operator.isidentifier() else part


def drop_index(one: Directive) -> Iterator[str]:
    """DROP INDEX."""
    words = ["DROP INDEX"]
    words += ["CONCURRENTLY"] if plain(one.call.get("postgresql_concurrently")) is True else []
    words += ["IF EXISTS"] if plain(one.call.get("if_exists")) is True else []
    words.append(named(text_of(one.call.get("index_name", 0)), one.schema or schema_of(one.call)))
    yield " ".join(words)
