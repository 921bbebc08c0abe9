"""Cuts a PL/pgSQL body into tokens, and finds its way among brackets and CASE expressions."""

import re
from dataclasses import dataclass

from midflight.operations.dialects.postgres.tree import UnreadableError

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
  | (?P<text>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|'[^']*(?:''[^']*)*'|\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$)
  | (?P<word>"[^"]*(?:""[^"]*)*"|[^\W\d][\w$]*|\$\d+)
  | (?P<number>\d+(?:\.(?!\.)\d*)?) | (?P<mark>:=|\.\.|<<|>>|=>|.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a constant or a mark of a body."""

    start: int
    end: int
    low: str  # an unquoted word or a mark in lower case, empty for a constant


def tokens_of(body: str, start: int = 0) -> list[Token]:
    """Return the tokens from a place on, without spaces and comments."""
    found = (each for each in _TOKEN.finditer(body, start) if not each["space"])
    return [Token(each.start(), each.end(), each[0].lower() if each["word"] or each["mark"] else "") for each in found]


@dataclass(slots=True)
class Tokens:
    """The tokens of a body and the place where reading is."""

    body: str
    tokens: list[Token]
    at: int = 0

    def word(self, at: int) -> str:
        """Return what stands at a place, empty behind the end."""
        return self.tokens[at].low if at < len(self.tokens) else ""

    def low(self) -> str:
        """Return what stands where reading is."""
        return self.word(self.at)

    def text(self, low: int, high: int) -> str:
        """Return the source from one token to before another."""
        return self.body[self.tokens[low].start : self.tokens[high - 1].end] if low < high else ""

    def level(self, low: int, high: int) -> list[int]:
        """Return the tokens outside brackets and CASE expressions."""
        found, depth = [], 0
        for at in range(low, high):
            word = self.tokens[at].low
            closes = word in {")", "]"} or (word == "end" and depth > 0)
            depth -= closes
            if depth == 0:
                found.append(at)
            depth += word in {"(", "[", "case"}
        return found

    def split(self, low: int, high: int, marks: set[str]) -> list[tuple[int, int]]:
        """Return the pieces between marks outside brackets; of marks that stand once, two pieces."""
        cuts = [at for at in self.level(low, high) if self.tokens[at].low in marks]
        if "," not in marks and "by" not in marks and "into" not in marks:
            cuts = cuts[:1]
        return list(zip([low, *(at + 1 for at in cuts)], [*cuts, high], strict=True))

    def until(self, mark: str, *, inside: bool = True) -> int:
        """Go behind the next such word outside brackets and CASE expressions; return where it stands."""
        depth = 0
        for at in range(self.at, len(self.tokens)):
            word = self.tokens[at].low
            if word in {")", "]"} or (word == "end" and depth > 0 and mark != ";"):
                depth -= 1
            elif depth == 0 and word == mark:
                self.at = at + 1
                return at
            elif word in {"(", "["} or (word == "case" and inside and mark != ";"):
                depth += 1
        raise UnreadableError(f"no {mark.upper()} where one belongs")
