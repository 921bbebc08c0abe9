"""SQLx (Rust): `<version>_name.sql`, or `.up.sql` and `.down.sql`, in a folder within a Cargo package.

Each file runs in a transaction unless its first line is `-- no-transaction`; then it is sent as one string. The
version is recorded with a checksum: an edited or missing file makes `migrate` fail, a new one is applied wherever
it sorts (documentation of `sqlx::migrate!` and `sqlx::migrate::Migrator`).
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_number, in_number_order
from midflight.migrations.layout import flat_folders, in_pairs, named_for_migrations, unrecognised
from midflight.migrations.model import Transactions
from midflight.migrations.names import ancestors

_FILE = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*?)(?:\.(?P<direction>up|down))?\.sql", re.DOTALL)


def _find(listing: Listing) -> Iterator[Found]:
    for found in flat_folders(listing, _FILE):
        rust = any("Cargo.toml" in listing.markers.get(folder, ()) for folder in ancestors(found.folder))
        if listing.named or (rust and named_for_migrations(found.folder)):
            yield found


def _transactions(_path: str, text: str) -> Transactions:
    return Transactions.IMPLICIT if text.startswith("-- no-transaction") else Transactions.PER_FILE


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    migrations = in_pairs(found.files, texts, pattern=_FILE, transactions=_transactions)
    skipped = unrecognised(found.files, _FILE, "its name is not <version>_name.sql")
    return Reading(tuple(sorted(migrations, key=in_number_order)), skipped=skipped)


FORMAT = Format(
    name="sqlx",
    title="SQLx",
    rank=70,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    markers=frozenset({"Cargo.toml"}),
    conduct=Conduct(Reaction.APPLIES, Reaction.FAILS, Reaction.FAILS, Reaction.FAILS),
    key=by_number,
)
