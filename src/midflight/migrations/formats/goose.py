"""goose: `-- +goose Up` and `-- +goose Down` in one file.

Each file runs in its own transaction, or statement by statement with `-- +goose NO TRANSACTION`. Versions are
numbers; a new one below the newest applied is an error since 3.3.0 unless `-allow-missing` (goose release notes
3.3.0; goose documentation, "Out-of-order migrations").
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_number, in_number_order
from midflight.migrations.layout import numbered_folders
from midflight.migrations.model import Transactions
from midflight.migrations.sections import Markers, read_sections

_NO_TRANSACTION = re.compile(r"^[ \t]*+--[ \t]*+\+goose[ \t]+NO[ \t]+TRANSACTION\b", re.IGNORECASE | re.MULTILINE)


def _find(listing: Listing) -> Iterator[Found]:
    return numbered_folders(listing)


def _transactions(_options: str, text: str) -> Transactions:
    return Transactions.NONE if _NO_TRANSACTION.search(text) else Transactions.PER_FILE


_MARKERS = Markers(
    up=re.compile(r"\s*--\s*\+goose\s+Up\b", re.IGNORECASE),
    down=re.compile(r"\s*--\s*\+goose\s+Down\b", re.IGNORECASE),
    transactions=_transactions,
)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    return read_sections(found, texts, _MARKERS, in_number_order)


FORMAT = Format(
    name="goose",
    title="goose",
    rank=50,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.FAILS, Reaction.FAILS, Reaction.IGNORES, Reaction.IGNORES),
    key=by_number,
)
