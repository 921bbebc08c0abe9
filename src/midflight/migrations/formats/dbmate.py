"""dbmate: `-- migrate:up` and `-- migrate:down` in one file, `transaction:false` behind either.

A section runs in a transaction; with `transaction:false` it is sent as one string (flexprice pull request 2702),
which PostgreSQL still runs in an implicit transaction when it has several statements. Every unrecorded version is
applied, wherever it sorts, unless `--strict` (amacneil/dbmate issue 159).
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, in_text_order
from midflight.migrations.layout import numbered_folders
from midflight.migrations.model import Transactions
from midflight.migrations.sections import Markers, read_sections


def _find(listing: Listing) -> Iterator[Found]:
    return numbered_folders(listing)


def _transactions(options: str, _text: str) -> Transactions:
    return Transactions.IMPLICIT if "transaction:false" in options.split() else Transactions.PER_FILE


_MARKERS = Markers(
    up=re.compile(r"--\s*migrate:up(?P<options>\s.*|)\Z", re.DOTALL),
    down=re.compile(r"--\s*migrate:down(?P<options>\s.*|)\Z", re.DOTALL),
    transactions=_transactions,
)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    return read_sections(found, texts, _MARKERS, in_text_order)


FORMAT = Format(
    name="dbmate",
    title="dbmate",
    rank=50,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.APPLIES, Reaction.FAILS, Reaction.IGNORES, Reaction.IGNORES),
    sequence=in_text_order,
)
