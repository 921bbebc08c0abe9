"""Tells SQL in the strings of a program from prose, and finds where such strings begin."""

import re
from collections.abc import Iterator

_STATEMENTS = "select insert update delete with call merge replace truncate".split()

# where a string literal opens with a word that opens a statement
_CANDIDATE = re.compile(
    rb"""["'`]\s{0,400}(?:\(\s{0,40})?(?:""" + "|".join(_STATEMENTS).encode() + rb")\b", re.IGNORECASE
)

# the first word, then the word that must follow somewhere
_SHAPE = re.compile(
    r"""\s*\(?\s*(?:
        (?P<select>select)\b.*?(?:\b(?P<from>from)\b|\w\s*\()
      | (?P<insert>insert|replace|merge)\s+(?:or\s+\w+\s+|ignore\s+)?(?P<into>into)\b
      | (?P<update>update)\b.*?\b(?P<set>set)\b
      | (?P<delete>delete)\s+(?P<del_from>from)\b
      | (?P<with>with)\s+(?:recursive\s+)?["\w]+\s*(?:\([^()]*\)\s*)?as\b
      | (?P<call>call)\s+["\w.]+\s*\(
      | (?P<truncate>truncate)\s+table\b
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_SIGNS = re.compile(r"""[=*<>;$?\n]|\w\s*,\s*\w|\w\(|\b(?:where|join|limit|values|returning|order\s+by|group\s+by)\b""")
_PROSE = re.compile(
    r"\b(?:from|into|update)\s+(?:the|your|a|an|this|that|our|my|their|its|these|all|any)\b", re.IGNORECASE
)

# methods that are given SQL and hardly anything else
_RUNNERS = frozenset(
    "query execute executemany executescript exec fetchrow fetchval fetchone fetchall fetch_all fetch_one fetch_val"
    " iterate cursor prepare unsafe sql oneornone manyornone $queryraw $executeraw $queryrawunsafe $executerawunsafe"
    " queryraw executeraw queryarray queryobject read_sql read_sql_query mogrify".split()
)
_TAG = re.compile(r"sql|query|raw|prisma|\bpg\b|\bdb\b", re.IGNORECASE)


def candidates(source: bytes) -> Iterator[int]:
    """Yield the offset of each quote after which a statement may begin."""
    return (found.start() for found in _CANDIDATE.finditer(source))


def is_tag(name: str) -> bool:
    """Whether a template tag's name says that it makes SQL."""
    return bool(_TAG.search(name))


def runs_sql(name: str) -> bool:
    """Whether a method of this name is given SQL and nothing else."""
    return name.rsplit(".", 1)[-1].lower() in _RUNNERS


def is_statement(text: str, *, passed: bool) -> bool:
    """Whether a string is a statement; `passed` where it is given to something that runs SQL."""
    shape = _SHAPE.match(text[:20_000])
    if shape is None or (_PROSE.search(text[:2000]) and not passed):
        return False
    if passed:
        return True
    words = [word for word in shape.groups() if word]
    if any(word[0].isupper() and word[1:].islower() for word in words):
        return False
    return all(word.isupper() for word in words) or bool(_SIGNS.search(text.strip().lower()))


def is_certain(text: str, *, passed: bool) -> bool:
    """Whether a statement that cannot be read is worth telling."""
    first = text.split(None, 1)[0] if text.strip() else ""
    return passed or first.isupper()
