"""Which files with references run where, and which surfaces with long-lived builds reach the database at all."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from midflight.changes.model import Blobs, Entry, EntryKind, Tree
from midflight.references.model import CodeReferences
from midflight.references.paths import SearchOptions, is_code, matches
from midflight.references.surfaces import SERVER, Projects, RunsOn, Surface, Surfaces, has_directives, projects_of

AT_ONCE = 200
"""Files that are read before looking whether the answer is there."""

_REACHES = re.compile(
    rb"supabase|postgrest|\bpostgres(?:ql)?\b|\bpgx\b|\bpsycopg|\bsqlx\b|\bdiesel\b|\bsqlalchemy\b|\bprisma\b|\bnpgsql\b",
    re.IGNORECASE,
)


def run_where(code: CodeReferences, tree: Tree, blobs: Blobs, surfaces: Surfaces) -> Mapping[str, RunsOn]:
    """Return, by path, where the code runs that has a reference or a mention, for what does not run on the server."""
    paths = {reference.place.path for reference in code.references} | {found.place.path for found in code.mentions}
    if not paths:
        return {}
    projects = projects_of(tree.entries)
    by_blob: dict[str, set[str]] = {}
    for path in paths:
        entry = tree.entries.get(path)
        if entry and has_directives(path):
            by_blob.setdefault(entry.blob, set()).add(path)
    sources = {path: text for blob, text in blobs.read(by_blob) for path in by_blob[blob]} if by_blob else {}
    found = {path: surfaces.runs_on(path, projects, sources.get(path, b"")) for path in sorted(paths)}
    return {path: runs for path, runs in found.items() if runs != SERVER}


def long_lived(trees: Sequence[Tree], blobs: Blobs, surfaces: Surfaces, options: SearchOptions) -> tuple[RunsOn, ...]:
    """Return the surfaces whose builds live for longer than a day and whose code at base or head reaches a database.

    That code names a client of PostgreSQL is all that is asked: an application that talks to a server alone needs no
    column. A lifetime of a day is over before any clean-up.
    """
    found: dict[RunsOn, list[Entry]] = {}
    known: Mapping[str, Entry] = {}
    for tree in trees:
        fresh = {path: entry for path, entry in tree.entries.items() if known.get(path) != entry}
        for runs, entry in _entries(fresh, projects_of(tree.entries), surfaces, options):
            found.setdefault(runs, []).append(entry)
        known = tree.entries
    reaching = (runs for runs, entries in found.items() if _reaches_a_database(entries, blobs))
    return tuple(sorted(reaching, key=lambda runs: (-runs.days, runs.surface)))


def _entries(
    entries: Mapping[str, Entry], projects: Projects, surfaces: Surfaces, options: SearchOptions
) -> Iterator[tuple[RunsOn, Entry]]:
    lasting = frozenset(surface for surface, days in surfaces.lifetimes.items() if days > 1)
    for path, entry in entries.items():
        if entry.kind is EntryKind.FILE and _may_last(path, projects, surfaces, lasting) and is_code(path, options):
            runs = surfaces.runs_on(path, projects)
            if runs.days > 1:
                yield runs, entry


_USUAL = frozenset({Surface.MOBILE, Surface.COMMAND_LINE})
_LASTING = re.compile(r"mobile|ios|android|expo|flutter|react-native|native\.|\.swift|\.dart|cli/|ctl/")


def _may_last(path: str, projects: Projects, surfaces: Surfaces, lasting: frozenset[Surface]) -> bool:
    """Whether a file is worth a closer look: every path of the tree is asked, so this must be cheap."""
    if not lasting <= _USUAL or any(matches(path, entry.path) for entry in surfaces.configured):
        return True
    return bool(_LASTING.search(path)) or projects.of(path) in lasting


def _reaches_a_database(entries: Iterable[Entry], blobs: Blobs) -> bool:
    waiting = iter(sorted({entry.blob for entry in entries}))
    while some := list(islice(waiting, AT_ONCE)):
        if any(_REACHES.search(source) for _, source in blobs.read(some)):
            return True
    return False
