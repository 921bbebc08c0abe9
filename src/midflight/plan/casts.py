"""Which values of a column a new type does not take, as a condition to count them by."""

import re

from midflight.catalog.ddl import literal
from midflight.catalog.model import Catalog
from midflight.operations.shapes import Name, TypeKind

_ZERO = "0"
_WHOLE = {"smallint": (-32768, 32767), "integer": (-2147483648, 2147483647)}
_NUMBER = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"
_UUID = r"^\{?[0-9a-f]{4}(-?[0-9a-f]{4}){7}\}?$"
_TRUTHS = "t tr tru true y ye yes on 1 f fa fal fals false n no of off 0"
_NUMERIC = re.compile(r"numeric\((?P<digits>\d+)(?:,\s*(?P<scale>\d+))?\)\Z")


def does_not_fit(column: str, new: str, catalog: Catalog) -> tuple[str, str]:
    """Return the condition for values of a column (as SQL) that cannot become the type, and what to expect of it.

    It holds on every supported server, but for types whose input nothing else can check.
    """
    base, _, size = new.partition("(")
    if base in {"character varying", "character"} and size:
        return f"length({column}::text) > {size.rstrip(')')}", f"{_ZERO} (else SQLSTATE 22001, or values are cut)"
    if new in _WHOLE:
        low, high = _WHOLE[new]
        digits = rf"{column}::text !~ '^\s*[-+]?\d+\s*$'"
        fits = f"{column}::text::numeric NOT BETWEEN {low} AND {high}"
        return f"CASE WHEN {digits} THEN true ELSE {fits} END", f"{_ZERO} (else SQLSTATE 22P02 or 22003)"
    if match := _NUMERIC.match(new):
        scale = int(match["scale"] or 0)
        wide = f"abs(round({column}::text::numeric, {scale})) >= 10::numeric ^ {int(match['digits']) - scale}"
        condition = f"CASE WHEN {column}::text !~ '{_NUMBER}' THEN true ELSE {wide} END"
        return condition, f"{_ZERO} (else SQLSTATE 22P02 or 22003)"
    return _input(column, new, catalog)


def _input(column: str, new: str, catalog: Catalog) -> tuple[str, str]:
    if new == "uuid":
        return f"{column}::text !~* '{_UUID}'", f"{_ZERO} (else SQLSTATE 22P02)"
    if new == "boolean":
        words = ", ".join(f"'{word}'" for word in _TRUTHS.split())
        return f"lower(btrim({column}::text)) NOT IN ({words})", f"{_ZERO} (else SQLSTATE 22P02)"
    name = Name(new.rpartition(".")[2].strip('"'), new.rpartition(".")[0].strip('"'))
    known = catalog.types.get(catalog.resolve(name))
    if known is not None and known.kind is TypeKind.ENUM:
        labels = ", ".join(map(literal, known.labels))
        return f"{column}::text <> ALL (ARRAY[{labels}]::text[])", f"{_ZERO} (else SQLSTATE 22P02)"
    return f"NOT pg_input_is_valid({column}::text, {literal(new)})", f"{_ZERO} (the function exists from PostgreSQL 16)"
