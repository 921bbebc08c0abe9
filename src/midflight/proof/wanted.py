"""What checks ask of a column, read from the server's own text of them; what is not read is tried and left out."""

import re
from collections.abc import Iterable
from dataclasses import replace

from midflight.proof.values import Wanted

_STRING = re.compile(r"'(?:[^']|'')*'")
_MOST = 64
_LONGEST = 4000


def wanted_of(column: str, checks: Iterable[str]) -> Wanted:
    """Return what checks want of a column; `column` is written as the checks write it."""
    found = Wanted()
    name = rf'(?<![\w."]){re.escape(column)}(?![\w"])'
    for check in checks:
        if len(check) <= _LONGEST and re.search(name, check):
            found = _with_check(found, name, check)
    return found


def _with_check(found: Wanted, name: str, check: str) -> Wanted:
    value = rf"(?:(?<!\w)\({name}\)|{name})(?:::[\w ]+?)?"
    for operator, number in re.findall(rf"{value} (>=|<=|<>|>|<|=) \(?'?(-?\d{{1,15}})\b(?![\d-])(?!\.\d)", check):
        found = _bounded(found, operator, int(number))
    length = rf"\b(?:char_length|character_length|length|octet_length)\({value}\)"
    for operator, number in re.findall(rf"{length} (>=|<=|<>|>|<|=) (\d{{1,6}})\b", check):
        found = _long(found, operator, int(number))
    literals = [
        *(s for listed in re.findall(rf"{value} = ANY \(+ARRAY\[(.*?)\]", check) for s in _items(listed)),
        *re.findall(rf"{value} (?:=|>=) ('(?:[^']|'')*')", check),
    ]
    if literals:
        found = replace(found, literals=tuple(dict.fromkeys((*found.literals, *literals)))[:_MOST])
    return replace(found, pattern=found.pattern or bool(re.search(rf"{value} (?:~|~\*|~~|~~\*) ", check)))


def _items(listed: str) -> list[str]:
    return _STRING.findall(listed) or re.findall(r"-?\d+(?:\.\d+)?", listed)


def _bounded(found: Wanted, operator: str, number: int) -> Wanted:
    match operator:
        case ">=" | ">":
            low = number + (operator == ">")
            return replace(found, low=max(low, found.low) if found.low is not None else low)
        case "<=" | "<":
            high = number - (operator == "<")
            return replace(found, high=min(high, found.high) if found.high is not None else high)
        case "=":
            return replace(found, low=number, high=number)
        case _:
            return found


def _long(found: Wanted, operator: str, number: int) -> Wanted:
    match operator:
        case ">=" | ">":
            return replace(found, shortest=max(found.shortest, number + (operator == ">")))
        case "<=" | "<":
            longest = number - (operator == "<")
            return replace(found, longest=min(longest, found.longest) if found.longest is not None else longest)
        case "=":
            return replace(found, shortest=number, longest=number)
        case _:
            return found
