"""A directive of Alembic's and the names in it."""

from dataclasses import dataclass

from midflight.migrations.formats.alembic.types import quoted
from midflight.migrations.python import Call, Text, Value, plain


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
