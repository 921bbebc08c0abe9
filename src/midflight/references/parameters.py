"""Writes the parameters of libraries that have their own way to name them as `:name`, and what they put in as holes."""

import re

from midflight.references.model import HOLE

_NAMED = re.compile(r"(?<![\w@<:])@(?=[A-Za-z_]\w*)")
# where only a value may stand: elsewhere `?`, `?|` and `?&` are operators on json
_POSITIONAL = re.compile(
    r"((?:[=<>(,+\-*/]|\b(?:like|ilike|limit|offset|between|and|or|not|when|then|else|select|in|is|returning))\s{0,20})"
    r"\?(?=\s*\|\||[\s),;:+*/-]|\Z)",
    re.IGNORECASE,
)
_REPEATED = re.compile(HOLE + r"[\s,]{0,20}\?")  # `IN (` . str_repeat('?,', n) . `?)`
_LIST = re.compile(r"\bin\s+(:[A-Za-z_]\w*)!?", re.IGNORECASE)
_REQUIRED = re.compile(r"(?<!:)(:[A-Za-z_]\w*)!(?!=)")
_SQLC = re.compile(r"\bsqlc\s*\.\s*(?:arg|narg|slice)\s*\(\s*['\"]?\w+['\"]?\s*\)", re.IGNORECASE)
_EMBED = re.compile(r"\bsqlc\s*\.\s*embed\s*\(\s*(\"?\w+\"?)\s*\)", re.IGNORECASE)
_HUGSQL_SQL = re.compile(r"(?<![:\w]):(?:i|identifier|sql|snip|i\*|identifier\*|snip\*):[\w.*-]+")
_HUGSQL_VALUE = re.compile(r"(?<![:\w]):(?:v|value)\*?:[\w.-]+")
_HUGSQL_ROWS = re.compile(r"(?<![:\w]):(?:t|tuple|v\*|value\*)\*?:[\w.-]+")
_DASHED = re.compile(r"(?<![:\w]):([a-z_]\w*(?:-\w+)+)")
_PERCENT = re.compile(r"(?<![\w'%])%[A-Za-z_]\w*%(?![\w'%])")  # replaced by the program, as in goyesql files
_TEMPLATE = re.compile(r"\{\{[^{}]{0,400}\}\}|\{%[^{}]{0,400}%\}")


def plain(text: str, *, named: bool) -> str:
    """The text of a query in a program's string; `named` where `@name` is a parameter."""
    if "?" in text:
        text = _POSITIONAL.sub(r"\1:p", _REPEATED.sub(HOLE, text))
    return _NAMED.sub(":", text) if named and "@" in text else text


def plain_file(text: str) -> str:
    """The text of a query in a file of its own, as sqlc, pgtyped, aiosql, Yesql and HugSQL read it (their manuals)."""
    text = plain(text, named=True)
    if "sqlc" in text:
        text = _EMBED.sub(r"\1.*", _SQLC.sub(":p", text))
    if "{" in text:
        text = _TEMPLATE.sub(_hole, text)
    if "%" in text:
        text = _PERCENT.sub(HOLE, text)
    if ":" in text:
        text = _HUGSQL_SQL.sub(HOLE, text)
        text = _HUGSQL_ROWS.sub("(:p)", _HUGSQL_VALUE.sub(":p", text))
        text = _DASHED.sub(":p", text)
        text = _REQUIRED.sub(r"\1", _LIST.sub(r"in (\1)", text))
    return text


def _hole(found: re.Match[str]) -> str:
    return (HOLE if found[0].startswith("{{") else " ") + "\n" * found[0].count("\n")
