"""Cuts a script into statements as psql does, without parsing them, in time linear in its length.

libpg_query alone cannot be asked: one syntax error hides every statement, a chain of 40,000 operators overflows its
stack, and its scanner takes quadratic time over nested comments (all three measured on postgast 0.2). The lexical
rules are those of the PostgreSQL documentation, "Lexical Structure".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_CHAIN = 8_000
"""How many tokens may stand between two commas of one level; 20,000 parse, 40,000 overflow the stack (measured)."""
MAX_COMMENT_NESTING = 64

_TOKEN = re.compile(
    r"""
    (?P<space>\s++)
  | (?P<line>--[^\n]*+)
  | (?P<block>/\*)
  | (?P<string>[eE]'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+' | '[^']*+(?:''[^']*+)*+' | "[^"]*+(?:""[^"]*+)*+")
  | (?P<dollar>\$(?:[^\W\d]\w*+)?\$)
  | (?P<word>[^\W\d][\w$]*+ | \$?\d[\w.]*+)
  | (?P<end>;)
  | (?P<open>[(\[])
  | (?P<close>[)\]])
  | (?P<comma>,)
  | (?P<unclosed>['"])
  | (?P<meta>\\)
  | (?P<operator>[-+*<>=~!@\#%^&|`?:./]|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PIECE = r"""[^;'"$()\[\]\\/-]++|-(?!-)|/(?!\*)|(?<![eE])'[^']*+'|"[^"]*+\""""


def _pieces(levels: int) -> str:
    inside = rf"|[(\[]{_pieces(levels - 1)}[)\]]" if levels else ""
    return f"(?:{_PIECE}{inside})*+"


_SIMPLE = re.compile(_pieces(levels=8) + r"(?=;|\Z)")
"""A statement without comments, dollar quotes, escapes and psql commands, and with few brackets in each other."""
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ROUTINE = re.compile(r"CREATE(?: OR REPLACE)? (?:FUNCTION|PROCEDURE)\b")
_SAME_LINE = re.compile(r"[ \t]*(--[^\n]*|/\*(?:[^*/\n]|\*(?!/)|/(?!\*))*\*/)")
_COPY_DATA = re.compile(r"\bFROM\s+STDIN\b", re.IGNORECASE)
_COPY_END = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_RESTARTING = frozenset({"UNION", "INTERSECT", "EXCEPT", "JOIN"})  # they chain across the commas of their level


@dataclass(frozen=True, slots=True)
class Chunk:
    """One statement of a script, or a psql command (`meta`); `refused` is why it must not be parsed.

    `line` is 1-based within the script; `balanced` is False where its parentheses do not match.
    """

    text: str
    line: int
    comments: tuple[str, ...] = ()
    meta: bool = False
    refused: str = ""
    balanced: bool = True


@dataclass(slots=True)
class _Draft:
    """The statement that is being read; offsets are into the script, -1 while there is none."""

    start: int = -1
    end: int = -1
    comments: list[str] = field(default_factory=list)
    trailing: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    chains: list[int] = field(default_factory=lambda: [0])
    joins: int = 0
    nested: int = 0
    longest: int = 0
    blocks: int = 0
    balanced: bool = True
    refused: str = ""

    def see(self, start: int, end: int) -> None:
        """Take in one token that is not a comment."""
        if self.start < 0:
            self.start = start
        self.end = end
        self.chains[-1] += 1
        self.nested += 1
        self.longest = max(self.longest, self.nested)

    def comma(self) -> None:
        """A comma ends the chain of its level."""
        self.nested -= self.chains[-1]
        self.chains[-1] = 0

    def open(self) -> None:
        """An opening parenthesis begins a level."""
        self.chains.append(0)

    def close(self) -> None:
        """A closing parenthesis ends a level."""
        if len(self.chains) > 1:
            self.nested -= self.chains.pop()
        else:
            self.balanced = False

    def word(self, text: str) -> None:
        """Follow the words that decide whether a semicolon ends the statement (psql's rule for SQL bodies)."""
        upper = text.upper()
        if len(self.words) < 4:
            self.words.append(upper)
        if upper in _RESTARTING:
            self.joins += 1
        if len(self.chains) == 1 and upper in {"BEGIN", "CASE", "END"} and _ROUTINE.match(" ".join(self.words)):
            self._block(upper)

    def _block(self, word: str) -> None:
        if word == "END":
            self.blocks = max(0, self.blocks - 1)
        elif word == "BEGIN" or self.blocks:
            self.blocks += 1

    @property
    def whole(self) -> bool:
        """Whether a semicolon here ends the statement."""
        return len(self.chains) == 1 and not self.blocks

    @property
    def reason(self) -> str:
        """Why the statement must not reach the parser, empty when it may."""
        if self.refused:
            return self.refused
        if max(self.longest, self.joins) > MAX_CHAIN:
            return f"an expression of more than {MAX_CHAIN} parts"
        return ""


class _Lines:
    """Line numbers of rising offsets."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1

    def of(self, offset: int) -> int:
        self._line += self._text.count("\n", self._at, offset)
        self._at = offset
        return self._line


def chunks(text: str) -> Iterator[Chunk]:
    """Yield the statements of a script in order; what stands between them (semicolons, COPY data) is left out."""
    for chunk in _cut(text, loose=False):
        if chunk.balanced or not chunk.text.count(";"):
            yield chunk
            continue
        # a parenthesis that is never closed swallows all that follows: cut at every semicolon instead
        above = chunk.comments
        for part in _cut(chunk.text, loose=True):
            comments, above = (*above, *part.comments), ()
            yield Chunk(part.text, chunk.line + part.line - 1, comments, part.meta, part.refused, part.balanced)


def _cut(text: str, *, loose: bool) -> Iterator[Chunk]:
    lines = _Lines(text)
    draft = _Draft()
    at = 0
    while (found := _TOKEN.match(text, at)) is not None:
        kind, start, at = found.lastgroup or "", at, found.end()
        if kind in {"space", "line", "block"}:
            at = _skip(text, draft, kind, (start, at))
        elif draft.start < 0 and (end := _simple_end(text, start)) > start:
            draft.start = start
            draft.end = at = end
        elif kind == "end" and (draft.whole or loose):
            at = _finish(text, draft, at)
            if draft.start >= 0:
                yield _chunk(text, draft, lines)
            draft = _Draft()
        elif kind == "meta" and draft.start < 0:
            at = _end_of_line(text, at)
            yield Chunk(text[start:at].rstrip(), lines.of(start), tuple(draft.comments), meta=True)
            draft = _Draft()
        else:
            at = _token(text, draft, kind, (start, at))
    if draft.start >= 0:
        yield _chunk(text, draft, lines)


def _simple_end(text: str, start: int) -> int:
    """Where a statement ends that has nothing to count or to follow in it, `start` for any other.

    Most statements are such, and one match over all of a statement is ten times as fast as one for each token.
    """
    found = _SIMPLE.match(text, start)
    if found is None or found.end() - start > MAX_CHAIN:
        return start
    upper = found.group().upper()
    if "STDIN" in upper or ("BEGIN" in upper and "CREATE" in upper):  # data may follow, or a body with semicolons
        return start
    return start + len(found.group().rstrip())


def _skip(text: str, draft: _Draft, kind: str, span: tuple[int, int]) -> int:
    """Take in blanks or a comment and return where it ends."""
    start, end = span
    if kind == "space":
        # a comment above a blank line is about the file, not about the statement
        if draft.start < 0 and text.count("\n", start, end) > 1:
            draft.comments.clear()
        return end
    if kind == "block":
        end, depth, closed = _block_comment(text, end)
        if not closed:
            draft.refused = "unterminated /* comment"
            draft.see(start, end)
            return end
        draft.refused = "comments nested too deeply" if depth > MAX_COMMENT_NESTING else draft.refused
    if draft.start < 0:
        draft.comments.append(text[start:end].rstrip())
    elif text.find("\n", draft.end, start) < 0:
        draft.trailing.append(text[start:end].rstrip())
    return end


def _finish(text: str, draft: _Draft, at: int) -> int:
    """Take in what belongs to the statement behind its semicolon: comments on the line, the data of COPY."""
    while (comment := _SAME_LINE.match(text, at)) is not None:
        draft.trailing.append(comment.group(1))
        at = comment.end()
    if draft.words[:1] == ["COPY"] and _COPY_DATA.search(text, draft.start, draft.end):
        end = _COPY_END.search(text, at)
        return end.end() if end else len(text)
    return at


def _token(text: str, draft: _Draft, kind: str, span: tuple[int, int]) -> int:
    start, end = span
    if kind == "dollar":
        closing = text.find(text[start:end], end)
        end = len(text) if closing < 0 else closing + end - start
    elif kind == "unclosed":
        end = len(text)
    draft.trailing.clear()
    draft.see(start, end)
    match kind:
        case "word":
            draft.word(text[start:end])
        case "open":
            draft.open()
        case "close":
            draft.close()
        case "comma":
            draft.comma()
    return end


def _chunk(text: str, draft: _Draft, lines: _Lines) -> Chunk:
    comments = (*draft.comments, *draft.trailing)
    balanced = draft.balanced and draft.whole
    cut = text[draft.start : draft.end]
    return Chunk(cut, lines.of(draft.start), comments, refused=draft.reason, balanced=balanced)


def comments_too_deep(text: str) -> bool:
    """Return whether comments nest deeper than the scanner bears, quotes not regarded."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text):
        depth = depth + 1 if edge.group() == "/*" else max(0, depth - 1)
        if depth > MAX_COMMENT_NESTING:
            return True
    return False


def _block_comment(text: str, at: int) -> tuple[int, int, bool]:
    """The end of a block comment whose opening ends at `at`, how deep it nests, and whether it is closed."""
    depth = deepest = 1
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge.group() == "/*" else -1
        deepest = max(deepest, depth)
        if depth == 0:
            return edge.end(), deepest, True
    return len(text), deepest, False


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
