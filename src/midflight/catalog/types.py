"""What a change of a column's type means for the values that running code reads and writes."""

import re

_SIZED = re.compile(r"(?P<base>[a-z ]+?)(?:\((?P<sizes>[\d, ]+)\))?(?P<rest>( with(out)? time zone)?(\[\])*)\Z")
_TEXTS = {"character varying", "text"}


def widens(old: str, new: str) -> bool:
    """Return whether every value of `old` is a value of `new` that code written for `old` reads the same way.

    Type names as `format_type()` prints them. Widening an integer to bigint is not counted: drivers such as
    node-postgres hand bigint over as a string.
    """
    if old == new:
        return True
    before, after = _SIZED.match(old), _SIZED.match(new)
    if before is None or after is None or before["rest"] != after["rest"]:
        return False
    if (before["base"], after["base"]) in {("smallint", "integer"), ("cidr", "inet")}:
        return True
    return _same_family(before["base"], after["base"]) and _fits(before, after)


def _same_family(old: str, new: str) -> bool:
    if old == new:
        return True
    return old in _TEXTS and new in _TEXTS | {"citext"}


def _fits(old: re.Match[str], new: re.Match[str]) -> bool:
    after = _sizes(new)
    if not after:
        return True
    before = _sizes(old)
    if not before or len(before) != len(after):
        return False
    if old["base"] == "numeric":
        # more digits before the point must not be paid for with the scale: numeric(10,2) -> numeric(12,2)
        return after[0] - after[1] >= before[0] - before[1] and after[1] == before[1]
    return all(b >= a for a, b in zip(before, after, strict=True))


def _sizes(match: re.Match[str]) -> tuple[int, ...]:
    if not match["sizes"]:
        return ()
    sizes = tuple(int(part) for part in match["sizes"].split(","))
    return (*sizes, 0) if match["base"] == "numeric" and len(sizes) == 1 else sizes
