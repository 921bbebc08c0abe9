"""Numbered or dated SQL files of no known tool: `001_x.sql`, `1-x.sql`, `2024-01-31-x.sql`.

Nothing is known of what applies them. Assumed: each file in one transaction, in order of number, the file name
recorded. `001_x.down.sql`, `001_x_rollback.sql` and the like undo the file of the same number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from midflight.migrations.format import Format, Found, Listing, Reading, by_name, by_number, in_number_order
from midflight.migrations.layout import NUMBERED, numbered_folders, unrecognised
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import name_of

_DOWN = re.compile(r"(?:.*[-_. ])?(?:down|rollback|revert|undo)", re.DOTALL | re.IGNORECASE)


def _find(listing: Listing) -> Iterator[Found]:
    return numbered_folders(listing)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    every = [_migration(path, match, texts) for path, match in _matches(found, texts)]
    forward = {each.version for each in every if not _DOWN.fullmatch(each.name)}
    downs = {each.version: each.up for each in every if _DOWN.fullmatch(each.name) and each.version in forward}
    migrations = (
        replace(each, down=downs.get(each.version)) if each.version in downs else each
        for each in every
        if each.up not in downs.values()
    )
    skipped = unrecognised(found.files, NUMBERED, "its name does not begin with a number or a date")
    return Reading(tuple(sorted(migrations, key=in_number_order)), skipped=skipped)


def _matches(found: Found, texts: Mapping[str, str]) -> Iterator[tuple[str, re.Match[str]]]:
    for path in found.files:
        if path in texts and (match := NUMBERED.fullmatch(name_of(path))):
            yield path, match


def _migration(path: str, match: re.Match[str], texts: Mapping[str, str]) -> Migration:
    return Migration(match["version"], match["name"] or "", path, Script(path, texts[path], Transactions.PER_FILE))


FORMAT = Format(
    name="plain",
    title="Plain SQL files",
    rank=90,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    key=by_name,
    unique=by_number,
)
