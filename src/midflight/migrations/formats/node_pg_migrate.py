"""node-pg-migrate's SQL files: `-- Up Migration` and `-- Down Migration` in one file.

All pending migrations run in one transaction by default. The name is recorded; with `check-order` (on by default) a
new migration that sorts before an applied one, and an applied one whose file is gone, make it fail (node-pg-migrate
documentation, "CLI usage"; salsita/node-pg-migrate issue 83). A file without the first marker is applied whole.
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_name, in_number_order
from midflight.migrations.layout import numbered_folders
from midflight.migrations.model import Transactions
from midflight.migrations.sections import Markers, read_sections


def _find(listing: Listing) -> Iterator[Found]:
    return numbered_folders(listing)


_MARKERS = Markers(
    up=re.compile(r"\s*--[\s-]*up\s+migration", re.IGNORECASE),
    down=re.compile(r"\s*--[\s-]*down\s+migration", re.IGNORECASE),
    transactions=lambda _options, _text: Transactions.PER_RUN,
    whole_without_up=True,
)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    return read_sections(found, texts, _MARKERS, in_number_order)


FORMAT = Format(
    name="node-pg-migrate",
    title="node-pg-migrate",
    rank=60,
    transactions=Transactions.PER_RUN,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.FAILS, Reaction.UNKNOWN, Reaction.IGNORES, Reaction.FAILS),
    key=by_name,
)
