"""Prisma Migrate: `<timestamp>_name/migration.sql` below `migration_lock.toml`, which names the database.

A file is sent as one string, not wrapped by Prisma: on PostgreSQL one implicit transaction (measured by the readers
of formbricks pull request 9102). Folder names are recorded, with checksums; `migrate deploy` applies what is not
recorded in order of name and warns about edited migrations (Prisma documentation, "About migration histories"). A
`down.sql` beside is never run by Prisma, but documented as the place for the way back.
"""

import re
from collections.abc import Iterator, Mapping

from midflight.changes.model import NotAnalysed
from midflight.migrations.dialect import NAMED
from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_name, in_text_order
from midflight.migrations.layout import nested_files, nested_folders
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import folder_of, join, name_of

_LOCK = "migration_lock.toml"
_PROVIDER = re.compile(r"^[ \t]*+provider\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)
_TIMED = re.compile(r"[0-9]{8,14}_")


def _find(listing: Listing) -> Iterator[Found]:
    for parent, folders in nested_folders(listing, "migration.sql"):
        locked = _LOCK in listing.markers.get(parent, ())
        timed = any(_TIMED.match(name_of(folder)) for folder in folders)
        if locked or listing.configured or (name_of(parent) == "migrations" and timed):
            yield nested_files(listing, parent, folders, frozenset({_LOCK}))


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    paths = [path for path in found.files if name_of(path) == "migration.sql" and path in texts]
    provider = _PROVIDER.search(texts.get(join(found.folder, _LOCK), ""))
    reason = "Prisma applies only migration.sql"
    others = [path for path in found.files if name_of(path) not in {"migration.sql", "down.sql"}]
    return Reading(
        tuple(sorted((_migration(path, texts) for path in paths), key=in_text_order)),
        skipped=tuple(NotAnalysed(path, 1, reason) for path in others),
        dialect=NAMED.get(provider[1].lower(), provider[1].lower()) if provider else "",
    )


def _migration(path: str, texts: Mapping[str, str]) -> Migration:
    version, _, name = name_of(folder_of(path)).partition("_")
    down = join(folder_of(path), "down.sql")
    return Migration(
        version,
        name,
        path,
        Script(path, texts[path], Transactions.IMPLICIT),
        Script(down, texts[down], Transactions.IMPLICIT) if down in texts else None,
    )


FORMAT = Format(
    name="prisma",
    title="Prisma Migrate",
    rank=20,
    transactions=Transactions.IMPLICIT,
    find=_find,
    read=_read,
    markers=frozenset({_LOCK}),
    conduct=Conduct(Reaction.APPLIES, Reaction.UNKNOWN, Reaction.WARNS, Reaction.UNKNOWN),
    key=by_name,
    sequence=in_text_order,
)
