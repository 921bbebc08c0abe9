"""Lays the SQL of a migration out on the lines of the Ruby that it is made from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from midflight.migrations.formats.rails.commands import WRITERS
from midflight.migrations.formats.rails.model import COMMENT, DEEPEST, ROWS, UNREAD, Command, Line, UnreadableError
from midflight.migrations.formats.rails.tables import Scene

_TEXTS = frozenset({"execute", "exec_query", "exec_update"})
"""Commands whose SQL stands in the file, perhaps below their line."""


def write(scene: Scene, commands: Sequence[Command]) -> tuple[str, tuple[int, ...]]:
    """Give the SQL that Rails sends for the commands, and where each line of it comes from.

    What is not read stands in it as code that nobody can run.
    """
    return lay_out(line for one in commands for line in _lines(scene, one, 0))


def _lines(scene: Scene, one: Command, depth: int) -> Iterator[Line]:
    if one.name == COMMENT:
        yield Line(one.line, str(one.args[0]))
        return
    writer = WRITERS.get(one.name)
    if one.name == UNREAD or writer is None or depth > DEEPEST:
        reason = str(one.args[0]) if one.name == UNREAD and one.args else f"Ruby calls `{one.name}`"
        yield Line(one.line, _opaque(one.source, reason))
        return
    try:
        written = list(writer(scene, one))
    except UnreadableError as error:
        yield Line(one.line, _opaque(one.source, str(error)))
        return
    for each in written:
        if isinstance(each, Command):
            yield from _lines(scene, replace(each, line=max(each.line, one.line)), depth + 1)
        else:
            yield Line((one.below or one.line) if one.name in _TEXTS else one.line, _ended(each))


def _ended(sql: str) -> str:
    """The statement with its semicolon, which a comment at its end must not swallow."""
    text = sql.rstrip()
    if text.endswith(";") or not text:
        return text
    return text + ("\n;" if "--" in text.rpartition("\n")[2] else ";")


def _opaque(source: str, reason: str) -> str:
    """A statement in a language that no server has, so that it is told and never run."""
    tag = "$ruby$"
    while tag in source:
        tag = f"{tag[:-1]}_$"
    told = " ".join(reason.replace("'", "`").split())
    word = "Ruby (rows alone)" if reason.startswith(ROWS) else "Ruby"
    return f"DO LANGUAGE '{word}: {told}' {tag}{source}{tag};"


def lay_out(lines: Iterable[Line]) -> tuple[str, tuple[int, ...]]:
    """Give the SQL, each statement on a line of its own, and for each line that of the Ruby it comes from."""
    parts: list[str] = []
    numbers: list[int] = []
    for line in lines:
        sql = line.sql.strip("\n")
        first = line.number + len(line.sql) - len(line.sql.lstrip("\n"))
        parts.append(sql)
        numbers += range(first, first + sql.count("\n") + 1)
    return "\n".join(parts) + ("\n" if parts else ""), tuple(numbers)
