"""tern: both directions in one file, apart at the line `---- create above / drop below ----`.

Each file runs in a transaction of its own, unless it says `---- tern: disable-tx ----`. Versions are numbers without
gaps, and only the current one is recorded (tern documentation, "Migrations").
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_number, in_number_order
from midflight.migrations.layout import numbered_folders
from midflight.migrations.model import Transactions
from midflight.migrations.sections import Markers, read_sections

_NO_TRANSACTION = re.compile(r"^[ \t]*+----[ \t]+tern:[ \t]+disable-tx[ \t]+----", re.MULTILINE)


def _find(listing: Listing) -> Iterator[Found]:
    return numbered_folders(listing)


def _transactions(_options: str, text: str) -> Transactions:
    return Transactions.NONE if _NO_TRANSACTION.search(text) else Transactions.PER_FILE


_MARKERS = Markers(
    up=re.compile(r"(?!)"),  # what stands above the line goes up
    down=re.compile(r"\s*----\s+create above / drop below\s+----"),
    transactions=_transactions,
    whole_without_up=True,
)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    return read_sections(found, texts, _MARKERS, in_number_order)


FORMAT = Format(
    name="tern",
    title="tern",
    rank=51,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.FAILS, Reaction.FAILS, Reaction.IGNORES, Reaction.FAILS),
    key=by_number,
)
