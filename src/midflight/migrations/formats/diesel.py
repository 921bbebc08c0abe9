"""Diesel: one folder a migration, `<version>_name/up.sql` and `down.sql`.

Each runs in a transaction unless its `metadata.toml` says `run_in_transaction = false`; then the file is sent as
one string. The version is the folder's name up to the first `_`, without hyphens, and is all that is recorded:
pending migrations are applied in its order wherever they sort, edits and deletions are not noticed (diesel.rs,
"Getting started" and the documentation of `diesel_migrations`).
"""

import re
from collections.abc import Iterator, Mapping

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, SortKey
from midflight.migrations.layout import nested_files, nested_folders
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import folder_of, join, name_of

_MARKERS = frozenset({"metadata.toml"})
_NO_TRANSACTION = re.compile(r"^[ \t]*+run_in_transaction\s*=\s*false\b", re.MULTILINE)


def _find(listing: Listing) -> Iterator[Found]:
    for parent, folders in nested_folders(listing, "up.sql"):
        yield nested_files(listing, parent, folders, _MARKERS)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    ups = [path for path in found.files if name_of(path) == "up.sql" and path in texts]
    migrations = sorted((_migration(path, texts) for path in ups), key=_sequence)
    reason = "Diesel runs only up.sql and down.sql"
    others = [path for path in found.files if name_of(path) not in {"up.sql", "down.sql"}]
    return Reading(tuple(migrations), skipped=tuple(NotAnalysed(path, 1, reason) for path in others))


def _migration(path: str, texts: Mapping[str, str]) -> Migration:
    folder = folder_of(path)
    alone = _NO_TRANSACTION.search(texts.get(join(folder, "metadata.toml"), ""))
    transactions = Transactions.IMPLICIT if alone else Transactions.PER_FILE
    down = join(folder, "down.sql")
    version, _, name = name_of(folder).partition("_")
    return Migration(
        version,
        name,
        path,
        Script(path, texts[path], transactions),
        Script(down, texts[down], transactions) if down in texts else None,
    )


def _key(migration: Migration) -> str:
    return migration.version.replace("-", "")


def _sequence(migration: Migration) -> SortKey:
    return False, (), _key(migration)


FORMAT = Format(
    name="diesel",
    title="Diesel",
    rank=40,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    markers=_MARKERS,
    conduct=Conduct(Reaction.APPLIES, Reaction.FAILS, Reaction.IGNORES, Reaction.IGNORES),
    key=_key,
    sequence=_sequence,
)
