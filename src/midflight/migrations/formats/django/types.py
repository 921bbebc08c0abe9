"""The PostgreSQL types of Django's fields.

Django documentation, "Model field reference", and Django 5.2, `db/backends/postgresql/base.py`.
"""

import json
from collections.abc import Mapping

from midflight.migrations.formats.django.names import literal
from midflight.migrations.python import Call, Ref, Text, Value, plain

TYPES: Mapping[str, str] = {
    "AutoField": "integer",
    "BigAutoField": "bigint",
    "SmallAutoField": "smallint",
    "BinaryField": "bytea",
    "BooleanField": "boolean",
    "NullBooleanField": "boolean",
    "CharField": "varchar",
    "CommaSeparatedIntegerField": "varchar",
    "DateField": "date",
    "DateTimeField": "timestamp with time zone",
    "DecimalField": "numeric",
    "DurationField": "interval",
    "EmailField": "varchar",
    "FileField": "varchar",
    "FilePathField": "varchar",
    "ImageField": "varchar",
    "FloatField": "double precision",
    "IntegerField": "integer",
    "BigIntegerField": "bigint",
    "IPAddressField": "inet",
    "GenericIPAddressField": "inet",
    "JSONField": "jsonb",
    "PositiveBigIntegerField": "bigint",
    "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint",
    "SlugField": "varchar",
    "SmallIntegerField": "smallint",
    "TextField": "text",
    "TimeField": "time",
    "URLField": "varchar",
    "UUIDField": "uuid",
    "HStoreField": "hstore",
    "CITextField": "citext",
    "CICharField": "citext",
    "CIEmailField": "citext",
    "SearchVectorField": "tsvector",
    "IntegerRangeField": "int4range",
    "BigIntegerRangeField": "int8range",
    "DecimalRangeField": "numrange",
    "DateTimeRangeField": "tstzrange",
    "DateRangeField": "daterange",
    "ArrayField": "[]",
    "GeneratedField": "generated",
    "GeometryField": "geometry(GEOMETRY)",
    "PointField": "geometry(POINT)",
    "LineStringField": "geometry(LINESTRING)",
    "PolygonField": "geometry(POLYGON)",
    "MultiPointField": "geometry(MULTIPOINT)",
    "MultiLineStringField": "geometry(MULTILINESTRING)",
    "MultiPolygonField": "geometry(MULTIPOLYGON)",
    "GeometryCollectionField": "geometry(GEOMETRYCOLLECTION)",
    "RasterField": "raster",
    "OrderWrt": "integer",
}
FOREIGN = frozenset({"ForeignKey", "OneToOneField"})
MANY = "ManyToManyField"
NO_COLUMN = frozenset({"GenericForeignKey", "GenericRelation", "TaggableManager", "ForeignObject"})

_BY_OTHERS: Mapping[str, str] = {
    "TreeForeignKey": "ForeignKey",
    "TreeOneToOneField": "OneToOneField",
    "ParentalKey": "ForeignKey",
    "ParentalManyToManyField": "ManyToManyField",
    "TreeManyToManyField": "ManyToManyField",
    "StreamField": "TextField",
    "RichTextField": "TextField",
    "RichTextUploadingField": "TextField",
    "PhoneNumberField": "CharField",
    "AutoCreatedField": "DateTimeField",
    "AutoLastModifiedField": "DateTimeField",
}
_LENGTHS = {"EmailField": 254, "URLField": 200, "SlugField": 50, "FileField": 100, "ImageField": 100}
_LENGTHS |= {"FilePathField": 100}
_UNLIKE = frozenset({"CharField", "TextField", "SlugField", "EmailField", "URLField", "FilePathField", "FileField"})
_EMPTY: Mapping[str, str] = {
    "uuid": "'00000000-0000-4000-8000-000000000000'",
    "timestamp with time zone": "'2000-01-01T00:00:00+00:00'",
    "date": "'2000-01-01'",
    "time": "'00:00:00'",
    "interval": "'0 days'",
    "boolean": "false",
    "jsonb": "'{}'",
    "inet": "'0.0.0.0'",
    "bytea": "'\\x'",
    "integer": "0",
    "bigint": "0",
    "smallint": "0",
    "numeric": "0",
    "double precision": "0",
}
_BLANK = frozenset({"varchar", "text", "citext", "tsvector", "bytea"})


def kind_of(call: Call) -> str:
    """Django's own kind of field; a field of somebody else's is taken for the one whose name it ends with."""
    name = call.last
    if name in TYPES or name in FOREIGN or name == MANY or name in NO_COLUMN:
        return name
    if name in _BY_OTHERS:
        return _BY_OTHERS[name]
    known = [each for each in (*TYPES, *FOREIGN, MANY) if name.endswith(each)]
    if known:
        return max(known, key=len)
    if "to" in call.options:
        return "ForeignKey"
    return "CharField" if "max_length" in call.options else ""


def is_guess(call: Call) -> bool:
    """Whether nothing tells the type of a field."""
    return not kind_of(call)


def type_of(call: Call) -> str:
    """The column's type, without what a foreign key takes from its target."""
    kind = kind_of(call)
    match kind:
        case "ArrayField":
            base = call.get("base_field", 0)
            size = plain(call.get("size", 1))
            inner = type_of(base) if isinstance(base, Call) else "text"
            return f"{inner}[{size if isinstance(size, int) else ''}]"
        case "DecimalField":
            digits, places = plain(call.get("max_digits")), plain(call.get("decimal_places"))
            return f"numeric({digits}, {places})" if isinstance(digits, int) else "numeric"
        case "GeneratedField":
            inner_field = call.get("output_field")
            return type_of(inner_field) if isinstance(inner_field, Call) else "text"
        case "":
            return "text"
    if TYPES[kind].startswith("geometry"):
        srid = plain(call.get("srid", default=4326))
        return f"{TYPES[kind][:-1]},{srid if isinstance(srid, int) else 4326})"
    if TYPES[kind] != "varchar":
        return TYPES[kind]
    length = plain(call.get("max_length", default=_LENGTHS.get(kind)))
    return f"varchar({length})" if isinstance(length, int) and not isinstance(length, bool) else "varchar"


def related_type(call: Call) -> str:
    """The type of a column that points at this one."""
    return type_of(call)


def base_of(kind: str) -> str:
    """A type without its size."""
    return kind.partition("(")[0]


def wants_like(call: Call) -> bool:
    """Whether an index on the field gets a second one for `LIKE` (`_create_like_index_sql`)."""
    return kind_of(call) in _UNLIKE and base_of(type_of(call)) in {"varchar", "text"}


def default_of(call: Call, column_type: str) -> str | None:
    """The default as SQL that Django sends with a new column, None where it sends none.

    What a function gives is sent as its value of that moment; it is dropped again, so that any of the type will do.
    """
    given = call.get("default", default=_NOTHING)
    if given is not _NOTHING and not (isinstance(given, Ref) and given.last == "NOT_PROVIDED"):
        return sql_value(given, column_type)
    if plain(call.get("auto_now")) is True or plain(call.get("auto_now_add")) is True:
        return _empty(column_type)
    blank = plain(call.get("blank")) is True and plain(call.get("null")) is not True
    return _empty(column_type) if blank and base_of(column_type) in _BLANK else None


_NOTHING = Ref("nothing")


def _empty(column_type: str) -> str:
    if column_type.endswith("]"):
        return "'{}'"
    return _EMPTY.get(base_of(column_type), "''")


def sql_value(value: Value, column_type: str) -> str | None:
    """A value as SQL; one that only the program knows is one of its type."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int() | float():
            return literal(str(value)) if base_of(column_type) in {"varchar", "text", "jsonb"} else str(value)
        case Text(text=text):
            return literal(json.dumps(text) if column_type == "jsonb" else text.replace("\0", ""))
        case list() if column_type == "jsonb":
            return "'[]'"
        case Call(name=name, args=(Text(text=text),)) if name.endswith("Decimal") and _is_number(text):
            return text
        case _:
            return _empty(column_type)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit() and len(text) < 100
