"""The ways in which tools lay out migrations in folders: flat files, files in pairs, one folder a migration."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Found, Listing
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import ancestors, folder_of, join, name_of

_MEANT = frozenset("db database sql schema ddl patches upgrades updates versions changelog deltas postgres".split())
_NOT_MEANT = frozenset("seed seeds schemas test tests functions views snippets queries dumps backups".split())
NUMBERED = re.compile(
    r"[vV]?(?P<version>[0-9]{4}[-_][0-9]{2}[-_][0-9]{2}(?:[-_T][0-9]{2,6}Z?)?|[0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_. ]+(?P<name>.*))?\.sql",
    re.DOTALL | re.IGNORECASE,
)
"""`001_x.sql`, `1-x.sql`, `20240131120000_x.sql`, `2024-01-31-x.sql`, `1.2.0 x.sql`, `001.sql`."""


def named_for_migrations(folder: str) -> bool:
    """Whether the folder's own name, or that of one of the two above it, says "migration"."""
    return any("migrat" in part.lower() for part in folder.split("/")[-3:])


def numbered_folders(listing: Listing) -> Iterator[Found]:
    """Folders of numbered or dated SQL files.

    A folder named for migrations needs one such file; one named for a database or for SQL needs two, at least
    half of its files; any other is not taken.
    """
    for folder, names in listing.sql.items():
        count = sum(1 for name in names if NUMBERED.fullmatch(name))
        if count >= _needed(listing, folder, len(names)):
            yield files_of(listing, folder)


def _needed(listing: Listing, folder: str, files: int) -> float:
    own = name_of(folder).lower()
    if listing.configured:
        return 1
    if own in _NOT_MEANT or _beside_supabase(listing, folder):
        return float("inf")
    if named_for_migrations(folder):
        return 1
    return max(2, files / 2) if own in _MEANT else float("inf")


def _beside_supabase(listing: Listing, folder: str) -> bool:
    """Whether a Supabase project holds the folder: of its SQL only `migrations` is applied."""
    projects = (each for each in ancestors(folder) if name_of(each) == "supabase")
    return any(join(project, "migrations") in listing.sql for project in projects)


def flat_folders(listing: Listing, pattern: re.Pattern[str]) -> Iterator[Found]:
    """Folders in which at least half of the SQL files have such a name."""
    for folder, names in listing.sql.items():
        count = sum(1 for name in names if pattern.fullmatch(name))
        if count and count * 2 >= len(names):
            yield files_of(listing, folder)


def files_of(listing: Listing, folder: str, *, markers: Sequence[str] = (), certain: bool = False) -> Found:
    """All SQL files of one folder."""
    return Found(folder, tuple(join(folder, name) for name in listing.sql.get(folder, ())), tuple(markers), certain)


def nested_folders(listing: Listing, file: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Folders whose sub-folders each hold `file`, with those sub-folders in order of name."""
    parents: defaultdict[str, list[str]] = defaultdict(list)
    for folder, names in listing.sql.items():
        if folder and file in names:
            parents[folder_of(folder)].append(folder)
    for parent, folders in sorted(parents.items()):
        yield parent, tuple(sorted(folders))


def nested_files(listing: Listing, parent: str, folders: Sequence[str], markers: frozenset[str]) -> Found:
    """The SQL files of these sub-folders, and the markers beside them and above."""
    names = {folder: listing.markers.get(folder, frozenset()) & markers for folder in (parent, *folders)}
    return Found(
        parent,
        tuple(join(folder, name) for folder in folders for name in listing.sql[folder]),
        tuple(join(folder, name) for folder, marked in names.items() for name in sorted(marked)),
    )


def in_pairs(
    paths: Sequence[str],
    texts: Mapping[str, str],
    *,
    pattern: re.Pattern[str],
    transactions: Callable[[str, str], Transactions],
) -> Iterator[Migration]:
    """Migrations of up and down files; `pattern` has the groups `version`, `name` and `direction`.

    A file whose direction is not `down` is the up script; `transactions` gets its path and text.
    """
    ups: dict[str, re.Match[str]] = {}
    downs: dict[tuple[str, str], Script] = {}
    for path in paths:
        if path in texts and (match := pattern.fullmatch(name_of(path))):
            if match["direction"] == "down":
                downs[_identity(match)] = Script(path, texts[path], transactions(path, texts[path]))
            else:
                ups[path] = match
    for path, match in ups.items():
        version, name = _identity(match)
        up = Script(path, texts[path], transactions(path, texts[path]))
        yield Migration(version, name, path, up, downs.get((version, name)))


def _identity(match: re.Match[str]) -> tuple[str, str]:
    return match["version"] or "", match["name"] or ""


def unrecognised(paths: Sequence[str], pattern: re.Pattern[str], reason: str) -> tuple[NotAnalysed, ...]:
    """What the tool does not apply, because of its file name."""
    return tuple(NotAnalysed(path, 1, reason) for path in paths if not pattern.fullmatch(name_of(path)))
