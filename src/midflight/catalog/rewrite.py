"""Identifiers inside SQL text: found and renamed token by token, without a grammar.

The catalog keeps expressions and definitions as text. A rename must show in them, and whole identifiers are all that
it has to find; strings, comments and dollar-quoted bodies stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from midflight.operations.shapes import Name, quote

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')
    | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$)
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SEQUENCE_LITERAL = re.compile(r"'((?:[^'.]+\.)?[^'.]+)'")
KEPT = 2_000
"""How many answers are kept: a history asks the same few questions about the same few texts over and over."""


def tokens(sql: str) -> Iterator[tuple[str, str, int]]:
    """Yield (kind, text, end) of each token; kinds are comment, string, dollar, quoted, word, number, space, other."""
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "other"
        yield ("dollar" if kind == "tag" else kind), match.group(), match.end()


def identifier(kind: str, text: str) -> str | None:
    """Return the name that a token stands for as the server folds it, or None when it is no identifier."""
    if kind == "word":
        return text.lower()
    return text[1:-1].replace('""', '"') if kind == "quoted" else None


@lru_cache(maxsize=KEPT)
def identifiers(sql: str) -> frozenset[str]:
    """Return all identifiers (and keywords) of an SQL text, folded."""
    found = (identifier(kind, text) for kind, text, _ in tokens(sql))
    return frozenset(name for name in found if name is not None)


def rename_identifiers(sql: str, names: Mapping[str, str]) -> str:
    """Return the text with whole identifiers replaced."""
    lowered = sql.lower()
    if not any(old.lower().replace('"', '""') in lowered for old in names):
        return sql
    parts = []
    for kind, text, _ in tokens(sql):
        name = identifier(kind, text)
        parts.append(quote(names[name]) if name is not None and name in names else text)
    return "".join(parts)


def rename_relation(sql: str, old: Name, new: Name) -> str:
    """Return a query with a relation renamed: `old`, `schema.old`, and `old.` before a column."""
    found = list(tokens(sql))
    names = [identifier(kind, text) for kind, text, _ in found]
    parts: list[str] = []
    for place, (_, text, _) in enumerate(found):
        if names[place] != old.name:
            parts.append(text)
            continue
        qualified = place >= 2 and found[place - 1][1] == "."
        if qualified and names[place - 2] != old.schema:
            parts.append(text)  # a column, of whatever relation
        elif qualified:
            parts[-2:] = [str(new)]
        else:
            before_column = place + 1 < len(found) and found[place + 1][1] == "."
            parts.append(quote(new.name) if before_column else new.short)
    return "".join(parts)


def rename_cast(sql: str, old: Name, new: Name) -> str:
    """Return an expression in which casts name a type otherwise; a column of the same name stays what it is."""
    parts: list[str] = []
    cast = False
    for kind, text, _ in tokens(sql):
        name = identifier(kind, text)
        if cast and name == old.name:
            parts = parts[:-2] if parts[-1] == "." else parts
            parts.append(new.short)
            cast = False
            continue
        parts.append(text)
        if kind not in {"space", "comment"}:
            cast = text == ":" or text.upper() == "AS" or (cast and (text == "." or name == old.schema))
    return "".join(parts)


def expand_star(sql: str, columns: tuple[str, ...]) -> str:
    """Return a query with its first `*` or `t.*` written out as columns; the `*` of `count(*)` and products stays."""
    before, qualifier = "", ""
    for kind, text, end in tokens(sql):
        if kind in {"space", "comment"}:
            continue
        if text == "*" and (before in {",", "."} or before.upper() in {"SELECT", "ALL", "DISTINCT"}):
            prefix = f"{qualifier}." if before == "." else ""
            first = sql[: end - 1] + quote(columns[0]) if columns else sql[:end]
            return first + "".join(f", {prefix}{quote(c)}" for c in columns[1:]) + sql[end:]
        if text != ".":
            qualifier = f"{qualifier}.{text}" if before == "." else text
        before = text
    return sql


def rename_sequence(sql: str, old: Name, new: Name) -> str:
    """Return a default with `nextval('old')` pointing at the new name."""
    if "nextval" not in sql.lower():
        return sql
    return _SEQUENCE_LITERAL.sub(lambda m: f"'{new.short}'" if _means(m.group(1), old) else m.group(), sql)


@lru_cache(maxsize=KEPT)
def sequence_in(sql: str) -> Name | None:
    """Return the sequence of a `nextval('...')` default as written, or None."""
    if "nextval" not in sql.lower():
        return None
    match = _SEQUENCE_LITERAL.search(sql)
    return parse_name(match.group(1)) if match else None


def _means(text: str, name: Name) -> bool:
    parsed = parse_name(text)
    return parsed is not None and parsed.may_mean(name)


@lru_cache(maxsize=KEPT)
def parse_name(text: str) -> Name | None:
    """Return the name that a text of one or two dotted identifiers stands for, or None for any other text."""
    parts: list[str] = []
    expect_dot = False
    for kind, word, _ in tokens(text.strip()):
        name = identifier(kind, word)
        if expect_dot != (word == ".") or (name is None and not expect_dot):
            return None
        if name is not None:
            parts.append(name)
        expect_dot = not expect_dot
    if not parts or len(parts) > 2 or not expect_dot:
        return None
    return Name(parts[-1], parts[0] if len(parts) == 2 else "")


@lru_cache(maxsize=KEPT)
def after_parentheses(sql: str) -> str:
    """Return what follows the first balanced pair of parentheses."""
    depth = 0
    for kind, text, end in tokens(sql):
        if kind != "other":
            continue
        depth += (text == "(") - (text == ")")
        if text == ")" and depth == 0:
            return sql[end:]
    return ""


@lru_cache(maxsize=KEPT)
def after_relation(sql: str, keyword: str) -> str:
    """Return what follows `keyword [ONLY] name` (`ON t` of an index, `REFERENCES t` of a foreign key), name included.

    The keyword counts outside parentheses only.
    """
    depth, named, after_dot, start = 0, False, True, 0
    found = False
    for kind, text, end in tokens(sql):
        if kind in {"space", "comment"}:
            continue
        if not found:
            depth += (text == "(") - (text == ")")
            found = depth == 0 and kind == "word" and text.upper() == keyword
            start = end
        elif text == ".":
            after_dot, start = True, end
        elif after_dot and identifier(kind, text) is not None:
            after_dot = not named and kind == "word" and text.upper() == "ONLY"
            named, start = not after_dot, end
        else:
            break
    return sql[start:]
