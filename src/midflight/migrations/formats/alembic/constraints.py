"""The SQL of constraints, inside CREATE TABLE and by directives of their own."""

from collections.abc import Iterator

from midflight.migrations.formats.alembic.directives import (
    Directive,
    UnreadableError,
    listed,
    named,
    names_of,
    optional,
    text_of,
)
from midflight.migrations.formats.alembic.types import quoted, sql_in
from midflight.migrations.python import Call, Value, plain


def actions(call: Call) -> str:
    """What a constraint says of changes at its other end, and when it is checked."""
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
            return f"{prefix}UNIQUE{nulls} ({listed(columns)}){actions(call)}"
        case "ForeignKeyConstraint":
            remote = [name.split(".") for name in names_of(call.get("refcolumns", 1))]
            table = ".".join(quoted(part) for part in remote[0][:-1])
            own, other = listed(names_of(call.get("columns", 0))), listed(tuple(parts[-1] for parts in remote))
            return f"{prefix}FOREIGN KEY ({own}) REFERENCES {table} ({other}){actions(call)}"
        case "CheckConstraint":
            condition = sql_in(call.get("sqltext", 0))
            if condition is None:
                raise UnreadableError("a condition is put in by the program")
            return f"{prefix}CHECK ({condition.text})"
        case _:
            raise UnreadableError(f"`{call.last}` in a table is not read")


def _constraint_start(one: Directive, name: Value, option: str = "table_name") -> str:
    own = optional(name)
    table = named(one.table, one.schema) if one.table else one.on(option, 1)
    return f"ALTER TABLE {table} ADD {f'CONSTRAINT {quoted(own)} ' if own else ''}"


def create_unique(one: Directive) -> Iterator[str]:
    """ADD UNIQUE."""
    start = _constraint_start(one, one.call.get("constraint_name", 0))
    yield f"{start}UNIQUE ({listed(names_of(one.value('columns', 2)))}){actions(one.call)}"


def create_key(one: Directive) -> Iterator[str]:
    """ADD PRIMARY KEY."""
    start = _constraint_start(one, one.call.get("constraint_name", 0))
    yield f"{start}PRIMARY KEY ({listed(names_of(one.value('columns', 2)))})"


def create_check(one: Directive) -> Iterator[str]:
    """ADD CHECK."""
    condition = sql_in(one.value("condition", 2))
    if condition is None:
        raise UnreadableError("a condition is put in by the program")
    start = _constraint_start(one, one.call.get("constraint_name", 0))
    valid = " NOT VALID" if plain(one.call.get("postgresql_not_valid")) is True else ""
    yield f"{start}CHECK ({condition.text}){valid}"


def create_foreign(one: Directive) -> Iterator[str]:
    """ADD FOREIGN KEY."""
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
        f" REFERENCES {target} ({listed(other)}){actions(call)}{valid}"
    )


def drop_constraint(one: Directive) -> Iterator[str]:
    """DROP CONSTRAINT."""
    table = named(one.table, one.schema) if one.table else one.on(position=1)
    gone = "IF EXISTS " if plain(one.call.get("if_exists")) is True else ""
    yield f"ALTER TABLE {table} DROP CONSTRAINT {gone}{quoted(text_of(one.call.get('constraint_name', 0)))}"
