"""Pick from a tree the files that formats look at."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from midflight.changes.entries import holding
from midflight.changes.holding import BEGIN
from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Found, Listing
from midflight.migrations.formats import FORMATS
from midflight.migrations.names import folder_of, join, name_of, within

IGNORED = frozenset(
    "node_modules vendor third_party site-packages .venv testdata fixtures __fixtures__ __tests__ __snapshots__".split()
)
"""Folders whose migrations are other people's or exist for tests; configuration can still name one in them."""

_NAMES = frozenset(marker for each in FORMATS for marker in each.markers if not marker.startswith("*"))
_ENDINGS = tuple(marker[1:] for each in FORMATS for marker in each.markers if marker.startswith("*"))
_CODE = re.compile(
    r"(?:[VR]?[0-9][0-9_.]*_|[0-9]+[-_.]).*\.(?:go|[cm]?[jt]s|py|rb|java|kt|php)", re.DOTALL | re.IGNORECASE
)
_SCRIPTS = tuple(sorted(ending for each in FORMATS for ending in each.scripts))
_FIRST = frozenset("VR0123456789")
_PARTS = (
    *(".sql", ".SQL", *sorted(_NAMES), *_ENDINGS, *_SCRIPTS),
    *(f"{before}{first}" for before in (BEGIN, "/") for first in sorted(_FIRST)),
)
"""One of these is in whatever path is listed: a large tree is searched for them at once."""
_BESIDE = re.compile(r"\.d\.[cm]?ts$|[._](?:test|spec)\.")


def list_files(paths: Iterable[str]) -> Listing:
    """The SQL and marker files of a tree, and migrations in code that lie among SQL."""
    sql: defaultdict[str, list[str]] = defaultdict(list)
    markers: defaultdict[str, list[str]] = defaultdict(list)
    code: defaultdict[str, list[str]] = defaultdict(list)
    scripts: defaultdict[str, list[str]] = defaultdict(list)
    for path in holding(paths, _PARTS):
        name = name_of(path)
        if path.endswith((".sql", ".SQL")):
            sql[folder_of(path)].append(name)
        elif name in _NAMES or name.endswith(_ENDINGS):
            markers[folder_of(path)].append(name)
        elif name[:1] in _FIRST and _CODE.fullmatch(name) and not _BESIDE.search(name):
            code[folder_of(path)].append(name)
        if _SCRIPTS and name.endswith(_SCRIPTS):
            scripts[folder_of(path)].append(name)
    return Listing(
        {folder: tuple(sorted(names)) for folder, names in sorted(sql.items())},
        {folder: frozenset(names) for folder, names in sorted(markers.items())},
        {folder: tuple(sorted(names)) for folder, names in sorted(code.items()) if folder in sql},
        scripts={folder: tuple(sorted(names)) for folder, names in sorted(scripts.items())},
    )


def without_ignored(listing: Listing) -> Listing:
    """The listing without folders in `IGNORED`."""
    return replace(
        listing,
        sql={folder: names for folder, names in listing.sql.items() if IGNORED.isdisjoint(folder.split("/"))},
        markers={folder: names for folder, names in listing.markers.items() if IGNORED.isdisjoint(folder.split("/"))},
        scripts={folder: names for folder, names in listing.scripts.items() if IGNORED.isdisjoint(folder.split("/"))},
    )


def below(listing: Listing, folder: str, *, named: bool) -> Listing:
    """The listing of a configured folder; markers outside it stay, because some tools keep theirs above."""
    sql = {each: names for each, names in listing.sql.items() if within(each, folder)}
    scripts = {each: names for each, names in listing.scripts.items() if within(each, folder)}
    return replace(listing, sql=sql, scripts=scripts, configured=True, named=named)


def written_in_code(listing: Listing, found: Found) -> tuple[NotAnalysed, ...]:
    """The files among SQL migrations that look like migrations in a programming language."""
    folders = sorted({folder_of(path) for path in found.files})
    return tuple(
        NotAnalysed(join(folder, name), 1, f"a migration written in code (.{name.rpartition('.')[2]})")
        for folder in folders
        for name in listing.code.get(folder, ())
        if join(folder, name) not in found.files
    )
