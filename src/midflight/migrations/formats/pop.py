"""pop and soda: `VERSION_name.DIALECT.up.sql`, one file a dialect where the dialects differ.

A migration runs in a transaction of its own, but for the files that say `autocommit`. Every version that is not
recorded is applied, whatever came after it (pop documentation, "Migrations").
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, in_number_order
from midflight.migrations.layout import flat_folders, in_pairs, unrecognised
from midflight.migrations.model import Transactions
from midflight.migrations.names import name_of

_DIALECTS = ("postgres", "cockroach", "mysql", "mariadb", "sqlite3", "sqlite")
"""The server whose files are read: the first of these for which there are some."""
_FILE = re.compile(
    rf"(?P<version>[0-9]+)_(?P<name>.*?)(?:\.(?P<dialect>{'|'.join(_DIALECTS)}))?(?:\.autocommit)?"
    r"\.(?P<direction>up|down)\.sql",
    re.DOTALL,
)


def _find(listing: Listing) -> Iterator[Found]:
    for found in flat_folders(listing, _FILE):
        if listing.named or any(match["dialect"] for match in _named(found.files).values()):
            yield found


def _named(paths: Sequence[str]) -> dict[str, re.Match[str]]:
    return {path: match for path in paths if (match := _FILE.fullmatch(name_of(path)))}


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    named = _named(found.files)
    dialects = {match["dialect"] for match in named.values()}
    wanted = next((dialect for dialect in _DIALECTS if dialect in dialects), None)
    migrations = in_pairs(tuple(_meant(named, wanted)), texts, pattern=_FILE, transactions=_transactions)
    skipped = unrecognised(found.files, _FILE, "its name does not end in .up.sql or .down.sql")
    return Reading(tuple(sorted(migrations, key=in_number_order)), skipped=skipped, dialect=_read_as(wanted))


def _meant(named: Mapping[str, re.Match[str]], wanted: str | None) -> Iterator[str]:
    """Yield the files that the tool runs on this server: its own, or those for all where it has none."""
    own = {_identity(match) for match in named.values() if match["dialect"] == wanted}
    for path, match in named.items():
        if match["dialect"] == wanted or (match["dialect"] is None and _identity(match) not in own):
            yield path


def _identity(match: re.Match[str]) -> tuple[str, str, str]:
    return match["version"], match["name"], match["direction"]


def _read_as(wanted: str | None) -> str:
    return "postgres" if wanted == "postgres" else ""


def _transactions(path: str, _text: str) -> Transactions:
    return Transactions.NONE if ".autocommit." in name_of(path) else Transactions.PER_FILE


FORMAT = Format(
    name="pop",
    title="pop",
    rank=70,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.APPLIES, Reaction.UNKNOWN, Reaction.IGNORES, Reaction.IGNORES),
)
