"""What a column of a generated row holds, as SQL over the row's number `i`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from midflight.operations.shapes import TypeKind, UserType

_MODIFIED = re.compile(
    r"\A(?P<base>[^(\[]+?)\s*(?:\((?P<size>[\d, -]+)\))?(?P<rest> with(?:out)? time zone)?(?P<array>(?:\[\])*)\Z"
)
_FEW = 50
_DEEP = 4

_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "smallint": "({n} % 32000)::smallint",
        "integer": "{n}::integer",
        "bigint": "{n}",
        "real": "({n} + 0.5)::real",
        "double precision": "({n} + 0.5)::double precision",
        "money": "{n}::numeric::money",
        "oid": "{n}::oid",
        "uuid": "lpad(to_hex({n}), 32, '0')::uuid",
        "date": "'2024-01-01'::date + ({n} % 3000)::integer",
        "timestamp without time zone": "'2024-01-01'::timestamp + {n} * interval '1 minute'",
        "timestamp with time zone": "'2024-01-01Z'::timestamptz + {n} * interval '1 minute'",
        "time without time zone": "'00:00'::time + {n} * interval '1 second'",
        "time with time zone": "('00:00'::time + {n} * interval '1 second')::timetz",
        "interval": "{n} * interval '1 minute'",
        "json": "json_build_object('n', {n})",
        "jsonb": "jsonb_build_object('n', {n})",
        "bytea": "decode(lpad(to_hex({n}), 16, '0'), 'hex')",
        "inet": "'10.0.0.0'::inet + {n}",
        "cidr": "('10.' || {n} % 250 || '.' || {n} / 250 % 250 || '.0/24')::cidr",
        "macaddr": "lpad(to_hex({n}), 12, '0')::macaddr",
        "macaddr8": "lpad(to_hex({n}), 16, '0')::macaddr8",
        "tsvector": "('v' || {n})::tsvector",
        "tsquery": "('v' || {n})::tsquery",
        "xml": "('<n>' || {n} || '</n>')::xml",
        "name": "('n' || {n})::name",
        "point": "point({n}, {n})",
        "box": "box(point({n}, {n}), point({n} + 0.5, {n} + 0.5))",
        "circle": "circle(point({n}, {n}), 1)",
        "lseg": "lseg(point({n}, {n}), point({n} + 1, {n}))",
        "line": "line(point({n}, {n}), point({n} + 1, {n}))",
        "path": "('((0,0),(1,' || {n} || '))')::path",
        "polygon": "('((0,0),(1,0),(1,' || {n} || '))')::polygon",
        "int4range": "int4range({n}::integer, {n}::integer + 1)",
        "int8range": "int8range({n}, {n} + 1)",
        "numrange": "numrange({n}, {n} + 1)",
        "daterange": "daterange('2024-01-01'::date + {n}::integer, '2024-01-02'::date + {n}::integer)",
        "tsrange": "tsrange('2024-01-01'::timestamp + {n} * interval '1 minute', "
        "'2024-01-01'::timestamp + ({n} + 1) * interval '1 minute')",
        "tstzrange": "tstzrange('2024-01-01Z'::timestamptz + {n} * interval '1 minute', "
        "'2024-01-01Z'::timestamptz + ({n} + 1) * interval '1 minute')",
        "hstore": "('\"n\"=>\"' || {n} || '\"')::{type}",
        "ltree": "('n' || {n})::{type}",
        "geometry": "('POINT(' || {n} % 180 || ' 0)')::{type}",
        "geography": "('POINT(' || {n} % 180 || ' 0)')::{type}",
        "pg_lsn": "'0/0'::pg_lsn + {n}",
    }
)
_TEXTS = frozenset({"text", "character varying", "character", "bpchar", "citext"})
_FORMS = (
    "'value ' || {n}",
    "'v' || {n}",
    "{n}::text",
    "'user' || {n} || '@example.com'",
    "'https://example.com/' || {n}",
    "'#' || lpad(to_hex({n}), 6, '0')",
    "lpad(to_hex({n}), 32, '0')::uuid::text",
    "chr((97 + {n} % 26)::integer) || chr((97 + {n} / 26 % 26)::integer)",
    "chr((65 + {n} % 26)::integer) || chr((65 + {n} / 26 % 26)::integer) || chr((65 + {n} / 676 % 26)::integer)",
    "'+47' || lpad({n}::text, 8, '0')",
    "{n} % 10 || '.' || {n} / 10 % 10 || '.' || {n} / 100",
    "'v_' || translate({n}::text, '0123456789', 'abcdefghij')",
)
"""Ways in which texts are written, for columns whose checks ask for one of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the checks of a column ask for, as far as it was read: literals, a range, a length, a way of writing."""

    literals: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    shortest: int = 0
    longest: int | None = None
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Types:
    """The user-defined types by the names under which columns have them."""

    known: Mapping[str, UserType] = field(default_factory=dict)


def types_of(types: Iterable[UserType]) -> Types:
    """Return the types as columns name them."""
    return Types({name: each for each in types for name in (str(each.name), each.name.short)})


def base_of(type_name: str, types: Types) -> str:
    """Return the type that a domain rests on, any other type itself."""
    for _ in range(_DEEP):
        known = types.known.get(type_name)
        if known is None or known.kind is not TypeKind.DOMAIN:
            return type_name
        type_name = known.base
    return type_name


def value_of(type_name: str, types: Types, wanted: Wanted, *, distinct: bool, deep: int = 0) -> str:
    """Return an expression over `i`, other for each row where `distinct`; empty where no value is known."""
    match = _MODIFIED.match(type_name)
    if deep > _DEEP:
        return ""
    if match is not None and match["array"]:
        element = type_name[: match.start("array")]
        one = value_of(element, types, Wanted(), distinct=distinct, deep=deep + 1)
        return f"ARRAY[{one}]::{type_name}" if one else ""
    known = types.known.get(type_name)
    if known is not None:
        return _of_user_type(known, type_name, types, wanted, distinct=distinct, deep=deep)
    if wanted.literals and not distinct:
        return _one_of(wanted.literals, type_name)
    number = _number(wanted, distinct=distinct)
    if match is None:
        return ""
    return _plain(match, type_name, wanted, number)


def _of_user_type(known: UserType, type_name: str, types: Types, wanted: Wanted, *, distinct: bool, deep: int) -> str:
    match known.kind:
        case TypeKind.ENUM:
            labels = tuple(label for label in known.labels if label in wanted.literals) or known.labels
            return _one_of(tuple(map(_literal, labels)), type_name) if labels else ""
        case TypeKind.DOMAIN:
            return value_of(known.base, types, wanted, distinct=distinct, deep=deep + 1)
        case TypeKind.COMPOSITE:
            parts = [value_of(a.type, types, Wanted(), distinct=distinct, deep=deep + 1) for a in known.attributes]
            return f"ROW({', '.join(part or 'NULL' for part in parts)})::{type_name}"
        case _:
            return ""


def _plain(match: re.Match[str], type_name: str, wanted: Wanted, number: str) -> str:
    base, size = (match["base"] + (match["rest"] or "")).lower(), match["size"]
    short = base.rsplit(".", 1)[-1].strip('"')
    if short in _TEXTS:
        return _text(type_name, size, wanted, number)
    if short == "numeric":
        return _numeric(size, number)
    if short in {"bit", "bit varying"}:
        return f"({number} % {2 ** min(int(size or 1), 30)})::bit({size or 1})"
    if short == "boolean":
        return "i % 2 = 0"
    if short in {"vector", "halfvec"}:
        count = int(size or 3)
        return f"('[' || repeat('0,', {count - 1}) || {number} || ']')::{type_name}"
    form = _PLAIN.get(short, "")
    return form.replace("{n}", number).replace("{type}", type_name)


def _number(wanted: Wanted, *, distinct: bool) -> str:
    """Numbers within the range, few of them where they may come again."""
    low = wanted.low
    if wanted.high is not None:
        low = low if low is not None else min(1, wanted.high)
        return f"({low} + i % {max(1, wanted.high - low + 1)})"
    if low is not None and low > 1:
        return f"({low} + i)" if distinct else f"({low} + i % {_FEW})"
    return "i" if distinct else f"(1 + i % {_FEW})"


def _text(type_name: str, size: str | None, wanted: Wanted, number: str) -> str:
    longest = min((n for n in (int(size) if size else None, wanted.longest) if n is not None), default=None)
    if wanted.pattern:
        forms = ", ".join(form.replace("{n}", number) for form in _FORMS)
        found = f"(ARRAY[{forms}])[1 + (i % {len(_FORMS)})::integer]"
    elif longest is not None and longest < 12:
        return f"right(lpad({number}::text, {longest}, '0'), {longest})::{type_name}"
    else:
        found = f"'value ' || {number}"
    if wanted.shortest > 8:
        found = f"rpad({found}, {wanted.shortest}, 'x')"
    return f"({found})::{type_name}"


def _numeric(size: str | None, number: str) -> str:
    if not size:
        return f"{number}::numeric"
    precision, _, scale = size.partition(",")
    whole = max(0, int(precision) - int(scale or 0))
    if whole == 0:
        return f"({number} % 10 / 10.0)::numeric({size})"
    return f"({number} % {10 ** min(whole, 15)})::numeric({size})"


def _one_of(literals: tuple[str, ...], type_name: str) -> str:
    if len(literals) == 1:
        return f"{literals[0]}::{type_name}"
    return f"(ARRAY[{', '.join(literals)}]::text[])[1 + (i % {len(literals)})::integer]::{type_name}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
