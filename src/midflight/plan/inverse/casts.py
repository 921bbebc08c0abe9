"""Whether a column's type can go back, with which cast, and what that costs."""

import re

from midflight.catalog.types import widens
from midflight.plan.model import Reversibility

_TEXTS = ("text", "character varying", "character", "citext", "name")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_TIMES = ("timestamp", "date", "time", "interval")
_EXACT = {
    ("smallint", "integer"),
    ("smallint", "bigint"),
    ("integer", "bigint"),
    ("smallint", "numeric"),
    ("integer", "numeric"),
    ("bigint", "numeric"),
    ("smallint", "real"),
    ("smallint", "double precision"),
    ("integer", "double precision"),
    ("real", "double precision"),
    ("date", "timestamp without time zone"),
    ("cidr", "inet"),
}
_ASSIGNED = {("json", "jsonb"), ("jsonb", "json"), ("inet", "cidr"), ("cidr", "inet"), ("bit", "bit varying")}
_CUTS = re.compile(
    r"::\s*(character varying|varchar|character|char)\s*\(|\b(left|right|substr|substring|trunc|round)\s*\("
)


def keeps(old: str, new: str) -> bool:
    """Return whether every value of type `old` is a value of type `new`."""
    if widens(old, new) or (old, new) in _EXACT:
        return True
    return _base(old) in _TEXTS and new in {"text", "character varying", "citext"} and not old.endswith("[]")


def cast_back(column: str, now: str, then: str) -> str:
    """Return the USING expression that ALTER TYPE from `now` back to `then` needs, empty where the server casts.

    Casts that the server makes in an assignment: to text types from anything, among numbers, among times
    (PostgreSQL documentation, "CREATE CAST" and "Type Conversion").
    """
    if _assigned(now, then):
        return ""
    direct = _base(now) in _TEXTS or {_base(now), _base(then)} <= {"boolean", "integer"}
    return f"{column}::{then}" if direct else f"{column}::text::{then}"


def _assigned(now: str, then: str) -> bool:
    one, two = _base(now), _base(then)
    if now.endswith("[]") != then.endswith("[]"):
        return two in _TEXTS and not then.endswith("[]")
    families = (_NUMBERS, _TIMES)
    return one == two or two in _TEXTS or (one, two) in _ASSIGNED or any(one in f and two in f for f in families)


def grade_of(then: str, now: str, using: str | None) -> tuple[Reversibility, str]:
    """Return what changing a type back from `now` to `then` gives back; `using` is the cast that was made."""
    if _cuts(then, now, using):
        return Reversibility.IRREVERSIBLE, (
            f"The change from {then} to {now} rounds or cuts values; what it cut does not come back: "
            "copy the column first."
        )
    if keeps(now, then):
        return Reversibility.LOSSLESS, ""
    if _base(then) in _TEXTS and not then.endswith("[]"):
        return Reversibility.LOSSY, f"Values come back as the server writes {now}, not as the text that was there."
    return Reversibility.LOSSY, (
        f"Values written as {now} that are no {then} make this step fail or lose detail: look for them first."
    )


def _cuts(then: str, now: str, using: str | None) -> bool:
    if keeps(then, now):
        return False
    if using and _CUTS.search(using.lower()):
        return True
    one, two = _base(then), _base(now)
    whole = {"smallint", "integer", "bigint"}
    if one in _NUMBERS and two in _NUMBERS:
        return not (one in whole and two in whole)  # a whole number that does not fit is refused, not cut
    return one in _TIMES and two in _TIMES


def _base(type_name: str) -> str:
    base = re.sub(r"\([\d, ]*\)|\[\]", "", type_name).strip()
    return re.sub(r"\s+with(out)? time zone$", "", base)
