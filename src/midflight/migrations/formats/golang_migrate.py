"""golang-migrate, and whatever else keeps `NAME.up.sql` beside `NAME.down.sql`.

A file is sent as one string, so PostgreSQL runs it in one implicit transaction unless it has its own BEGIN.
Versions are numbers. Only the current version is recorded: a new migration below it is passed over without a word,
and a missing file of the current version is an error (golang-migrate documentation, MIGRATIONS.md and FAQ.md; two
files of one version and direction are refused as "duplicate migration file").
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_number, in_number_order
from midflight.migrations.layout import flat_folders, in_pairs, unrecognised
from midflight.migrations.model import Transactions

_FILE = re.compile(r"(?P<version>[0-9]+)?_?(?P<name>.*)\.(?P<direction>up|down)\.sql", re.DOTALL)


def _find(listing: Listing) -> Iterator[Found]:
    return flat_folders(listing, _FILE)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    migrations = in_pairs(found.files, texts, pattern=_FILE, transactions=lambda _path, _text: Transactions.IMPLICIT)
    skipped = unrecognised(found.files, _FILE, "its name does not end in .up.sql or .down.sql")
    return Reading(tuple(sorted(migrations, key=in_number_order)), skipped=skipped)


FORMAT = Format(
    name="golang-migrate",
    title="golang-migrate",
    rank=75,
    transactions=Transactions.IMPLICIT,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.IGNORES, Reaction.FAILS, Reaction.IGNORES, Reaction.UNKNOWN),
    key=lambda migration: by_number(migration) or migration.name,
)
