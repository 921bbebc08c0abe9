"""Reads the contraction ledger of a branch from its history: nothing is stored."""

from datetime import UTC, datetime

from midflight.adapters.git import GitRepository
from midflight.errors import SourceError
from midflight.inspection.contraction import Landed, Ledger, Period
from midflight.inspection.contractions import read_ledger
from midflight.inspection.flags_left import FlagsLeft, read_flags_left
from midflight.migrations.find import DatabaseOptions
from midflight.references.paths import SearchOptions
from midflight.references.surfaces import Surfaces


def ledger_of(  # noqa: PLR0913 - a history is where it is, what to look for in it, and the day
    repository: GitRepository,
    revision: str,
    *,
    databases: tuple[DatabaseOptions, ...] = (),
    code: SearchOptions,
    period: Period,
    today: str,
    surfaces: Surfaces | None = None,
) -> Ledger:
    """Read the ledger of a revision's first parents; a clone that was cut off is refused."""
    if repository.is_shallow:
        raise SourceError(
            "The clone is shallow, so that its history does not say what code named.",
            then="Check out with `fetch-depth: 0`.",
        )
    return read_ledger(
        landed(repository, revision),
        repository.tree,
        repository,
        databases=databases,
        code=code,
        period=period,
        today=today,
        surfaces=surfaces,
    )


def flags_left_of(
    repository: GitRepository, revision: str, code: SearchOptions, period: Period, today: str
) -> FlagsLeft:
    """Read which flags of a revision still have two paths, and which of them had both before the period began."""
    return read_flags_left(landed(repository, revision), repository.tree, repository, code, period, today)


def landed(repository: GitRepository, revision: str) -> tuple[Landed, ...]:
    """Give the commits newest first; one that says it is older than its parent landed no earlier than the parent."""
    newest, found = 0, []
    for sha, seconds in reversed(repository.landings(revision)):
        newest = max(newest, seconds)
        found.append(Landed(sha, datetime.fromtimestamp(newest, tz=UTC).date().isoformat()))
    return tuple(reversed(found))
