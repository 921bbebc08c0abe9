"""Supabase CLI: `supabase/migrations/<timestamp>_name.sql`.

The CLI applies files that match `<digits>_name.sql` directly in the folder, in order of name, each in one
transaction with the row that records it, and passes others over (Supabase documentation, "Database migrations";
supabase/cli issues 5127 and 6036 show the recorded version as primary key, sorted as text). `db push` refuses when
a local migration sorts before the last remote one (`--include-all` applies it) or when a recorded one is missing.
`seed.sql`, `seeds`, `tests` and the declarative `schemas` are not migrations.
"""

import re
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, in_text_order
from midflight.migrations.layout import files_of, in_pairs, unrecognised
from midflight.migrations.model import Transactions
from midflight.migrations.names import folder_of, join, name_of

_FILE = re.compile(r"(?P<version>[0-9]+)_(?P<name>.*)\.sql(?P<direction>)", re.DOTALL)
_CONFIG = re.compile(r"^[ \t]*+(?:project_id\s*=|\[(?:auth|storage|edge_runtime|studio|db\.pooler)\b)", re.MULTILINE)


def _find(listing: Listing) -> Iterator[Found]:
    for folder in listing.sql:
        project = folder_of(folder)
        certain = listing.named or name_of(project) == "supabase"
        markers = [join(project, "config.toml")] if "config.toml" in listing.markers.get(project, ()) else []
        if listing.named or (name_of(folder) == "migrations" and (certain or markers)):
            yield files_of(listing, folder, markers=markers, certain=certain)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    config = texts.get(found.markers[0], "") if found.markers else ""
    if not found.certain and not _CONFIG.search(config):
        return None
    migrations = in_pairs(found.files, texts, pattern=_FILE, transactions=lambda _path, _text: Transactions.PER_FILE)
    skipped = unrecognised(found.files, _FILE, "Supabase applies only files named <timestamp>_name.sql")
    return Reading(tuple(sorted(migrations, key=in_text_order)), skipped=skipped, dialect="postgres")


FORMAT = Format(
    name="supabase",
    title="Supabase",
    rank=10,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    markers=frozenset({"config.toml"}),
    conduct=Conduct(Reaction.FAILS, Reaction.FAILS, Reaction.IGNORES, Reaction.FAILS),
    sequence=in_text_order,
)
