"""Type names, canonical as `format_type(atttypid, atttypmod)` prints them (PostgreSQL's format_type.c)."""

from midflight.operations.dialects.postgres.tree import Node, expression_sql, strings
from midflight.operations.shapes import quote

_ALIASES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "varbit": "bit varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_SERIALS = {
    "smallserial": "smallint",
    "serial2": "smallint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
}
_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND = 4, 2, 8, 1024, 2048, 4096  # INTERVAL_MASK in utils/timestamp.h
_FIELDS = {
    _YEAR: " year",
    _MONTH: " month",
    _DAY: " day",
    _HOUR: " hour",
    _MINUTE: " minute",
    _SECOND: " second",
    _YEAR | _MONTH: " year to month",
    _DAY | _HOUR: " day to hour",
    _DAY | _HOUR | _MINUTE: " day to minute",
    _DAY | _HOUR | _MINUTE | _SECOND: " day to second",
    _HOUR | _MINUTE: " hour to minute",
    _HOUR | _MINUTE | _SECOND: " hour to second",
    _MINUTE | _SECOND: " minute to second",
}


def type_sql(type_name: Node) -> str:
    """Return the canonical name of a TypeName, with its modifiers; any number of array bounds is one `[]`."""
    parts = strings(type_name.names)
    base = _base(parts, tuple(expression_sql(node) for node in type_name.typmods))
    return base + ("%TYPE" if type_name.pct_type else "") + ("[]" if type_name.array_bounds else "")


def serial_type(type_name: Node) -> str:
    """Return the integer type behind `serial` and its sisters, empty for any other type."""
    if len(type_name.names) != 1 or type_name.array_bounds:
        return ""
    return _SERIALS.get(type_name.names[0].string.sval, "")


def _base(parts: tuple[str, ...], sizes: tuple[str, ...]) -> str:
    if len(parts) > 1 and parts[0] != "pg_catalog":
        return ".".join(map(quote, parts)) + _sized(sizes)
    name = parts[-1]
    if name == "char" or (name == "bit" and not sizes):
        return f'"{name}"'  # the one-byte type; the keywords without quotes arrive as bpchar(1) and bit(1)
    return _built_in(name, sizes)


def _built_in(name: str, sizes: tuple[str, ...]) -> str:
    match name, sizes:
        case "bpchar", ():
            return "bpchar"
        case "interval", (mask, *precision):
            return "interval" + _FIELDS.get(int(mask), "") + _sized(tuple(precision))
        case "numeric", (precision_only,):
            return f"numeric({precision_only},0)"
        case _:
            first, space, rest = _ALIASES.get(name, quote(name)).partition(" with")
            return first + _sized(sizes) + space + rest


def _sized(sizes: tuple[str, ...]) -> str:
    return f"({','.join(sizes)})" if sizes else ""
