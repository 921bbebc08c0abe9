"""Reads files of SQL that programs run: named queries, and single queries with parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from midflight.changes.model import NotAnalysed
from midflight.references.model import HOLE, Extracted, Place, SqlText
from midflight.references.parameters import plain_file

SUFFIXES = frozenset({".sql"})

MOST_STATEMENTS = 5_000
_READ = frozenset("select insert update delete with merge call truncate values".split())

# sqlc, aiosql, Yesql, goyesql: `-- name: x`; HugSQL: `-- :name x`; pgtyped: `/* @name x */`
_NAME = re.compile(r"--+\s*(?:name\s*:|:(?:name|snip)\s)\s*\S|/\*\s*@name\s+\w")
_OPENER = re.compile(r"--[^\n]*|/\*|'|\"|\$(?:[A-Za-z_]\w{0,60})?\$|;")
_CLOSER = {"/*": "*/"}
_COMMENT = re.compile(r"(?:\s|--[^\n]*(?:\n|\Z)|/\*(?:[^*]|\*(?!/)){0,20000}\*/)*")
_PARAMETER = re.compile(r"\$\d|(?<![:\w]):[A-Za-z_]\w*|(?<=[=(,<>\s])\?(?=[\s),;:]|\Z)|(?<![\w@<:])@[A-Za-z_]\w*|\{\{")
_MIGRATION = re.compile(
    r"^--\s*(?:\+goose|\+migrate|migrate:|\+micrate|rambler|atlas:|liquibase|changeset)", re.MULTILINE
)
_MODELS = re.compile(r"\{\{-?\s*(?:ref|source|config)\s*\(")  # dbt builds relations from these
_NOT_CODE = re.compile(
    r"(?:\A|[/_.\-\d])(?:schema|structure|seeds?|dump|init|setup|fixtures?|backup|baseline|bootstrap|samples?|demo|mocks?"
    r"|migrations?|migrate|rollback|revert|up|down|create|drop|grants?|backfill|cleanup|examples?|docs)(?=[/_.\-])",
    re.IGNORECASE,
)
_FOLDER = re.compile(r"(?:\A|/)(?:queries|query|sql)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement, without the comments before it, and the line it begins on."""

    text: str
    line: int

    @property
    def opens(self) -> str:
        found = re.match(r"[\s(]*([A-Za-z]+)", self.text)
        return found[1].lower() if found else ""


def extract(path: str, source: bytes) -> Extracted:
    """Give the queries of one file, none where nothing says that a program runs it."""
    text = source.decode("utf-8", "replace")
    is_named = _NAME.search(text) is not None
    if not is_named and not _may_run(path, text):
        return Extracted()
    statements: list[_Statement] = []
    for statement in _statements(text):
        if len(statements) >= MOST_STATEMENTS:
            reason = f"the file holds more than {MOST_STATEMENTS} statements; the rest is not read"
            return Extracted((), (NotAnalysed(path, 0, reason),), _queries(path, statements, certain=is_named))
        statements.append(statement)
    if not is_named and any(statement.opens not in _READ for statement in statements):
        return Extracted()
    if not is_named and not _asks(path, statements):
        return Extracted()
    return Extracted(queries=_queries(path, statements, certain=is_named))


def _may_run(path: str, text: str) -> bool:
    """Whether an unnamed file may be a query: not a schema, a seed, a migration or a model of dbt."""
    name = "/".join(PurePosixPath(path).parts[-2:])
    return not (_NOT_CODE.search(name) or _MIGRATION.search(text) or _MODELS.search(text))


def _asks(path: str, statements: list[_Statement]) -> bool:
    """Whether a file takes parameters, or lies among queries and only reads: what it does not do once."""
    if any(_PARAMETER.search(statement.text) for statement in statements):
        return True
    return bool(_FOLDER.search(path)) and all(statement.opens in {"select", "with"} for statement in statements)


def _queries(path: str, statements: list[_Statement], *, certain: bool) -> tuple[SqlText, ...]:
    queries: list[SqlText] = []
    for statement in statements:
        if statement.opens in _READ:
            text = plain_file(statement.text)
            queries.append(SqlText(Place(path, statement.line), text, dynamic=HOLE in text, certain=certain))
    return tuple(queries)


def _statements(text: str) -> Iterator[_Statement]:
    """Cut a file at its semicolons, and before each name of a query."""
    start = at = line = 0
    while (found := _OPENER.search(text, at)) is not None:
        opener, begins = found[0], found.start()
        at = found.end()
        if opener != ";" and not opener.startswith("--"):
            closer = _CLOSER.get(opener, opener)
            end = text.find(closer, at)
            at = end + len(closer) if end >= 0 else len(text)
        if opener == ";" or _NAME.match(text[begins : begins + 400]):
            cut = at if opener == ";" else begins
            yield from _statement(text[start:cut].removesuffix(";"), line)
            line += text.count("\n", start, cut)
            start = cut
    yield from _statement(text[start:], line)


def _statement(text: str, line: int) -> Iterator[_Statement]:
    leading = _COMMENT.match(text)
    begins = leading.end() if leading else 0
    if text[begins:].strip():
        yield _Statement(text[begins:], line + text.count("\n", 0, begins) + 1)
