"""Writes the parameters of any library as `$1`, `$2`, ..., as PostgreSQL itself takes them."""

import re
from dataclasses import dataclass, field

from midflight.references.model import HOLE
from midflight.references.parameters import plain

LONGEST = 20_000  # characters of a statement
_TOKEN = re.compile(
    r"""(?P<kept>[eE]'(?:[^'\\]|\\.|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/
        | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$ | ::)
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>\$\d+ | (?<![\w:]):[A-Za-z_]\w* | %\(\w+\)s | (?<![\w@<:])@[A-Za-z_]\w*
        | \{\{\s*\w+(?P<cast>::\w+(?:\[\])?)?\s*\}\})
      | (?P<percent>%%) | (?P<each>%s | (?:(?<!\w)\$)?"""
    + HOLE
    + r")",
    re.VERBOSE | re.DOTALL,
)
_VALUE = re.compile(
    r"(?:[=<>(,+\-*/|]|\b(?:like|ilike|limit|offset|between|then|else|between\s+\$\d+(?:::\w+)?\s+and))\s*\Z",
    re.IGNORECASE,
)
_NAMES_ON = re.compile(r"[\w$.\"'`]")
_EACH = ":p"  # what `references.parameters` writes for `?`


class NotNumberedError(ValueError):
    """Why a statement cannot be sent as it stands."""


@dataclass(slots=True)
class _Numbers:
    known: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def next(self, name: str = "") -> str:
        if not name or name == _EACH:
            self.count += 1
            return f"${self.count}"
        if name not in self.known:
            self.count += 1
            self.known[name] = self.count
        return f"${self.known[name]}"


def numbered(text: str) -> tuple[str, int]:
    """Return a statement with its parameters numbered, and how many there are.

    What the program puts in counts as a parameter only where a value has to stand. Raises `NotNumberedError`.
    """
    if len(text) > LONGEST:
        raise NotNumberedError("the statement is longer than 20 KB")
    text = plain(text, named=False)
    numbers, done, at = _Numbers(), "", 0
    for found in _TOKEN.finditer(text):
        done += text[at : found.start()]
        at = found.end()
        done += _written(found, numbers, done[-200:], text[at : at + 1])
    return done + text[at:], numbers.count


def _written(found: re.Match[str], numbers: _Numbers, before: str, after: str) -> str:
    token = found[0]
    match found.lastgroup:
        case "name":
            cast = found["cast"] or ""
            return numbers.next(token.replace(cast, "")) + cast
        case "percent":
            return "%"
        case "each" if token != HOLE:
            return numbers.next()
        case "each" if not _VALUE.search(before) or _NAMES_ON.match(after):
            raise NotNumberedError("the program puts a part of the statement in when it runs")
        case "each":
            return numbers.next()
        case "text" if HOLE in token:
            return numbers.next()
    if HOLE in token and not token.startswith(("--", "/*")):
        raise NotNumberedError("the program puts a part of the statement in when it runs")
    return token.replace("%%", "%") if found.lastgroup == "text" else token
