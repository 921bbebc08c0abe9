"""db-migrate (Node): `migrations/sqls/<timestamp>-name-up.sql` and `-down.sql`, called from a stub in JavaScript.

The stub sends the whole file; db-migrate begins a transaction around a migration unless `--non-transactional` is given
(db-migrate documentation, "Usage"; the wrapper is not measured). The name is what is recorded.
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_name, in_text_order
from midflight.migrations.layout import flat_folders, in_pairs, unrecognised
from midflight.migrations.model import Transactions

_FILE = re.compile(r"(?P<version>[0-9]+)-(?P<name>.*)-(?P<direction>up|down)\.sql", re.DOTALL)


def _find(listing: Listing) -> Iterator[Found]:
    return flat_folders(listing, _FILE)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    migrations = in_pairs(found.files, texts, pattern=_FILE, transactions=lambda _path, _text: Transactions.PER_FILE)
    skipped = unrecognised(found.files, _FILE, "its name does not end in -up.sql or -down.sql")
    return Reading(tuple(sorted(migrations, key=in_text_order)), skipped=skipped)


FORMAT = Format(
    name="db-migrate",
    title="db-migrate",
    rank=30,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.APPLIES, Reaction.UNKNOWN, Reaction.IGNORES, Reaction.UNKNOWN),
    key=by_name,
    sequence=in_text_order,
)
