"""Reads JPQL and HQL as far as they name entities and their attributes (Jakarta Persistence, 4)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from midflight.references.model import HOLE, Verb

_TOKEN = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<value>[:?]#?\{[^{}]*\}|[:?][\w.]*|[0-9][\w.]*)|(?P<spel>#\{#entityName\})"
    rf"|(?P<name>[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*)|(?P<hole>{HOLE})|(?P<mark>[^\s\w])"
)
_WORDS = frozenset(
    "select from where and or not in is null as join left right inner outer cross full fetch on set update delete"
    " group order by having asc desc distinct like between exists member of empty case when then else end new escape"
    " object type treat all any some true false with union intersect except limit offset nulls first last insert into"
    " values index key value entry count sum avg min max current_date current_time current_timestamp local date time"
    " datetime both leading trailing lateral each size within over partition rows range filter versioned".split()
)
LONGEST = 50_000
_MOST_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark with its offset."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The keyword that it is, "" where it is none."""
        return self.text.lower() if self.kind == "name" and self.text.lower() in _WORDS else ""


@dataclass(frozen=True, slots=True)
class Named:
    """`alias.a.b`, or with no alias an attribute of the statement's only entity, where it stands; `written` by SET."""

    alias: str
    path: tuple[str, ...]
    at: int
    written: bool = False


@dataclass(slots=True)
class Query:
    """A statement; `sources` are entities and paths (`u.posts`) by alias, with None where an alias is two things."""

    verb: Verb = Verb.SELECT
    sources: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    entities: list[tuple[str, int]] = field(default_factory=list)
    uses: list[Named] = field(default_factory=list)
    dynamic: bool = False


def parse_jpql(text: str) -> Query | None:
    """Read one statement, None where the text is none or too long."""
    tokens = list(_tokens(text))
    if len(text) > LONGEST or len(tokens) > _MOST_TOKENS or not tokens:
        return None
    first = tokens[0].word
    verbs: Mapping[str, Verb] = {
        "update": Verb.UPDATE,
        "delete": Verb.DELETE,
        "select": Verb.SELECT,
        "from": Verb.SELECT,
    }
    if first not in verbs:
        return None
    query = Query(verbs[first], dynamic=any(token.kind == "hole" for token in tokens))
    taken = _sources(query, tokens, first)
    _uses(query, tokens, taken)
    return query


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text[: LONGEST + 1]):
        kind = found.lastgroup or ""
        yield Token(kind, re.sub(r"\s", "", found[0]) if kind == "name" else found[0], found.start())


def _sources(query: Query, tokens: list[Token], first: str) -> set[int]:
    """Note what FROM, JOIN, UPDATE and DELETE declare; give the tokens that say it."""
    taken: set[int] = set()
    at, listing = 0, False
    while at < len(tokens):
        token = tokens[at]
        opens = token.word in {"from", "join"} or (at == 0 and first in {"update", "delete"})
        if opens and at and tokens[at - 1].word == "distinct":
            opens = False  # IS DISTINCT FROM
        if opens:
            listing = token.word != "join"
            at = _source(query, tokens, at + 1, taken)
        elif listing and token.text == ",":
            at = _source(query, tokens, at + 1, taken)
        else:
            listing = listing and not token.word and token.text not in {"(", ")"}
            at += 1
    return taken


def _source(query: Query, tokens: list[Token], at: int, taken: set[int]) -> int:
    while at < len(tokens) and tokens[at].word in {"fetch", "from", "lateral", "join"}:
        at += 1
    if at >= len(tokens) or tokens[at].kind not in {"name", "spel"} or tokens[at].word:
        return at
    source = tokens[at]
    taken.add(at)
    at += 1
    if at < len(tokens) and tokens[at].word == "as":
        at += 1
    alias = ""
    if at < len(tokens) and tokens[at].kind == "name" and not tokens[at].word and "." not in tokens[at].text:
        alias = tokens[at].text
        taken.add(at)
        at += 1
    path = (source.text,) if source.kind == "spel" else tuple(source.text.split("."))
    key = alias.lower()
    query.sources[key] = path if query.sources.get(key, path) == path else None
    if len(path) == 1 or path[0].lower() not in query.sources:
        query.entities.append((path[-1], source.at))
    else:
        query.uses.append(Named(path[0].lower(), path[1:], source.at))
    return at


def _uses(query: Query, tokens: list[Token], taken: set[int]) -> None:
    setting, depth = False, 0
    alone = set(query.sources) == {""} and len(query.entities) == 1
    for at, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.word in {"set", "where"} and query.verb is Verb.UPDATE and depth == 0:
            setting = token.word == "set"
        if token.kind != "name" or at in taken or (at and tokens[at - 1].word == "as"):
            continue
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        begins = depth == 0 and at > 0 and (tokens[at - 1].word == "set" or tokens[at - 1].text == ",")
        written = setting and begins and after == "="
        parts = token.text.split(".")
        if len(parts) > 1 and parts[0].lower() in query.sources:
            query.uses.append(Named(parts[0].lower(), tuple(parts[1:]), token.at, written))
        elif after != "(" and (alone or written) and not token.word:
            query.uses.append(Named("", tuple(parts), token.at, written))
