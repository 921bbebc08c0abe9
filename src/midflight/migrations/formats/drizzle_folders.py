"""Drizzle from version 1: `<timestamp>_name/migration.sql` with `snapshot.json` beside it, no journal.

As with the journal, all pending migrations run in one transaction; the order is that of the names. What the newer
migrator does about order and edits is not known here.
"""

from collections.abc import Iterator, Mapping

from midflight.migrations.format import Format, Found, Listing, Reading, by_name, in_text_order
from midflight.migrations.layout import nested_files, nested_folders
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import folder_of, name_of

_SNAPSHOT = "snapshot.json"


def _find(listing: Listing) -> Iterator[Found]:
    for parent, folders in nested_folders(listing, "migration.sql"):
        if any(_SNAPSHOT in listing.markers.get(folder, ()) for folder in folders):
            yield nested_files(listing, parent, folders, frozenset())


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    paths = [path for path in found.files if name_of(path) == "migration.sql" and path in texts]
    return Reading(tuple(sorted((_migration(path, texts[path]) for path in paths), key=in_text_order)))


def _migration(path: str, text: str) -> Migration:
    version, _, name = name_of(folder_of(path)).partition("_")
    return Migration(version, name, path, Script(path, text, Transactions.PER_RUN))


FORMAT = Format(
    name="drizzle-folders",
    title="Drizzle",
    rank=15,
    transactions=Transactions.PER_RUN,
    find=_find,
    read=_read,
    markers=frozenset({_SNAPSHOT}),
    key=by_name,
    sequence=in_text_order,
)
