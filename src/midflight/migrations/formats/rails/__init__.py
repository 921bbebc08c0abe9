"""Rails: `db/migrate/<timestamp>_name.rb` in Ruby, read into the SQL that Rails sends to PostgreSQL.

Each migration runs in a transaction unless its class says `disable_ddl_transaction!`. The version is all that
`schema_migrations` records: whatever is not in it is run in the order of versions, edits and deletions are not
noticed, and two files with one version are refused (Rails' guide, "Active Record Migrations"; ActiveRecord's
`Migrator`). Names that Rails makes itself (indexes, foreign keys) are made alike, since later migrations drop them.
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_number, in_number_order
from midflight.migrations.model import Transactions
from midflight.migrations.names import ancestors, folder_of, join, name_of

FILE = re.compile(r"(?P<version>[0-9]+)_(?P<name>[_a-z0-9]*)(?:\.[_a-z0-9]*)?\.rb")
_SETTINGS = "database.yml"
_GENERATORS = ("config/application.rb", "config/initializers/generators.rb", "config/initializers/generator.rb")
_LATER = "post_migrate"


def _find(listing: Listing) -> Iterator[Found]:
    for folder, names in listing.scripts.items():
        if any(FILE.fullmatch(name) for name in names) and _is_for_migrations(listing, folder):
            later = join(folder_of(folder), _LATER)
            merged = name_of(folder) == "migrate" and later in listing.scripts
            files = [join(folder, name) for name in names]
            files += [join(later, name) for name in listing.scripts.get(later, ()) if merged]
            yield Found(folder, tuple(files), tuple(_settings(listing, folder)))


def _is_for_migrations(listing: Listing, folder: str) -> bool:
    """Rails keeps them in `db/migrate`, those of a further database in `db/animals_migrate`."""
    own = name_of(folder)
    if own == _LATER and join(folder_of(folder), "migrate") in listing.scripts:
        return False
    return listing.configured or own == "migrate" or own.endswith("_migrate")


def _settings(listing: Listing, folder: str) -> Iterator[str]:
    for above in ancestors(folder):
        wanted = [join(above, name) for name in (f"config/{_SETTINGS}", *_GENERATORS)]
        there = [path for path in wanted if name_of(path) in listing.markers.get(folder_of(path), ())]
        yield from there
        if there:
            return


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    from midflight.migrations.formats.rails.reading import read  # noqa: PLC0415 - Ruby's grammar takes 0.1 s, and most repositories have none

    return read(found, texts)


FORMAT = Format(
    name="rails",
    title="Rails",
    rank=20,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    markers=frozenset({_SETTINGS, *(name_of(path) for path in _GENERATORS)}),
    scripts=frozenset({".rb"}),
    conduct=Conduct(Reaction.APPLIES, Reaction.FAILS, Reaction.IGNORES, Reaction.IGNORES),
    key=by_number,
    sequence=in_number_order,
)
