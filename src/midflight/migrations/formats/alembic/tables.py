"""The SQL of Alembic's directives (Alembic documentation, "Operation Reference")."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from midflight.migrations.formats.alembic.types import (
    ENUMS,
    SERIALS,
    default_of,
    enum_name,
    labels_of,
    literal,
    quoted,
    sql_in,
    type_of,
)
from midflight.migrations.python import Call, Text, Unread, Value, plain


class UnreadableError(Exception):
    """A directive says something that only the program knows."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A call on `op`, or on `batch_op`, whose table comes before its own arguments."""

    call: Call
    table: str = ""  # of a batch
    schema: str = ""

    def text(self, option: str, position: int, *, after_table: bool = True) -> str:
        """A name that the call gives."""
        at = position - (1 if self.table and after_table else 0)
        return text_of(self.call.get(option, at))

    def value(self, option: str, position: int) -> Value:
        """A value that the call gives after the table."""
        return self.call.get(option, position - (1 if self.table else 0))

    def on(self, option: str = "table_name", position: int = 0) -> str:
        """The table, with its schema."""
        return named(self.table or text_of(self.call.get(option, position)), self.schema or schema_of(self.call))


def text_of(value: Value) -> str:
    """A name; `op.f("name")` is one that no convention changes."""
    if isinstance(value, Call) and value.last == "f" and value.args:
        value = value.args[0]
    if not isinstance(value, Text) or not value.text:
        raise UnreadableError("a name is put in by the program")
    return value.text


def optional(value: Value) -> str:
    """A name, or nothing."""
    return text_of(value) if value is not None else ""


def schema_of(call: Call) -> str:
    """The schema that a call names."""
    found = plain(call.get("schema"))
    return found if isinstance(found, str) else ""


def named(name: str, schema: str = "") -> str:
    """A relation as SQL writes it."""
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def names_of(value: Value) -> tuple[str, ...]:
    """A list of names."""
    return tuple(text_of(each) for each in value) if isinstance(value, list) else (text_of(value),)


def listed(names: tuple[str, ...]) -> str:
    """Names in a list."""
    return ", ".join(quoted(name) for name in names)


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
    return f"{constraint}REFERENCES {_target(text_of(foreign.get('column', 0)))}{_actions(foreign)}"


def _actions(call: Call) -> str:
    found = ""
    for option, words in (("ondelete", "ON DELETE"), ("onupdate", "ON UPDATE")):
        given = plain(call.get(option))
        if isinstance(given, str) and given.replace(" ", "").isalpha():
            found += f" {words} {given.upper()}"
    found += " DEFERRABLE" if plain(call.get("deferrable")) is True else ""
    initially = plain(call.get("initially"))
    return f"{found} INITIALLY {initially}" if isinstance(initially, str) and initially.isalpha() else found


def constraint_sql(call: Call) -> str:
    """A constraint inside CREATE TABLE."""
    name = optional(call.get("name"))
    prefix = f"CONSTRAINT {quoted(name)} " if name else ""
    columns = (
        tuple(text_of(each) for each in call.args) if call.last in {"PrimaryKeyConstraint", "UniqueConstraint"} else ()
    )
    match call.last:
        case "PrimaryKeyConstraint":
            return f"{prefix}PRIMARY KEY ({listed(columns)})"
        case "UniqueConstraint":
            nulls = " NULLS NOT DISTINCT" if plain(call.get("postgresql_nulls_not_distinct")) is True else ""
            return f"{prefix}UNIQUE{nulls} ({listed(columns)}){_actions(call)}"
        case "ForeignKeyConstraint":
            remote = [name.split(".") for name in names_of(call.get("refcolumns", 1))]
            table = ".".join(quoted(part) for part in remote[0][:-1])
            own, other = listed(names_of(call.get("columns", 0))), listed(tuple(parts[-1] for parts in remote))
            return f"{prefix}FOREIGN KEY ({own}) REFERENCES {table} ({other}){_actions(call)}"
        case "CheckConstraint":
            condition = sql_in(call.get("sqltext", 0))
            if condition is None:
                raise UnreadableError("a condition is put in by the program")
            return f"{prefix}CHECK ({condition.text})"
        case _:
            raise UnreadableError(f"`{call.last}` in a table is not read")


def create_table(one: Directive) -> Iterator[str]:
    """CREATE TABLE, before it the types of its enums, behind it the indexes of its columns."""
    table, parts = one.on(), [each for each in one.call.args[1:] if isinstance(each, Call | Unread)]
    calls = [each for each in parts if isinstance(each, Call)]
    if len(calls) != len(one.call.args) - 1 or one.call.incomplete:
        raise UnreadableError("the columns of this table are put together by the program")
    columns = [each for each in calls if each.last == "Column"]
    for each in columns:
        kind = each.get("type_", 1)
        inner = kind.get("item_type", 0) if isinstance(kind, Call) and kind.last == "ARRAY" else kind
        if (
            isinstance(inner, Call)
            and inner.last in ENUMS
            and plain(inner.get("create_type", default=True)) is not False
        ):
            yield from create_enum(inner)
    keys = next((each.args for each in calls if each.last == "PrimaryKeyConstraint"), ())
    serial = text_of(keys[0]) if len(keys) == 1 else ""
    foreign = {
        name for each in calls if each.last == "ForeignKeyConstraint" for name in names_of(each.get("columns", 0))
    }
    body = [
        column_sql(each, serial=text_of(each.get("name", 0)) == serial and serial not in foreign) for each in columns
    ]
    body += [constraint_sql(each) for each in calls if each.last not in {"Column", "Index"}]
    for each in columns:
        yield from told(each)
    missing = "IF NOT EXISTS " if plain(one.call.get("if_not_exists")) is True else ""
    yield f"CREATE TABLE {missing}{table} ({', '.join(body)})"
    for each in columns:
        yield from _indexed(each, text_of(one.call.get("table_name", 0)), table)


def _indexed(column: Call, name: str, table: str) -> Iterator[str]:
    if plain(column.get("index")) is True:
        own = text_of(column.get("name", 0))
        unique = "UNIQUE " if plain(column.get("unique")) is True else ""
        yield f"CREATE {unique}INDEX {quoted(f'ix_{name}_{own}')} ON {table} ({quoted(own)})"


def create_enum(call: Call) -> Iterator[str]:
    """CREATE TYPE AS ENUM, which SQLAlchemy leaves out where the type is there already."""
    name, labels = enum_name(call), labels_of(call)
    if name is None or len(labels) != len(call.args):
        raise UnreadableError("the labels of an enum are put in by the program")
    made = f"CREATE TYPE {name} AS ENUM ({', '.join(literal(label) for label in labels)})"
    yield f"DO $$ BEGIN {made}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"


def _drop_table(one: Directive) -> Iterator[str]:
    gone = "IF EXISTS " if plain(one.call.get("if_exists")) is True else ""
    yield f"DROP TABLE {gone}{one.on()}"


def _add_column(one: Directive) -> Iterator[str]:
    column, table = one.value("column", 1), one.on()
    yield from told(column)
    missing = "IF NOT EXISTS " if plain(one.call.get("if_not_exists")) is True else ""
    yield f"ALTER TABLE {table} ADD COLUMN {missing}{column_sql(column)}"
    if isinstance(column, Call):
        yield from _indexed(column, one.table or text_of(one.call.get("table_name", 0)), table)


def _drop_column(one: Directive) -> Iterator[str]:
    gone = "IF EXISTS " if plain(one.call.get("if_exists")) is True else ""
    yield f"ALTER TABLE {one.on()} DROP COLUMN {gone}{quoted(one.text('column_name', 1))}"


def _alter_column(one: Directive) -> Iterator[str]:
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


def _create_index(one: Directive) -> Iterator[str]:
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


def _drop_index(one: Directive) -> Iterator[str]:
    words = ["DROP INDEX"]
    words += ["CONCURRENTLY"] if plain(one.call.get("postgresql_concurrently")) is True else []
    words += ["IF EXISTS"] if plain(one.call.get("if_exists")) is True else []
    words.append(named(text_of(one.call.get("index_name", 0)), one.schema or schema_of(one.call)))
    yield " ".join(words)


def _constraint_start(one: Directive, name: Value, option: str = "table_name") -> str:
    own = optional(name)
    table = named(one.table, one.schema) if one.table else one.on(option, 1)
    return f"ALTER TABLE {table} ADD {f'CONSTRAINT {quoted(own)} ' if own else ''}"


def _create_unique(one: Directive) -> Iterator[str]:
    start = _constraint_start(one, one.call.get("constraint_name", 0))
    yield f"{start}UNIQUE ({listed(names_of(one.value('columns', 2)))}){_actions(one.call)}"


def _create_key(one: Directive) -> Iterator[str]:
    start = _constraint_start(one, one.call.get("constraint_name", 0))
    yield f"{start}PRIMARY KEY ({listed(names_of(one.value('columns', 2)))})"


def _create_check(one: Directive) -> Iterator[str]:
    condition = sql_in(one.value("condition", 2))
    if condition is None:
        raise UnreadableError("a condition is put in by the program")
    start = _constraint_start(one, one.call.get("constraint_name", 0))
    valid = " NOT VALID" if plain(one.call.get("postgresql_not_valid")) is True else ""
    yield f"{start}CHECK ({condition.text}){valid}"


def _create_foreign(one: Directive) -> Iterator[str]:
    call = one.call
    schemas = [plain(call.get(option)) for option in ("source_schema", "referent_schema")]
    source, referent = (schema if isinstance(schema, str) else "" for schema in schemas)
    name = optional(call.get("constraint_name", 0))
    table = named(one.table or text_of(call.get("source_table", 1)), one.schema or source)
    own, other = names_of(one.value("local_cols", 3)), names_of(one.value("remote_cols", 4))
    target = named(one.text("referent_table", 2), referent)
    valid = " NOT VALID" if plain(call.get("postgresql_not_valid")) is True else ""
    yield (
        f"ALTER TABLE {table} ADD {f'CONSTRAINT {quoted(name)} ' if name else ''}FOREIGN KEY ({listed(own)})"
        f" REFERENCES {target} ({listed(other)}){_actions(call)}{valid}"
    )


def _drop_constraint(one: Directive) -> Iterator[str]:
    table = named(one.table, one.schema) if one.table else one.on(position=1)
    gone = "IF EXISTS " if plain(one.call.get("if_exists")) is True else ""
    yield f"ALTER TABLE {table} DROP CONSTRAINT {gone}{quoted(text_of(one.call.get('constraint_name', 0)))}"


def _rename_table(one: Directive) -> Iterator[str]:
    yield f"ALTER TABLE {one.on('old_table_name')} RENAME TO {quoted(text_of(one.call.get('new_table_name', 1)))}"


WRITERS: Mapping[str, Callable[[Directive], Iterator[str]]] = {
    "create_table": create_table,
    "drop_table": _drop_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "alter_column": _alter_column,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_unique_constraint": _create_unique,
    "create_primary_key": _create_key,
    "create_check_constraint": _create_check,
    "create_foreign_key": _create_foreign,
    "drop_constraint": _drop_constraint,
    "rename_table": _rename_table,
}
SILENT = frozenset({"create_table_comment", "drop_table_comment", "get_bind", "get_context", "f", "print"})
