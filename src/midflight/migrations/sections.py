"""Split a file that holds both directions into its sections."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Found, Reading, SortKey
from midflight.migrations.layout import NUMBERED, unrecognised
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import name_of


@dataclass(frozen=True, slots=True)
class Markers:
    """How a tool marks sections: each pattern matches a whole line; `up` may have a group `options`.

    `transactions` gets the options and the file's text.
    """

    up: re.Pattern[str]
    down: re.Pattern[str]
    transactions: Callable[[str, str], Transactions]
    whole_without_up: bool = False


@dataclass(frozen=True, slots=True)
class _Section:
    down: bool
    options: str
    first_line: int
    text: str


def read_sections(
    found: Found, texts: Mapping[str, str], markers: Markers, sequence: Callable[[Migration], SortKey]
) -> Reading | None:
    """Read files by their markers, in `sequence`; nothing when fewer than half of them are marked."""
    numbered = [path for path in found.files if NUMBERED.fullmatch(name_of(path)) and path in texts]
    marked = [path for path in numbered if _is_marked(texts[path], markers)]
    if not marked or len(marked) * 2 < len(numbered):
        return None
    migrations: list[Migration] = []
    unread: list[NotAnalysed] = []
    for path in numbered:
        migration = _migration(path, texts[path], markers)
        if isinstance(migration, NotAnalysed):
            unread.append(migration)
        else:
            migrations.append(migration)
    skipped = unrecognised(found.files, NUMBERED, "its name does not begin with a version")
    return Reading(tuple(sorted(migrations, key=sequence)), tuple(unread), skipped)


def _is_marked(text: str, markers: Markers) -> bool:
    return any(markers.up.match(line) or markers.down.match(line) for line in text.split("\n") if "--" in line)


def _migration(path: str, text: str, markers: Markers) -> Migration | NotAnalysed:
    match = NUMBERED.fullmatch(name_of(path))
    sections = tuple(_sections(text, markers))
    up = _script(path, text, markers, tuple(s for s in sections if not s.down))
    down = _script(path, text, markers, tuple(s for s in sections if s.down))
    if up is None and markers.whole_without_up:
        up = Script(path, text[: _first_mark(text, markers)], markers.transactions("", text))
    if up is None or match is None:
        return NotAnalysed(path, 1, "no section to apply is marked in this file")
    return Migration(match["version"], match["name"] or "", path, up, down)


def _sections(text: str, markers: Markers) -> Iterator[_Section]:
    """The text between markers; the line of a marker belongs to none."""
    lines = text.split("\n")
    marks = [(at, mark) for at, line in enumerate(lines) if (mark := _mark(line, markers))]
    for position, (at, (down, options)) in enumerate(marks):
        end = marks[position + 1][0] if position + 1 < len(marks) else len(lines)
        yield _Section(down, options, at + 2, "\n".join(lines[at + 1 : end]))


def _mark(line: str, markers: Markers) -> tuple[bool, str] | None:
    if "--" not in line:
        return None
    for down, pattern in ((False, markers.up), (True, markers.down)):
        if match := pattern.match(line):
            return down, match.groupdict().get("options") or ""
    return None


def _script(path: str, text: str, markers: Markers, sections: tuple[_Section, ...]) -> Script | None:
    """One script of all sections of a direction, with empty lines for what lies between, so that lines keep."""
    if not sections:
        return None
    parts: list[str] = []
    line = first = sections[0].first_line
    for section in sections:
        parts.append("\n" * (section.first_line - line) + section.text)
        line = section.first_line + section.text.count("\n")
    options = " ".join(section.options for section in sections)  # what one section asks for, the whole script gets
    return Script(path, "".join(parts), markers.transactions(options, text), first)


def _first_mark(text: str, markers: Markers) -> int:
    at = 0
    for line in text.split("\n"):
        if _mark(line, markers):
            return at
        at += len(line) + 1
    return len(text)
