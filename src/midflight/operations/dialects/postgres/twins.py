"""Rewrites a PL/pgSQL body into one that only plans: the server resolves the names, and nothing of the body is run.

Declarations and blocks stay, so that the names mean what they mean in the body; each static statement becomes a loop
over its `EXPLAIN` ("Executing SQL Commands", PostgreSQL documentation), each expression one over `EXPLAIN SELECT`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from midflight.operations.dialects.postgres.body_tokens import Tokens, tokens_of
from midflight.operations.dialects.postgres.tree import UnreadableError

_MOST = 50_000  # characters of a body
_DEPTH = 200
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
    reader = _Reader(Tokens(body, tokens_of(body, option.end() if option else 0)), note)
    reader.read()
    return Twin((option[0] if option else "") + "\n".join(reader.out), tuple(dict.fromkeys(reader.skipped)))


@dataclass(slots=True)
class _Reader:
    """Goes through the tokens once; `ends` holds what the END of each open block and loop becomes."""

    on: Tokens
    note: Callable[[int], str]
    out: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Rewrite all of the body."""
        while self.on.at < len(self.on.tokens):
            if len(self.ends) > _DEPTH:
                raise UnreadableError("nested too deeply")
            self._statement()
        if self.ends or not self.out:
            raise UnreadableError("its blocks do not end")

    def _statement(self) -> None:
        start, word = self.on.at, self.on.low()
        self.on.at += 1
        blocks = {"declare": self._declare, "begin": self._begin, "exception": self._handlers, "end": self._end}
        if word in blocks:
            blocks[word]()
        elif word == "<<":
            self.out.append(self.on.text(start, self.on.until(">>") + 1))
        elif word == "when":
            self._case_arm()
        elif word not in {";", "else"}:
            self._compound(start, word)

    def _compound(self, start: int, word: str) -> None:
        match word:
            case "if" | "elsif" | "elseif":
                self._plan(start, f"SELECT {self.on.text(self.on.at, self.on.until('then'))}")
                if word == "if":
                    self.ends.append("")
            case "case":
                if self.on.low() != "when":
                    self._plan(start, f"SELECT {self.on.text(self.on.at, self.on.until('when', inside=False))}")
                    self.on.at -= 1
                self.ends.append("case")
            case "loop":
                self.ends.append("")
            case "while":
                self._plan(start, f"SELECT {self.on.text(self.on.at, self.on.until('loop'))}")
                self.ends.append("")
            case "for" | "foreach":
                self._loop(start)
            case _:
                self._plain(start, word)

    def _plain(self, start: int, word: str) -> None:
        end = self.on.until(";")
        first = self.on.word(start + 1)
        match word:
            case "return" | "perform" | "assert":
                self._given(start, end)
            case "exit" | "continue":
                when = next((at for at in range(start, end) if self.on.tokens[at].low == "when"), end)
                if when < end:
                    self._plan(start, f"SELECT {self.on.text(when + 1, end)}")
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

    def _given(self, start: int, end: int) -> None:
        """RETURN, PERFORM and ASSERT: an expression or a query."""
        words = [self.on.word(at) for at in range(start, min(start + 3, end))]
        if words[:2] == ["return", "query"]:
            if words[2:] == ["execute"]:
                self._dynamic(start + 2, end)
            else:
                self._query(start, start + 2, end)
            return
        first = start + (2 if words[:2] == ["return", "next"] else 1)
        if first < end:
            self._plan(start, f"SELECT {self.on.text(first, end)}")

    def _raised(self, start: int, end: int) -> None:
        commas = self.on.split(start, end, {",", "using"})
        for one, (low, high) in enumerate(commas):
            if one == 0:
                continue
            if self.on.tokens[low - 1].low == "using" or self.on.word(low + 1) in {"=", ":="}:
                self._plan(start, f"SELECT {self.on.text(low + 2, high)}")
            elif low < high:
                self._plan(start, f"SELECT {self.on.text(low, high)}")

    def _dynamic(self, start: int, end: int) -> None:
        """EXECUTE: what it runs is known when it runs; where it puts that has no shape until then."""
        for low, high in self.on.split(start + 1, end, {"into", "using", ","}):
            before = self.on.tokens[low - 1].low
            if before == "into":
                self._forget(self.on.text(low + (self.on.word(low) == "strict"), high))
            elif low < high and before != ",":
                self._plan(start, f"SELECT {self.on.text(low, high)}")

    def _opened(self, start: int, end: int) -> None:
        query = next((at for at in range(start, end) if self.on.tokens[at].low == "for"), end) + 1
        if query < end:
            (self._dynamic if self.on.word(query) == "execute" else self._planned)(query, end)

    def _planned(self, start: int, end: int) -> None:
        self._query(start, start, end)

    def _assigned(self, start: int, end: int) -> None:
        (low, high), *rest = self.on.split(start, end, {":=", "="})
        if not rest or not re.fullmatch(r"[\w$\".\[\]\s:+\-*()]+", self.on.text(low, high)):
            self.skipped.append(self.on.tokens[start].low.upper()[:20])
            return
        target = self.on.text(low, high)
        self._plan(start, f"SELECT {self.on.text(high + 1, end)}")
        if high - low > 1:
            self._plan(start, f"SELECT {target}")
        else:
            self._shape(target, f"SELECT {self.on.text(high + 1, end)}", assigned=True)

    def _query(self, start: int, low: int, end: int) -> None:
        """A statement; its INTO is the body's, and gives a record its shape."""
        into = next((at for at in self.on.level(low, end) if self._is_into(at)), end)
        if into == end:
            self._plan(start, self.on.text(low, end))
            return
        first = into + 1 + (self.on.word(into + 1) == "strict")
        after = self._targets(first, end)
        query = f"{self.on.text(low, into)} {self.on.text(after, end)}"
        self._plan(start, query)
        targets = self.on.text(first, after)
        if after - first > 1:
            self._plan(start, f"SELECT {targets}")
        elif self.on.tokens[low].low in {"select", "with", "values"}:
            self._shape(targets, query)
        else:
            self._forget(targets)

    def _is_into(self, at: int) -> bool:
        return self.on.tokens[at].low == "into" and self.on.word(at - 1) not in {"insert", "merge"}

    def _targets(self, at: int, end: int) -> int:
        """The end of a list of variables."""
        while at < end:
            at += 1
            while at < end and self.on.tokens[at].low in {".", "["}:
                at = self._closed(at, end) if self.on.tokens[at].low == "[" else at + 2
            if self.on.word(at) != "," or at >= end:
                return at
            at += 1
        raise UnreadableError("an INTO without a variable")

    def _closed(self, at: int, end: int) -> int:
        while at < end and self.on.tokens[at].low != "]":
            at += 1
        return at + 1

    def _declare(self) -> None:
        self.out.append("DECLARE")
        while self.on.low() not in {"begin", ""}:
            start = self.on.at
            if self.on.low() == "<<":
                raise UnreadableError("a label among its declarations")
            self._declared(start, self.on.until(";"))
        self.on.at += 1
        self._begin()

    def _declared(self, start: int, end: int) -> None:
        words = [token.low for token in self.on.tokens[start:end]]
        if words == ["declare"]:
            return
        name = self.on.text(start, start + 1)
        if "alias" in words[1:2]:
            self.out.append(f"{self.on.text(start, end)};")
        elif "cursor" in words[1:4]:
            self.out.append(f"{name} refcursor;")
            self.skipped.append("CURSOR")
        else:
            (low, high), *_ = self.on.split(start, end, {":=", "=", "default"})
            kept = [at for at in range(low + 1, high) if words[at - start] != "constant"]
            if words[high - start - 2 : high - start] == ["not", "null"]:
                kept = kept[:-2]
            if not kept:
                raise UnreadableError("a declaration without a type")
            self.out.append(f"{name} {self.on.text(kept[0], kept[-1] + 1)};")

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
        start = self.on.at - 1
        end = self.on.until("then")
        if not self.ends or self.ends[-1] not in {"case", "handlers"}:
            raise UnreadableError("a WHEN outside a CASE")
        if self.ends[-1] == "case":
            self._plan(start, f"SELECT {self.on.text(start + 1, end)}")

    def _end(self) -> None:
        if any(token.low == ";" for token in self.on.tokens[self.on.at : self.on.at + 3]):
            self.on.until(";")
        else:
            self.on.at = len(self.on.tokens)  # the last one needs no semicolon
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
        of = next((at for at in range(start, len(self.on.tokens)) if self.on.tokens[at].low in {"in", "slice"}), start)
        source = next((at for at in range(of, len(self.on.tokens)) if self.on.tokens[at].low == "in"), of) + 1
        self.on.at = source
        end = self.on.until("loop")
        target, word = self.on.text(start + 1, of), self.on.word(source)
        self.ends.append("")
        parts = self.on.split(source, end, {"..", "by"})
        if self.on.tokens[start].low == "foreach":
            self._plan(start, f"SELECT {self.on.text(source + 1, end)}")
        elif len(parts) > 1:
            self.out.append(f"DECLARE {target} integer; BEGIN")
            self.ends[-1] = "END;"
            for low, high in parts:
                first = low + (self.on.tokens[low].low == "reverse")
                self._plan(start, f"SELECT {self.on.text(first, high)}")
        elif word == "execute":
            self._forget(target)
            self._dynamic(source, end)
        elif word in _QUERIES or word == "(":
            self._query(start, source, end)
            if of - start == 2:
                self._shape(target, self.on.text(source, end))
        else:
            self.out.append(f"DECLARE {target} record; BEGIN")
            self.ends[-1] = "END;"

    def _plan(self, start: int, sql: str) -> None:
        line = self.on.body.count("\n", 0, self.on.tokens[start].start) + 1
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
