"""The SQL of columns (SQLAlchemy's documentation, "Column"), and the directives that change one."""

from collections.abc import Iterator

from midflight.migrations.formats.alembic.constraints import actions
from midflight.migrations.formats.alembic.directives import Directive, UnreadableError, optional, text_of
from midflight.migrations.formats.alembic.types import SERIALS, default_of, quoted, sql_in, type_of
from midflight.migrations.python import Call, Value, plain


def column_sql(column: Value, *, serial: bool = False) -> str:
    """A column inside CREATE TABLE or ADD COLUMN."""
    if not isinstance(column, Call) or column.last != "Column":
        raise UnreadableError("a column is put in by the program")
    name, rest = text_of(column.get("name", 0)), column.args[1:]
    kind = type_of(column.get("type_", 1)) or "TEXT"  # of the project's own types `told` speaks
    more = [each for each in rest if isinstance(each, Call)]
    key = plain(column.get("primary_key")) is True
    foreign = next((each for each in more if each.last == "ForeignKey"), None)
    free = not foreign and column.get("server_default") is None and not any(e.last in _MAKES for e in more)
    if (serial or key) and free and kind in SERIALS and plain(column.get("autoincrement", default=True)) is not False:
        kind = SERIALS[kind]
    parts = [quoted(name), kind, *_filled(column, more)]
    parts += ["NOT NULL"] if plain(column.get("nullable", default=not (key or serial))) is False else []
    parts += ["PRIMARY KEY"] if key and not serial else []
    parts += ["UNIQUE"] if plain(column.get("unique")) is True and plain(column.get("index")) is not True else []
    parts += [_reference(foreign)] if foreign else []
    return " ".join(parts)


def told(column: Value) -> Iterator[str]:
    """What stands for a column's type that only the project knows."""
    if isinstance(column, Call) and column.last == "Column" and type_of(column.get("type_", 1)) is None:
        name = text_of(column.get("name", 0)).replace("'", "`")
        yield f"DO LANGUAGE 'Python (rows alone): the type of `{name}` is not known, taken for text' $python$ $python$"


_MAKES = frozenset({"Identity", "Computed"})


def _filled(column: Call, more: list[Call]) -> Iterator[str]:
    given = column.get("server_default")
    made = next((each for each in [*more, given] if isinstance(each, Call) and each.last in _MAKES), None)
    if made is not None and made.last == "Identity":
        yield f"GENERATED {'ALWAYS' if plain(made.get('always', 0)) is True else 'BY DEFAULT'} AS IDENTITY"
    elif made is not None:
        expression = sql_in(made.get("sqltext", 0))
        if expression is None:
            raise UnreadableError("what generates the column is put in by the program")
        yield f"GENERATED ALWAYS AS ({expression.text}) STORED"
    elif given is not None:
        default = default_of(given)
        if default is None:
            raise UnreadableError("the default is put in by the program")
        yield f"DEFAULT {default}"


def _target(text: str) -> str:
    """`table.column` or `schema.table.column`."""
    *table, column = text.split(".")
    return f"{'.'.join(quoted(part) for part in table)} ({quoted(column)})"


def _reference(foreign: Call) -> str:
    name = optional(foreign.get("name"))
    constraint = f"CONSTRAINT {quoted(name)} " if name else ""
    return f"{constraint}REFERENCES {_target(text_of(foreign.get('column', 0)))}{actions(foreign)}"


def indexed(column: Call, name: str, table: str) -> Iterator[str]:
    """The index that `index=True` on a column asks for."""
    if plain(column.get("index")) is True:
        own = text_of(column.get("name", 0))
        unique = "UNIQUE " if plain(column.get("unique")) is True else ""
        yield f"CREATE {unique}INDEX {quoted(f'ix_{name}_{own}')} ON {table} ({quoted(own)})"


def add_column(one: Directive) -> Iterator[str]:
    """ADD COLUMN, and the column's index."""
    column, table = one.value("column", 1), one.on()
    yield from told(column)
    missing = "IF NOT EXISTS " if plain(one.call.get("if_not_exists")) is True else ""
    yield f"ALTER TABLE {table} ADD COLUMN {missing}{column_sql(column)}"
    if isinstance(column, Call):
        yield from indexed(column, one.table or text_of(one.call.get("table_name", 0)), table)


def drop_column(one: Directive) -> Iterator[str]:
    """DROP COLUMN."""
    gone = "IF EXISTS " if plain(one.call.get("if_exists")) is True else ""
    yield f"ALTER TABLE {one.on()} DROP COLUMN {gone}{quoted(one.text('column_name', 1))}"


def alter_column(one: Directive) -> Iterator[str]:
    """Each option is a statement of its own (Alembic's `PostgresqlImpl.alter_column`)."""
    name = one.text("column_name", 1)
    start = f"ALTER TABLE {one.on()} ALTER COLUMN {quoted(name)}"
    options = one.call.options
    nullable = plain(options.get("nullable"))
    if isinstance(nullable, bool):
        yield f"{start} {'DROP' if nullable else 'SET'} NOT NULL"
    if "server_default" in options and options["server_default"] is not False:
        given = options["server_default"]
        default = default_of(given)
        if given is not None and default is None:
            raise UnreadableError("the default is put in by the program")
        yield f"{start} DROP DEFAULT" if given is None else f"{start} SET DEFAULT {default}"
    if options.get("type_") is not None:
        kind, using = type_of(options["type_"]), plain(options.get("postgresql_using"))
        if kind is None:
            raise UnreadableError(f"the new type of the column `{name}` is the project's own")
        yield f"{start} TYPE {kind}{f' USING {using}' if isinstance(using, str) else ''}"
    if options.get("new_column_name") is not None:
        yield f"ALTER TABLE {one.on()} RENAME {quoted(name)} TO {quoted(text_of(options['new_column_name']))}"
