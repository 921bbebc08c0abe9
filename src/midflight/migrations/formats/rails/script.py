"""Lays the SQL of a migration out on the lines of the Ruby that it is made from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from midflight.migrations.formats.rails.commands import WRITERS
from midflight.migrations.formats.rails.model import (
    COMMENT,
    DEEPEST,
    UNREAD,
    Command,
    Line,
    Sql,
    Unread,
    UnreadableError,
    Value,
)
from midflight.migrations.formats.rails.tables import Scene


def write(scene: Scene, commands: Sequence[Command]) -> str:
    """Give the SQL that Rails sends for the commands; what is not read stands in it as code that nobody can run."""
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
            yield Line((one.below or one.line) if one.name in {"execute", "exec_query", "exec_update"} else one.line, _ended(each))


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
    told = reason.replace("'", "`").replace("\n", " ")
    return f"DO LANGUAGE 'Ruby: {told}' {tag}{source}{tag};"


def lay_out(lines: Iterable[Line]) -> str:
    """Join statements so that each stands on its line; one that comes back to a line above stands as early as it can."""
    parts: list[str] = []
    at = 1
    for line in lines:
        if line.number > at:
            parts.append("\n" * (line.number - at))
            at = line.number
        elif parts:
            ends = parts[-1].rpartition("\n")[2].lstrip().startswith("--")
            parts.append("\n" if ends else " ")
            at += ends
        parts.append(line.sql)
        at += line.sql.count("\n")
    return "".join(parts) + ("\n" if parts else "")


def is_known(value: Value) -> bool:
    """Whether a value can be written."""
    return not isinstance(value, (Unread, Sql))
