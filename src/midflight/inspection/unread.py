"""Migrations that are programs of tools that are not read: what they change is not known, so nothing is safe."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from midflight.changes.model import ChangeSet, NotAnalysed, Status
from midflight.compatibility.model import Cell, Doubt, Matrix, State
from midflight.migrations.listing import IGNORED
from midflight.migrations.model import DatabaseChange
from midflight.migrations.programs import is_program, not_read
from midflight.references.model import Place
from midflight.references.paths import is_test

_CHANGELOG = re.compile(r"(?:\A|[-_.])changelog[\w.-]*\.(?:xml|ya?ml|json)\Z|\Achangelog[\w.-]*\.(?:xml|ya?ml)\Z")


def unread_migrations(changes: ChangeSet, known: Collection[str]) -> tuple[NotAnalysed, ...]:
    """Return the migrations that a change adds or edits and that are programs or changelogs; `known` are read."""
    found = (f.path for f in changes.files if f.status in {Status.ADDED, Status.EDITED} and f.path not in known)
    return tuple(NotAnalysed(path, 1, reason) for path in found if (reason := _reason(path)))


def files_of(databases: Iterable[DatabaseChange]) -> frozenset[str]:
    """Return the files of histories that were read, or of which is said already why they were not."""
    histories = [history for one in databases for history in (one.base, one.head)]
    read = {migration.path for history in histories for migration in history.migrations}
    told = {each.path for history in histories for each in (*history.not_analysed, *history.skipped)}
    return frozenset(read | told)


def _reason(path: str) -> str:
    place = PurePosixPath(path)
    if is_test(path) or not IGNORED.isdisjoint(place.parts):
        return ""
    if _CHANGELOG.search(place.name) and ("db" in place.name or not {"db", "liquibase"}.isdisjoint(place.parts)):
        return "a changelog of Liquibase"
    return not_read(path).reason if is_program(path) else ""


def doubted(matrix: Matrix, unread: Collection[NotAnalysed]) -> Matrix:
    """Return the matrix as it is when such migrations are part of the change: what holds could not be told."""
    if not unread:
        return matrix
    doubts = tuple(_doubts(unread))
    return replace(matrix, old_new=_open(matrix.old_new, doubts), new_old=_open(matrix.new_old, doubts))


def _doubts(unread: Collection[NotAnalysed]) -> Iterator[Doubt]:
    for each in unread:
        yield Doubt(f"{each.reason} is not read", Place(each.path, each.line))


def _open(cell: Cell, doubts: tuple[Doubt, ...]) -> Cell:
    state = State.UNDETERMINED if cell.state is State.HOLDS else cell.state
    return replace(cell, state=state, doubts=(*cell.doubts, *doubts))
