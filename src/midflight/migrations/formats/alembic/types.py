"""SQLAlchemy's types and defaults as PostgreSQL writes them (SQLAlchemy documentation, "The Type Hierarchy")."""

from midflight.migrations.python import Call, Ref, Text, Value, plain

_SIMPLE = {
    "Text": "TEXT",
    "TEXT": "TEXT",
    "UnicodeText": "TEXT",
    "Integer": "INTEGER",
    "INTEGER": "INTEGER",
    "INT": "INTEGER",
    "BigInteger": "BIGINT",
    "BIGINT": "BIGINT",
    "SmallInteger": "SMALLINT",
    "SMALLINT": "SMALLINT",
    "Boolean": "BOOLEAN",
    "BOOLEAN": "BOOLEAN",
    "Date": "DATE",
    "DATE": "DATE",
    "Float": "FLOAT",
    "FLOAT": "FLOAT",
    "REAL": "REAL",
    "Double": "DOUBLE PRECISION",
    "DOUBLE": "DOUBLE PRECISION",
    "DOUBLE_PRECISION": "DOUBLE PRECISION",
    "LargeBinary": "BYTEA",
    "BYTEA": "BYTEA",
    "PickleType": "BYTEA",
    "JSON": "JSON",
    "JSONB": "JSONB",
    "UUID": "UUID",
    "Uuid": "UUID",
    "Interval": "INTERVAL",
    "INTERVAL": "INTERVAL",
    "INET": "INET",
    "CIDR": "CIDR",
    "MACADDR": "MACADDR",
    "CITEXT": "CITEXT",
    "TSVECTOR": "TSVECTOR",
    "TSVectorType": "TSVECTOR",
    "UUIDType": "UUID",
    "JSONType": "JSON",
    "HSTORE": "HSTORE",
    "MONEY": "MONEY",
    "OID": "OID",
    "TSTZRANGE": "TSTZRANGE",
    "TSRANGE": "TSRANGE",
    "DATERANGE": "DATERANGE",
    "INT4RANGE": "INT4RANGE",
    "INT8RANGE": "INT8RANGE",
    "NUMRANGE": "NUMRANGE",
}
_LENGTHS = {"String": "VARCHAR", "VARCHAR": "VARCHAR", "Unicode": "VARCHAR", "AutoString": "VARCHAR", "CHAR": "CHAR"}
_TIMES = {"DateTime": "TIMESTAMP", "TIMESTAMP": "TIMESTAMP", "DATETIME": "TIMESTAMP", "Time": "TIME", "TIME": "TIME"}
_NUMBERS = frozenset({"Numeric", "NUMERIC", "DECIMAL"})
ENUMS = frozenset({"Enum", "ENUM"})
SERIALS = {"INTEGER": "SERIAL", "BIGINT": "BIGSERIAL", "SMALLINT": "SMALLSERIAL"}


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as SQL writes it."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def type_of(value: Value) -> str | None:
    """The type, None where it is one of the project's own."""
    call = value if isinstance(value, Call) else None
    name = value.last if isinstance(value, Call | Ref) else ""
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name in _LENGTHS:
        length = plain(call.get("length", 0)) if call else None
        return f"{_LENGTHS[name]}({length})" if isinstance(length, int) else _LENGTHS[name]
    if name in _TIMES:
        zoned = call is not None and plain(call.get("timezone", 0)) is True
        return f"{_TIMES[name]} WITH TIME ZONE" if zoned else f"{_TIMES[name]} WITHOUT TIME ZONE"
    if name in _NUMBERS:
        precision, scale = (plain(call.get("precision", 0)), plain(call.get("scale", 1))) if call else (None, None)
        return f"NUMERIC({precision}, {scale or 0})" if isinstance(precision, int) else "NUMERIC"
    if name == "ARRAY" and call:
        inner = type_of(call.get("item_type", 0))
        return f"{inner}[]" if inner else None
    if name in ENUMS and call:
        return enum_name(call)
    return None


def enum_name(call: Call) -> str | None:
    """The name of an enum's type."""
    name, schema = plain(call.get("name")), plain(call.get("schema"))
    if not isinstance(name, str):
        return None
    return f"{quoted(schema)}.{quoted(name)}" if isinstance(schema, str) and schema else quoted(name)


def labels_of(call: Call) -> tuple[str, ...]:
    """The labels of an enum."""
    return tuple(each.text for each in call.args if isinstance(each, Text))


def default_of(value: Value) -> str | None:
    """A `server_default` as SQL, None where it cannot be read."""
    match value:
        case Text(text=text):
            return literal(text)
        case Call() if value.last in {"text", "literal_column"} and value.args and isinstance(value.args[0], Text):
            return value.args[0].text
        case Call() if value.last in {"true", "false"}:
            return value.last
        case Call() if ".func." in value.name and not value.args:
            return f"{value.last}()"
        case _:
            return None


def sql_in(value: Value) -> Text | None:
    """SQL that is written out: a string, or `text("...")`."""
    if isinstance(value, Call) and value.last in {"text", "DDL", "literal_column"} and value.args:
        value = value.args[0]
    return value if isinstance(value, Text) else None
