"""Bun (Go): `<timestamp>_name.tx.up.sql` in a transaction, `<timestamp>_name.up.sql` outside one.

Whether a file runs in a transaction is told by `.tx.` in its name; the rest is sent in the pieces between lines of
`--bun:split`, each as one string (uptrace/bun, migrate/migration.go). Migrations that are not recorded are applied in
order of name, wherever they sort. A folder without any `.tx.` file looks like golang-migrate's and is read as that.
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, in_text_order
from midflight.migrations.layout import flat_folders, in_pairs, unrecognised
from midflight.migrations.model import Transactions

_FILE = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*?)(?:\.tx)?\.(?P<direction>up|down)\.sql", re.DOTALL)
_IN_TRANSACTION = (".tx.up.sql", ".tx.down.sql")


def _find(listing: Listing) -> Iterator[Found]:
    for found in flat_folders(listing, _FILE):
        if any(path.endswith(_IN_TRANSACTION) for path in found.files):
            yield found


def _transactions(path: str, _text: str) -> Transactions:
    return Transactions.PER_FILE if path.endswith(_IN_TRANSACTION) else Transactions.IMPLICIT


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    migrations = in_pairs(found.files, texts, pattern=_FILE, transactions=_transactions)
    skipped = unrecognised(found.files, _FILE, "its name does not end in .up.sql or .down.sql")
    return Reading(tuple(sorted(migrations, key=in_text_order)), skipped=skipped)


FORMAT = Format(
    name="bun",
    title="Bun",
    rank=30,
    transactions=Transactions.IMPLICIT,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.APPLIES, Reaction.UNKNOWN, Reaction.IGNORES, Reaction.UNKNOWN),
    sequence=in_text_order,
)
