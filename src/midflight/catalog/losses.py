"""What values lose, without any error, when they become values of another type."""

from __future__ import annotations

import re

_TYPE = re.compile(r"(?P<base>[a-z ]+?)(?:\((?P<sizes>[\d, ]+)\))?(?P<rest>(?: with(?:out)? time zone)?)\Z")
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_FLOATS = frozenset({"real", "double precision"})
_TEXTS = frozenset({"text", "character varying", "character"})
_MOMENTS = frozenset({"timestamp", "time", "interval"})
_IN_BINARY = {
    ("numeric", "double precision"): "keeps 15 digits of each value",
    ("numeric", "real"): "keeps 6 digits of each value",
    ("double precision", "real"): "keeps 6 digits of each value",
    ("bigint", "double precision"): "rounds whole numbers of more than 15 digits",
    ("bigint", "real"): "rounds whole numbers of more than 6 digits",
    ("integer", "real"): "rounds whole numbers of more than 6 digits",
}
_PARTS = {
    ("timestamp", "date"): "drops the time of day",
    ("timestamp", "time"): "drops the date",
    ("interval", "time"): "drops whole days",
}
ZONED = "reads each value in the time zone of the session that migrates"
REPEATED = "keeps the last of repeated keys and sorts the keys"


def loss_of(old: str, new: str, *, cast: bool) -> str:
    """Return what values of type `old` lose as values of type `new`, as a verb phrase; empty for nothing.

    Type names as `format_type()` prints them. Assigning refuses texts that are too long, a `cast` cuts them
    (PostgreSQL documentation, "Character Types", "Numeric Types", "Date/Time Types"; measured on 15).
    """
    if (old, new) == ("json", "jsonb"):
        return REPEATED
    before, after = _TYPE.match(old), _TYPE.match(new)
    if before is None or after is None or old == new:
        return ""
    bases = (before["base"], after["base"])
    if _changes_zone(before, after):
        return ZONED
    return (
        _IN_BINARY.get(bases, "")
        or _PARTS.get(bases, "")
        or _of_numbers(before, after)
        or _of_moments(before, after)
        or (_of_texts(before, after) if cast else "")
    )


def _changes_zone(old: re.Match[str], new: re.Match[str]) -> bool:
    """Between a moment and the reading of a clock, in both directions."""
    local = ("timestamp", " without time zone"), ("date", "")
    one, other = (old["base"], old["rest"]), (new["base"], new["rest"])
    zoned = ("timestamp", " with time zone")
    return (one in local and other == zoned) or (one == zoned and other in local)


def _of_numbers(old: re.Match[str], new: re.Match[str]) -> str:
    if old["base"] not in _FLOATS | {"numeric"}:
        return ""
    if new["base"] in _WHOLE:
        before = _sizes(old)
        return "" if before and before[1] == 0 else "rounds each value to a whole number"
    after = _sizes(new)
    before = _sizes(old)
    if new["base"] != "numeric" or not after or (before and before[1] <= after[1]):
        return ""
    return f"rounds each value to {after[1]} {'digit' if after[1] == 1 else 'digits'} behind the point"


def _of_moments(old: re.Match[str], new: re.Match[str]) -> str:
    after = _sizes(new)
    if old["base"] != new["base"] or old["base"] not in _MOMENTS or not after:
        return ""
    before = _sizes(old) or (6,)
    return f"rounds fractions of a second to {after[0]} digits" if after[0] < before[0] else ""


def _of_texts(old: re.Match[str], new: re.Match[str]) -> str:
    after = _sizes(new) or ((1,) if new["base"] == "character" else ())
    if old["base"] not in _TEXTS or new["base"] not in _TEXTS or not after:
        return ""
    before = _sizes(old)
    return "" if before and before[0] <= after[0] else f"cuts texts to {after[0]} characters"


def _sizes(match: re.Match[str]) -> tuple[int, ...]:
    if not match["sizes"]:
        return ()
    sizes = tuple(int(part) for part in match["sizes"].split(","))
    return (*sizes, 0) if match["base"] == "numeric" and len(sizes) == 1 else sizes
