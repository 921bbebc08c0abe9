"""Hasura: `migrations/<database>/<milliseconds>_name/up.sql` and `down.sql`, one history a database.

Told from Diesel by the project's `config.yaml` above `migrations`, or by versions of 13 digits. Each file is
applied in a transaction; what is not recorded is applied in order of version (Hasura documentation, "Migrations and
metadata").
"""

import re
from collections.abc import Iterator, Mapping

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_number, in_number_order
from midflight.migrations.layout import nested_files, nested_folders
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import ancestors, folder_of, join, name_of

_MARKERS = frozenset({"config.yaml"})
_FOLDER = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*)", re.DOTALL)
_MILLISECONDS = re.compile(r"[0-9]{13}_")


def _find(listing: Listing) -> Iterator[Found]:
    for parent, folders in nested_folders(listing, "up.sql"):
        numbered = [folder for folder in folders if _FOLDER.fullmatch(name_of(folder))]
        timed = all(_MILLISECONDS.match(name_of(folder)) for folder in numbered)
        if numbered and (timed or _has_project(listing, parent)):
            yield nested_files(listing, parent, folders, frozenset())


def _has_project(listing: Listing, parent: str) -> bool:
    """Whether `config.yaml` lies where Hasura's project begins: beside `migrations`."""
    roots = (folder_of(each) for each in ancestors(parent)[:2] if name_of(each) == "migrations")
    return any("config.yaml" in listing.markers.get(root, ()) for root in roots)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    migrations: list[Migration] = []
    skipped: list[NotAnalysed] = []
    for path in found.files:
        match = _FOLDER.fullmatch(name_of(folder_of(path)))
        if name_of(path) not in {"up.sql", "down.sql"} or not match:
            skipped.append(NotAnalysed(path, 1, "Hasura runs only <version>_name/up.sql and down.sql"))
        elif name_of(path) == "up.sql" and path in texts:
            migrations.append(_migration(path, match, texts))
    return Reading(tuple(sorted(migrations, key=in_number_order)), skipped=tuple(skipped))


def _migration(path: str, match: re.Match[str], texts: Mapping[str, str]) -> Migration:
    down = join(folder_of(path), "down.sql")
    return Migration(
        match["version"],
        match["name"],
        path,
        Script(path, texts[path], Transactions.PER_FILE),
        Script(down, texts[down], Transactions.PER_FILE) if down in texts else None,
    )


FORMAT = Format(
    name="hasura",
    title="Hasura",
    rank=30,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    markers=_MARKERS,
    conduct=Conduct(Reaction.APPLIES, Reaction.UNKNOWN, Reaction.IGNORES, Reaction.IGNORES),
    key=by_number,
)
