"""Migrations that are programs and are not read: which files they are, in which order their tools run them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Format, Found, Listing, Reading, in_text_order
from midflight.migrations.formats import BY_NAME
from midflight.migrations.model import History, Migration, Script, Transactions

_FOLDERS = frozenset({"migrations", "migration", "migrate"})
_PROGRAM = re.compile(
    r"(?:[0-9][0-9T_.:-]*[-_.]\w.*|[Mm]igration[0-9]{8,}.*)\.(?:[cm]?[jt]s|php|cs|exs|go)"  # knex, TypeORM, Laravel, EF
    r"|Version[0-9]{8,}\.php|V[0-9][0-9_.]*__\w+\.(?:java|kt)|m[0-9]{8}_[0-9]{6}_\w+\.rs",  # Doctrine, Flyway, SeaORM
    re.DOTALL,
)
_NO_MIGRATION = re.compile(r"\.d\.[cm]?ts\Z|\.Designer\.cs\Z|[._](?:test|spec)\.")
_NUMBER = re.compile(r"[0-9]+(?:_[0-9]+)*")
_LANGUAGES = {".cjs": "js", ".mjs": "js", ".ts": "js", ".cts": "js", ".mts": "js", ".kt": "java"}
_PREFIX = "program."
_MIXED = {"bun": "go", "flyway": "java", "goose": "go", "node-pg-migrate": "js"}
"""The tools that run SQL and programs as one history, each with the language of the programs."""


def is_program(path: str) -> bool:
    """Whether a path is that of a migration written in code, as knex, TypeORM, Laravel, EF Core and others name it."""
    place = PurePosixPath(path)
    inside = place.parent.name.lower() in _FOLDERS or (place.parent.name == "src" and place.suffix == ".rs")
    return inside and bool(_PROGRAM.fullmatch(place.name)) and not _NO_MIGRATION.search(place.name)


def programs_in(paths: Iterable[str]) -> tuple[History, ...]:
    """Return a history for each folder with such migrations: their names and order, and nothing of what they do.

    Its format is "program." and the language, by which it is known where the tool writes down what it has applied.
    """
    folders: dict[tuple[str, str], list[str]] = {}
    for path in filter(is_program, paths):
        place = PurePosixPath(path)
        language = _LANGUAGES.get(place.suffix, place.suffix[1:])
        folders.setdefault((str(place.parent), language), []).append(path)
    return tuple(
        History(folder, f"{_PREFIX}{language}", "postgres", folder, tuple(map(_migration, sorted(found))))
        for (folder, language), found in sorted(folders.items())
    )


def with_programs(history: History, programs: Iterable[History]) -> History:
    """Add the programs that its tool runs between the scripts of a history, in the order of both.

    Flyway's Java lies in a package that has the name of the scripts' folder, the others beside the scripts.
    """
    wanted = f"{_PREFIX}{_MIXED.get(history.format)}"
    own = [each for each in programs if each.format == wanted and _beside(each.folder, history)]
    if not own:
        return history
    added = (migration for each in own for migration in each.migrations)
    return replace(history, migrations=tuple(sorted((*history.migrations, *added), key=tool_of(history).sequence)))


def _beside(folder: str, history: History) -> bool:
    if history.format == "flyway":
        return PurePosixPath(folder).name == PurePosixPath(history.folder).name
    return folder == history.folder


def unread_of(migrations: Iterable[Migration]) -> tuple[Migration, ...]:
    """Return those of which only the names are known."""
    return tuple(each for each in migrations if is_program(each.path))


def tool_of(history: History) -> Format:
    """Return the conventions by which a history's migrations are recorded and sorted."""
    return BY_NAME.get(history.format, _BY_NAME)


def _migration(path: str) -> Migration:
    stem = PurePosixPath(path).stem
    number = _NUMBER.search(stem)
    return Migration(number[0] if number else stem, stem, path, Script(path, "", Transactions.PER_FILE))


def _find(_listing: Listing) -> Iterator[Found]:
    yield from ()


def _read(_found: Found, _texts: Mapping[str, str]) -> Reading | None:
    return None


_BY_NAME = Format(
    name="program",
    title="code",
    rank=1000,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    key=lambda migration: migration.name,
    sequence=in_text_order,
)


def not_read(path: str) -> NotAnalysed:
    """Return that a migration is one of these."""
    return NotAnalysed(path, 1, f"a migration written in code ({PurePosixPath(path).suffix})")
