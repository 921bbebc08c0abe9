"""sql-migrate: `-- +migrate Up` and `-- +migrate Down` in one file, `notransaction` behind either.

The file name is what is recorded. What is not recorded is applied in order, wherever it sorts; a recorded file that
is gone makes it fail ("unknown migration in database", rubenv/sql-migrate README).
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_name, in_number_order
from midflight.migrations.layout import numbered_folders
from midflight.migrations.model import Transactions
from midflight.migrations.sections import Markers, read_sections


def _find(listing: Listing) -> Iterator[Found]:
    return numbered_folders(listing)


def _transactions(options: str, _text: str) -> Transactions:
    return Transactions.NONE if "notransaction" in options.lower().split() else Transactions.PER_FILE


_MARKERS = Markers(
    up=re.compile(r"\s*--\s*\+migrate\s+Up\b(?P<options>.*)", re.IGNORECASE),
    down=re.compile(r"\s*--\s*\+migrate\s+Down\b(?P<options>.*)", re.IGNORECASE),
    transactions=_transactions,
)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    return read_sections(found, texts, _MARKERS, in_number_order)


FORMAT = Format(
    name="sql-migrate",
    title="sql-migrate",
    rank=50,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.APPLIES, Reaction.UNKNOWN, Reaction.IGNORES, Reaction.FAILS),
    key=by_name,
)
