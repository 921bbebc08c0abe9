"""Alembic: `versions/*.py` beside `env.py`, read into the SQL that `upgrade --sql` prints.

The files are parsed, never run. Revisions are a graph by `down_revision`; an `upgrade head` refuses to run while there
are two heads. All pending ones run in one transaction unless `env.py` says `transaction_per_migration=True`; a database
keeps the revision it is at, so that nothing notices an edit, and one whose file is gone cannot be located (Alembic
documentation, "Tutorial", "Working with Branches", "Runtime Objects").
"""

from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, SortKey, by_version
from midflight.migrations.model import Migration, Transactions
from midflight.migrations.names import folder_of, join, name_of


def _find(listing: Listing) -> Iterator[Found]:
    for folder, names in listing.scripts.items():
        files = tuple(join(folder, name) for name in names if name.endswith(".py") and name != "__init__.py")
        above = folder_of(folder)
        if files and (listing.named or (name_of(folder) == "versions" and _has_environment(listing, above))):
            env = join(above, "env.py")
            yield Found(folder, files, (env,) if "env.py" in listing.scripts.get(above, ()) else ())


def _has_environment(listing: Listing, folder: str) -> bool:
    return "env.py" in listing.scripts.get(folder, ()) or listing.configured


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    from midflight.migrations.formats.alembic.reading import read  # noqa: PLC0415 - the directives of Alembic are a lot to import, and most repositories have none

    return read(found, texts)


def _unique(migration: Migration) -> str:
    return migration.rival or migration.version


def _as_listed(_: Migration) -> SortKey:
    """Alembic goes by what revisions build on: none comes late."""
    return False, (), ""


FORMAT = Format(
    name="alembic",
    title="Alembic",
    rank=55,
    transactions=Transactions.PER_RUN,
    find=_find,
    read=_read,
    scripts=frozenset({".py"}),
    conduct=Conduct(Reaction.APPLIES, Reaction.FAILS, Reaction.IGNORES, Reaction.FAILS),
    key=by_version,
    unique=_unique,
    sequence=_as_listed,
    rivals="is a head beside",
)
