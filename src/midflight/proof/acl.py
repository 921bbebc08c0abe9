"""Access control lists as GRANT and REVOKE say them, instead of the letters in which the server keeps them."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import groupby

_NAME = r'(?:"(?:[^"]|"")*"|[^\s=,/"]+)'
_ITEM = rf"(?:{_NAME})?=[A-Za-z*]*/{_NAME}"
_LIST = re.compile(rf"(?P<owner>(?:{_NAME}:? )?)(?P<items>{_ITEM}(?:, {_ITEM})*)?")
_PART = re.compile(rf"(?P<role>{_NAME})?=(?P<letters>[A-Za-z*]*)/{_NAME}")
_WORDS = {
    "a": "INSERT",
    "r": "SELECT",
    "w": "UPDATE",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "m": "MAINTAIN",
    "X": "EXECUTE",
    "U": "USAGE",
    "C": "CREATE",
}
"""PostgreSQL documentation, "Privileges", ACL privilege abbreviations."""
_EVERYTHING = frozenset("INSERT SELECT UPDATE DELETE TRUNCATE REFERENCES TRIGGER".split())

Right = tuple[str, bool, str]
"""Role, whether it is the right to pass the privilege on, and the privilege."""


def wanted(definition: str) -> str:
    """Return the grants of a list, empty where it is none or says more than we know."""
    read = _rights(definition)
    return "; ".join(_statements(read[1], given=True)) if read else ""


def mended(now: str, before: str) -> str:
    """Return the statements that turn one list into the other, empty where an owner differs or one is not known."""
    left, lost = _rights(now), _rights(before)
    if left is None or lost is None or left[0] != lost[0]:
        return ""
    return "; ".join((*_statements(lost[1] - left[1], given=True), *_statements(left[1] - lost[1], given=False)))


def _rights(definition: str) -> tuple[str, frozenset[Right]] | None:
    """Return the owner in front of a list and the rights in it."""
    match = _LIST.fullmatch(definition)
    if match is None:
        return None
    found: set[Right] = set()
    for item in _PART.finditer(match["items"] or ""):
        for letter, star in re.findall(r"([A-Za-z])(\*?)", item["letters"]):
            if letter not in _WORDS:
                return None
            role = item["role"] or "PUBLIC"
            found |= {(role, passes, _WORDS[letter]) for passes in ((False, True) if star else (False,))}
    return match["owner"], frozenset(found)


def _statements(rights: AbstractSet[Right], *, given: bool) -> Iterator[str]:
    for (role, passes), group in groupby(sorted(rights), key=lambda right: right[:2]):
        words = _listed({privilege for _, _, privilege in group})
        if given:
            yield f"GRANT {words} TO {role}{' WITH GRANT OPTION' if passes else ''}"
        else:
            yield f"REVOKE {'GRANT OPTION FOR ' if passes else ''}{words} FROM {role}"


def _listed(privileges: AbstractSet[str]) -> str:
    return "ALL" if privileges >= _EVERYTHING else ", ".join(_in_order(privileges))


def _in_order(privileges: Iterable[str]) -> list[str]:
    return sorted(privileges, key=list(_WORDS.values()).index)
