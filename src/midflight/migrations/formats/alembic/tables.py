"""The tables of Alembic's directives (Alembic documentation, "Operation Reference")."""

from collections.abc import Iterator

from midflight.migrations.formats.alembic.columns import column_sql, indexed, told
from midflight.migrations.formats.alembic.constraints import constraint_sql
from midflight.migrations.formats.alembic.directives import Directive, UnreadableError, names_of, text_of
from midflight.migrations.formats.alembic.types import ENUMS, enum_name, labels_of, literal, quoted
from midflight.migrations.python import Call, Unread, plain


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
        yield from indexed(each, text_of(one.call.get("table_name", 0)), table)


def create_enum(call: Call) -> Iterator[str]:
    """CREATE TYPE AS ENUM, which SQLAlchemy leaves out where the type is there already."""
    name, labels = enum_name(call), labels_of(call)
    if name is None or len(labels) != len(call.args):
        raise UnreadableError("the labels of an enum are put in by the program")
    made = f"CREATE TYPE {name} AS ENUM ({', '.join(literal(label) for label in labels)})"
    yield f"DO $$ BEGIN {made}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"


def drop_table(one: Directive) -> Iterator[str]:
    """DROP TABLE."""
    gone = "IF EXISTS " if plain(one.call.get("if_exists")) is True else ""
    yield f"DROP TABLE {gone}{one.on()}"


def rename_table(one: Directive) -> Iterator[str]:
    """RENAME TO."""
    yield f"ALTER TABLE {one.on('old_table_name')} RENAME TO {quoted(text_of(one.call.get('new_table_name', 1)))}"
