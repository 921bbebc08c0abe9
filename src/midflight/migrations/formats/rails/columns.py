"""Writes columns as Rails writes them for PostgreSQL: types, defaults, names in quotes."""

import json
import re
from collections.abc import Mapping
from datetime import date

from midflight.migrations.formats.rails.model import Sql, Unread, UnreadableError, Value

Options = Mapping[str, Value]
Version = tuple[int, int]

_TYPES = {
    "string": "character varying",
    "datetime": "timestamp",
    "binary": "bytea",
    "float": "float",
    "decimal": "decimal",
    "bit_varying": "bit varying",
    "virtual": "",
    "int": "integer",
    "bool": "boolean",
    "blob": "bytea",
    "serial": "serial",
    "primary_key": "bigserial",
}
"""ActiveRecord's NATIVE_DATABASE_TYPES for PostgreSQL, where the name differs."""

_KINDS = frozenset(
    "bigint bigserial binary bit bit_varying blob boolean box cidr circle citext date daterange datetime decimal enum"
    " float hstore inet int4range int8range integer interval json jsonb line lseg ltree macaddr money numeric numrange"
    " oid path point polygon primary_key serial string text time timestamp timestamptz tsrange tstzrange tsvector uuid"
    " virtual xml vector geometry geography st_point st_polygon halfvec sparsevec char smallint tsquery".split()
)
"""The methods of a table's block that make columns."""

_PRECISE = frozenset({"datetime", "timestamp", "timestamptz"})
_PRECISION_SINCE = (7, 0)
_BIGINT_SINCE = (5, 1)
_WORDS = re.compile(r"[A-Za-z_][\w ]*(?:\([\w, ]{0,40}\))?(?:\[\])?\Z")


def is_kind(name: str) -> bool:
    """Whether a method of a table's block is a type."""
    return name in _KINDS


def text_of(value: Value, what: str) -> str:
    """A value that has to be a name."""
    if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
        return str(value)
    source = value.source if isinstance(value, Unread) else ""
    raise UnreadableError(f"{what} is put in by Ruby{': ' + source[:60] if source else ''}")


def name_sql(name: str) -> str:
    """A table, perhaps with its schema, in quotes."""
    return ".".join(quoted(part.strip('"')) for part in name.split("."))


def quoted(name: str) -> str:
    """One identifier in quotes."""
    return '"' + name.replace('"', '""').replace("\n", " ") + '"'


def literal(value: Value, *, array: bool = False) -> str:
    """A value as SQL."""
    match value:
        case None:
            return "NULL"
        case Sql(text=text):
            return " ".join(text.split("\n"))
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return str(value)
        case str():
            return string(value)
        case tuple() if array:
            return string("{" + ",".join(_element(each) for each in value) + "}")
        case tuple() | dict():
            return string(_json(value))
    raise UnreadableError("a value is put in by Ruby")


def string(text: str) -> str:
    """Text in quotes, on one line."""
    if "\n" in text:
        return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'"
    return "'" + text.replace("'", "''") + "'"


def _element(value: Value) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else literal(value)


def _json(value: Value) -> str:
    try:
        return json.dumps(value)
    except (TypeError, RecursionError) as error:
        raise UnreadableError("a value is put in by Ruby") from error


def type_sql(kind: str, options: Options, version: Version) -> str:
    """The type of a column (ActiveRecord's `type_to_sql`)."""
    limit, precision, scale = options.get("limit"), options.get("precision"), options.get("scale")
    if kind in {"integer", "int"}:
        base = _integer(limit)
    elif kind == "enum":
        base = name_sql(text_of(options.get("enum_type"), "the enum of a column"))
    elif kind == "virtual":
        base = type_sql(text_of(options.get("type"), "the type of a column"), {}, version)
    elif kind in {"decimal", "numeric"} and isinstance(precision, int):
        base = f"{kind}({precision},{scale})" if isinstance(scale, int) else f"{kind}({precision})"
    elif kind in _PRECISE:
        base = _timestamp(kind, options, version)
    elif kind in {"string", "bit", "bit_varying", "char", "vector", "halfvec"} and isinstance(limit, int):
        base = f"{_TYPES.get(kind, kind)}({limit})"
    elif kind in {"time", "interval"} and isinstance(precision, int):
        base = f"{kind}({precision})"
    elif kind == "primary_key":
        base = "bigserial" if version >= _BIGINT_SINCE else "serial"
    elif kind in _KINDS or kind in _TYPES:
        base = _TYPES.get(kind, kind)
    else:
        base = kind if _WORDS.match(kind) or "." in kind else quoted(kind)
    return f"{base}[]" if options.get("array") is True else base


def _integer(limit: Value) -> str:
    if limit is None:
        return "integer"
    sizes = {1: "smallint", 2: "smallint", 3: "integer", 4: "integer"} | dict.fromkeys(range(5, 9), "bigint")
    if isinstance(limit, int) and limit in sizes:
        return sizes[limit]
    raise UnreadableError("the limit of an integer is put in by Ruby or is not one that Rails knows")


def _timestamp(kind: str, options: Options, version: Version) -> str:
    base = _TYPES.get(kind, kind)
    default = 6 if version >= _PRECISION_SINCE else None
    precision = options.get("precision", default)
    return f"{base}({precision})" if isinstance(precision, int) else base


def column_sql(name: str, kind: str, options: Options, version: Version) -> str:
    """A column with its type and options, as it stands in CREATE TABLE and ADD COLUMN."""
    parts = [quoted(name), type_sql(kind, options, version)]
    if isinstance(options.get("collation"), str):
        parts.append(f"COLLATE {quoted(str(options['collation']))}")
    if kind == "virtual":
        parts.append(f"GENERATED ALWAYS AS ({' '.join(text_of(options.get('as'), 'an expression').split())}) STORED")
        return " ".join(parts)
    given = options.get("default")
    if isinstance(given, Unread):
        if options.get("null") is False:  # the value is not known, but there is one; '0' suits most types
            parts.append(f"DEFAULT {_stand_in(kind, array=options.get('array') is True)}")
    elif given is not None:
        kept = _pairs(given) if kind == "hstore" and isinstance(given, dict) else given
        parts.append(f"DEFAULT {literal(kept, array=options.get('array') is True)}")
    if options.get("null") is False:
        parts.append("NOT NULL")
    if options.get("primary_key") is True or kind == "primary_key":
        parts.append("PRIMARY KEY")
    return " ".join(parts)


def _pairs(given: Mapping[str, Value]) -> str:
    """A hash as `hstore` takes it."""
    return ", ".join(f'"{key}"=>"{value}"' for key, value in given.items())


def _stand_in(kind: str, *, array: bool) -> str:
    if kind in {"date", *_PRECISE}:
        return string(date(2000, 1, 1).isoformat())
    if kind == "hstore" and not array:
        return "''"
    return "'{}'" if array or kind in {"json", "jsonb"} else "'0'"
