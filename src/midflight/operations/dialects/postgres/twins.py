"""Rewrites a PL/pgSQL body into one that only plans: the server resolves the names, and nothing of the body is run.

Declarations and blocks stay, so that the names mean what they mean in the body; each static statement becomes a loop
over its `EXPLAIN` ("Executing SQL Commands", PostgreSQL documentation), each expression one over `EXPLAIN SELECT`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from midflight.operations.dialects.postgres.tree import UnreadableError

_MOST = 200_000  # characters of a body
_DEPTH = 200
_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
  | (?P<text>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|'[^']*(?:''[^']*)*'|\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$)
  | (?P<word>"[^"]*(?:""[^"]*)*"|[^\W\d][\w$]*|\$\d+)
  | (?P<number>\d+(?:\.(?!\.)\d*)?) | (?P<mark>:=|\.\.|<<|>>|=>|.)""",
    re.VERBOSE | re.DOTALL,
)
_OPTION = re.compile(r"\s*(#\w+[ \t]+\w+\s*)+")
_QUERIES = frozenset({"select", "insert", "update", "delete", "merge", "with", "values"})
_QUIET = frozenset({"null", "commit", "rollback", "get", "fetch", "move", "close", "else"})
_EVERYWHERE = "EXCEPTION WHEN OTHERS THEN"


@dataclass(frozen=True, slots=True)
class Twin:
    """The body that plans, and the first words of the statements that no server plans ("CALL", "CREATE")."""

    text: str
    skipped: tuple[str, ...] = ()


def twin_of(body: str, note: Callable[[int], str]) -> Twin:
    """Return the twin of a body; `note` gives the SQL that keeps SQLSTATE and SQLERRM of what failed on a line.

    Raises UnreadableError for what is not read here.
    """
    if len(body) > _MOST:
        raise UnreadableError("the body is too long")
    option = _OPTION.match(body)
    reader = _Reader(body, note, at=option.end() if option else 0)
    reader.read()
    return Twin((option[0] if option else "") + "\n".join(reader.out), tuple(dict.fromkeys(reader.skipped)))


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    low: str  # an unquoted word or a mark in lower case, empty for a constant


@dataclass(slots=True)
class _Reader:
    """Goes through the tokens once; `ends` holds what the END of each open block and loop becomes."""

    body: str
    note: Callable[[int], str]
    at: int
    tokens: list[_Token] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Rewrite all of the body."""
        for found in _TOKEN.finditer(self.body, self.at):
            if found.lastgroup != "space" and not found["space"]:
                low = found[0].lower() if found["word"] or found["mark"] else ""
                self.tokens.append(_Token(found.start(), found.end(), low))
        self.at = 0
        while self.at < len(self.tokens):
            if len(self.ends) > _DEPTH:
                raise UnreadableError("nested too deeply")
            self._statement()
        if self.ends or not self.out:
            raise UnreadableError("its blocks do not end")

    def _statement(self) -> None:
        start, word = self.at, self._low()
        self.at += 1
        blocks = {"declare": self._declare, "begin": self._begin, "exception": self._handlers, "end": self._end}
        if word in blocks:
            blocks[word]()
        elif word == "<<":
            self.out.append(self._text(start, self._until(">>") + 1))
        elif word == "when":
            self._case_arm()
        elif word not in {";", "else"}:
            self._compound(start, word)

    def _compound(self, start: int, word: str) -> None:
        match word:
            case "if" | "elsif" | "elseif":
                self._plan(start, f"SELECT {self._text(self.at, self._until('then'))}")
                if word == "if":
                    self.ends.append("")
            case "case":
                if self._low() != "when":
                    self._plan(start, f"SELECT {self._text(self.at, self._until('when', inside=False))}")
                    self.at -= 1
                self.ends.append("case")
            case "loop":
                self.ends.append("")
            case "while":
                self._plan(start, f"SELECT {self._text(self.at, self._until('loop'))}")
                self.ends.append("")
            case "for" | "foreach":
                self._loop(start)
            case _:
                self._plain(start, word)

    def _plain(self, start: int, word: str) -> None:
        end = self._until(";")
        first = self.at_words(start + 1)
        match word:
            case "return" | "perform" | "assert":
                self._given(start, end)
            case "exit" | "continue":
                when = next((at for at in range(start, end) if self.tokens[at].low == "when"), end)
                if when < end:
                    self._plan(start, f"SELECT {self._text(when + 1, end)}")
            case "raise":
                self._raised(start, end)
            case "execute":
                self._dynamic(start, end)
            case "open":
                self._opened(start, end)
            case _ if word in _QUIET and first not in {":=", "=", ".", "["}:
                return
            case _ if word in _QUERIES:
                self._query(start, start, end)
            case _:
                self._assigned(start, end)

    def at_words(self, at: int) -> str:
        """Return what stands at a place, empty behind the end."""
        return self.tokens[at].low if at < len(self.tokens) else ""

    def _given(self, start: int, end: int) -> None:
        """RETURN, PERFORM and ASSERT: an expression or a query."""
        words = [self.at_words(at) for at in range(start, min(start + 3, end))]
        if words[:2] == ["return", "query"]:
            if words[2:] == ["execute"]:
                self._dynamic(start + 2, end)
            else:
                self._query(start, start + 2, end)
            return
        first = start + (2 if words[:2] == ["return", "next"] else 1)
        if first < end:
            self._plan(start, f"SELECT {self._text(first, end)}")

    def _raised(self, start: int, end: int) -> None:
        commas = self._split(start, end, {",", "using"})
        for one, (low, high) in enumerate(commas):
            if one == 0:
                continue
            if self.tokens[low - 1].low == "using" or self.at_words(low + 1) in {"=", ":="}:
                self._plan(start, f"SELECT {self._text(low + 2, high)}")
            elif low < high:
                self._plan(start, f"SELECT {self._text(low, high)}")

    def _dynamic(self, start: int, end: int) -> None:
        """EXECUTE: what it runs is known when it runs; where it puts that has no shape until then."""
        for low, high in self._split(start + 1, end, {"into", "using", ","}):
            before = self.tokens[low - 1].low
            if before == "into":
                self._forget(self._text(low + (self.at_words(low) == "strict"), high))
            elif low < high and before != ",":
                self._plan(start, f"SELECT {self._text(low, high)}")

    def _opened(self, start: int, end: int) -> None:
        query = next((at for at in range(start, end) if self.tokens[at].low == "for"), end) + 1
        if query < end:
            (self._dynamic if self.at_words(query) == "execute" else self._planned)(query, end)

    def _planned(self, start: int, end: int) -> None:
        self._query(start, start, end)

    def _assigned(self, start: int, end: int) -> None:
        (low, high), *rest = self._split(start, end, {":=", "="})
        if not rest or not re.fullmatch(r"[\w$\".\[\]\s:+\-*()]+", self._text(low, high)):
            self.skipped.append(self.tokens[start].low.upper()[:20])
            return
        target = self._text(low, high)
        self._plan(start, f"SELECT {self._text(high + 1, end)}")
        if high - low > 1:
            self._plan(start, f"SELECT {target}")
        else:
            self._shape(target, f"SELECT {self._text(high + 1, end)}", assigned=True)

    def _query(self, start: int, low: int, end: int) -> None:
        """A statement; its INTO is the body's, and gives a record its shape."""
        into = next((at for at in self._level(low, end) if self._is_into(at)), end)
        if into == end:
            self._plan(start, self._text(low, end))
            return
        first = into + 1 + (self.at_words(into + 1) == "strict")
        after = self._targets(first, end)
        query = f"{self._text(low, into)} {self._text(after, end)}"
        self._plan(start, query)
        targets = self._text(first, after)
        if after - first > 1:
            self._plan(start, f"SELECT {targets}")
        elif self.tokens[low].low in {"select", "with", "values"}:
            self._shape(targets, query)
        else:
            self._forget(targets)

    def _is_into(self, at: int) -> bool:
        return self.tokens[at].low == "into" and self.at_words(at - 1) not in {"insert", "merge"}

    def _targets(self, at: int, end: int) -> int:
        """The end of a list of variables."""
        while at < end:
            at += 1
            while at < end and self.tokens[at].low in {".", "["}:
                at = self._closed(at, end) if self.tokens[at].low == "[" else at + 2
            if self.at_words(at) != "," or at >= end:
                return at
            at += 1
        raise UnreadableError("an INTO without a variable")

    def _closed(self, at: int, end: int) -> int:
        while at < end and self.tokens[at].low != "]":
            at += 1
        return at + 1

    def _declare(self) -> None:
        self.out.append("DECLARE")
        while self._low() not in {"begin", ""}:
            start = self.at
            if self._low() == "<<":
                raise UnreadableError("a label among its declarations")
            self._declared(start, self._until(";"))
        self.at += 1
        self._begin()

    def _declared(self, start: int, end: int) -> None:
        words = [token.low for token in self.tokens[start:end]]
        if words == ["declare"]:
            return
        name = self._text(start, start + 1)
        if "alias" in words[1:2]:
            self.out.append(f"{self._text(start, end)};")
        elif "cursor" in words[1:4]:
            self.out.append(f"{name} refcursor;")
        else:
            (low, high), *_ = self._split(start, end, {":=", "=", "default"})
            kept = [at for at in range(low + 1, high) if words[at - start] != "constant"]
            if words[high - start - 2 : high - start] == ["not", "null"]:
                kept = kept[:-2]
            if not kept:
                raise UnreadableError("a declaration without a type")
            self.out.append(f"{name} {self._text(kept[0], kept[-1] + 1)};")

    def _begin(self) -> None:
        self.out.append("BEGIN")
        self.ends.append("END;")

    def _handlers(self) -> None:
        """Handlers have SQLSTATE and SQLERRM: the twin enters one, and plans those of all conditions there."""
        if not self.ends or self.ends[-1] != "END;":
            raise UnreadableError("an EXCEPTION outside a block")
        self.ends[-1] = "handlers"
        self.out.append(f"BEGIN RAISE SQLSTATE 'MF000'; {_EVERYWHERE} NULL;")

    def _case_arm(self) -> None:
        start = self.at - 1
        end = self._until("then")
        if not self.ends or self.ends[-1] not in {"case", "handlers"}:
            raise UnreadableError("a WHEN outside a CASE")
        if self.ends[-1] == "case":
            self._plan(start, f"SELECT {self._text(start + 1, end)}")

    def _end(self) -> None:
        if any(token.low == ";" for token in self.tokens[self.at : self.at + 3]):
            self._until(";")
        else:
            self.at = len(self.tokens)  # the last one needs no semicolon
        if not self.ends:
            raise UnreadableError("an END too many")
        match self.ends.pop():
            case "handlers":
                self.out.append("END; END;")
            case "" | "case":
                return
            case end:
                self.out.append(end)

    def _loop(self, start: int) -> None:
        """A loop: its variable is there without a declaration where it counts or goes through a cursor."""
        of = next((at for at in range(start, len(self.tokens)) if self.tokens[at].low in {"in", "slice"}), start)
        source = next((at for at in range(of, len(self.tokens)) if self.tokens[at].low == "in"), of) + 1
        self.at = source
        end = self._until("loop")
        target, word = self._text(start + 1, of), self.at_words(source)
        self.ends.append("")
        parts = self._split(source, end, {"..", "by"})
        if self.tokens[start].low == "foreach":
            self._plan(start, f"SELECT {self._text(source + 1, end)}")
        elif len(parts) > 1:
            self.out.append(f"DECLARE {target} integer; BEGIN")
            self.ends[-1] = "END;"
            for low, high in parts:
                first = low + (self.tokens[low].low == "reverse")
                self._plan(start, f"SELECT {self._text(first, high)}")
        elif word == "execute":
            self._forget(target)
            self._dynamic(source, end)
        elif word in _QUERIES or word == "(":
            self._query(start, source, end)
            if of - start == 2:
                self._shape(target, self._text(source, end))
        else:
            self.out.append(f"DECLARE {target} record; BEGIN")
            self.ends[-1] = "END;"

    def _plan(self, start: int, sql: str) -> None:
        line = self.body.count("\n", 0, self.tokens[start].start) + 1
        self.out.append(
            f"BEGIN FOR midflight_plan IN EXPLAIN {sql}\nLOOP END LOOP; RAISE SQLSTATE 'MF000';\n"
            f"{_EVERYWHERE} IF SQLSTATE <> 'MF000' THEN {self.note(line)} END IF; END;"
        )

    def _shape(self, target: str, query: str, *, assigned: bool = False) -> None:
        """Give a record its columns by a query of which no row is asked for."""
        if assigned:
            self._forget(target)
            return
        rows = f"* INTO {target} FROM ({query}\n) midflight_rows LIMIT 0"
        self.out.append(f"BEGIN SELECT {rows}; {_EVERYWHERE} NULL; END;")

    def _forget(self, target: str) -> None:
        """A record whose shape is not known has none: what reads it is no fault then."""
        if re.fullmatch(r"\s*(?:\w+|\"[^\"]+\")\s*", target):
            self.out.append(f"BEGIN {target} := NULL; {_EVERYWHERE} NULL; END;")

    def _low(self) -> str:
        return self.at_words(self.at)

    def _text(self, low: int, high: int) -> str:
        return self.body[self.tokens[low].start : self.tokens[high - 1].end] if low < high else ""

    def _level(self, low: int, high: int) -> list[int]:
        """The tokens outside brackets and CASE expressions."""
        found, depth = [], 0
        for at in range(low, high):
            word = self.tokens[at].low
            closes = word in {")", "]"} or (word == "end" and depth > 0)
            depth -= closes
            if depth == 0:
                found.append(at)
            depth += word in {"(", "[", "case"}
        return found

    def _split(self, low: int, high: int, marks: set[str]) -> list[tuple[int, int]]:
        cuts = [at for at in self._level(low, high) if self.tokens[at].low in marks]
        if "," not in marks and "by" not in marks and "into" not in marks:
            cuts = cuts[:1]
        return list(zip([low, *(at + 1 for at in cuts)], [*cuts, high], strict=True))

    def _until(self, mark: str, *, inside: bool = True) -> int:
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
