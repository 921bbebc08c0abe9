"""Puts something that parses where a SQL text has placeholders or interpolations, without moving a line."""

import re

from midflight.references.model import HOLE

SLOT = "midflight_slot"  # an identifier that stands for what the program puts in

_CALL = re.compile(r"\A(\s*)call\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\$(\d+)\b")
_PERCENT = re.compile(r"%\((\w+)\)s|%[sd]|%%")
_BRACES = re.compile(r"\{\{\s*(\w+)(?:::\w+(?:\[\])?)?\s*\}\}")
_TYPED = re.compile(r"\{\s*\w+\s*:\s*[A-Z]\w*(?:\([^{}]*\))?\s*\}")
_CLICKHOUSE = re.compile(
    r"\b(?:toStartOf[A-Z][a-z]+|toDateTime(?:64)?|toUnixTimestamp|formatDateTime|parseDateTimeBestEffort\w*|JSONExtract\w+"
    r"|toYYYYMM(?:DD)?|toU?Int\d+|uniqExact\w*|countIf|sumIf|groupArray)\("
)
_DATA_POINTS = re.compile(r"\bindex1\b.*\bblob\d{1,2}\b", re.DOTALL)  # how the Analytics Engine calls its columns
_AROUND = re.compile(r"\s*(\Z|[\w\"`'.(]|" + HOLE + ")")

# after these a value, a name or a condition may stand; elsewhere an interpolation is a piece of SQL, which is left out
_EXPECTS = re.compile(
    r"(?:[=<>(,+\-*/|.\"`']|\w\s*\[|\b(?:from|join|into|update|table|select|distinct|where|and|or|not|on|by|set|values|in"
    r"|like|ilike|limit|offset|between|when|then|else|having|returning|any|all|is|as|using|(?<!:)interval|only|delete|exists))\s*\Z",
    re.IGNORECASE,
)
_WORD_END = re.compile(r"[\w$]\Z")
_INTO = re.compile(r"\binto\s+[\w\"`.]+\s*\Z", re.IGNORECASE)
_SET = re.compile(r"\bset\s*\Z", re.IGNORECASE)


def is_clickhouse(text: str) -> bool:
    """Whether a text has the parameters of ClickHouse, `{name:Type}`, or calls functions that only it has.

    Cloudflare's Analytics Engine answers the same SQL. Sources: "Queries with parameters" and "Functions", ClickHouse
    documentation; "SQL reference", Workers Analytics Engine documentation.
    """
    return bool(_TYPED.search(text) or _CLICKHOUSE.search(text) or _DATA_POINTS.search(text))


def fill(text: str) -> str:
    """Replace interpolations by identifiers or nothing, `$1`, `%s`, `{{name}}` by parameters, CALL by SELECT.

    `f($1,$2)` would be read as a dollar quote otherwise.
    """
    text = _CALL.sub(r"\1select", text)
    if HOLE in text:
        text = _fill_holes(text)
    text = _NUMBERED.sub(r":p\1", text)
    text = _BRACES.sub(r":\1", text)
    return _PERCENT.sub(_percent, text) if "%" in text else text


def _percent(found: re.Match[str]) -> str:
    if found.group() == "%%":
        return "%"
    return f":{found[1]}" if found[1] else ":p"


def _fill_holes(text: str) -> str:
    pieces = text.split(HOLE)
    done = pieces[0]
    for index, piece in enumerate(pieces[1:], start=1):
        done += _filling(done[-200:], piece, last=index == len(pieces) - 1) + piece
    return done


def _filling(before: str, after: str, *, last: bool) -> str:
    if _WORD_END.search(before) and not before[-1].isspace():
        return SLOT  # part of a word
    if re.match(r"[\w$.]", after):
        return SLOT
    if _INTO.search(before):
        return f" select {SLOT}"  # a client's own way to write `(columns) values (...)`
    if _SET.search(before):
        return f"{SLOT} = 1"
    return SLOT if _EXPECTS.search(before) else " "
