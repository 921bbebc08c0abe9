"""Drizzle: SQL files in the order of `meta/_journal.json`, all pending ones in one transaction.

The journal's `when` is all that is recorded and compared: an entry whose `when` is not above the newest recorded
one is passed over without a word (drizzle-team/drizzle-orm issue 5316, with the loop of `dialect.migrate`). So
`when` is the version here, the tag the name. `--> statement-breakpoint` is a comment to the grammar.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from midflight.changes.model import NotAnalysed
from midflight.migrations.dialect import NAMED
from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, by_number
from midflight.migrations.layout import files_of
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import folder_of, join, name_of

_JOURNAL = "_journal.json"


def _find(listing: Listing) -> Iterator[Found]:
    for folder, names in listing.markers.items():
        if name_of(folder) == "meta" and _JOURNAL in names and folder_of(folder) in listing.sql:
            yield files_of(listing, folder_of(folder), markers=[join(folder, _JOURNAL)])


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    if not found.markers:
        return None
    path = found.markers[0]
    journal = _parse(texts.get(path, ""))
    if journal is None:
        unread = NotAnalysed(path, 1, "the journal of Drizzle is not JSON with entries, so no order is known")
        return Reading((), (unread,))
    tags = {join(found.folder, f"{tag}.sql"): str(when) for when, tag in journal[1]}
    migrations = [
        Migration(when, name_of(file).removesuffix(".sql"), file, Script(file, texts[file], Transactions.PER_RUN))
        for file, when in tags.items()
        if file in texts
    ]
    missing = tuple(
        NotAnalysed(path, 1, f"the journal names {name_of(file)}, which does not exist")
        for file in tags
        if file not in found.files
    )
    reason = "meta/_journal.json does not name it, so Drizzle does not apply it"
    skipped = tuple(NotAnalysed(file, 1, reason) for file in found.files if file not in tags)
    return Reading(tuple(migrations), missing, skipped, journal[0])


def _parse(text: str) -> tuple[str, list[tuple[int, str]]] | None:
    """The dialect, and the entries as (when, tag)."""
    try:
        journal: Any = json.loads(text)
        dialect = str(journal.get("dialect", "")).lower()
        entries = [(int(entry["when"]), str(entry["tag"])) for entry in journal["entries"]]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    return NAMED.get(dialect, dialect), entries


FORMAT = Format(
    name="drizzle",
    title="Drizzle",
    rank=10,
    transactions=Transactions.PER_RUN,
    find=_find,
    read=_read,
    markers=frozenset({_JOURNAL}),
    conduct=Conduct(Reaction.IGNORES, Reaction.IGNORES, Reaction.IGNORES, Reaction.IGNORES),
    key=by_number,
)
