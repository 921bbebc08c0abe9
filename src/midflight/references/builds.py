"""Which files with references run where, and which surfaces with long-lived builds reach the database at all."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ahocorasick_rs import BytesAhoCorasick

from midflight.changes.compare import unlike
from midflight.changes.entries import holding
from midflight.changes.model import Blobs, Entry, EntryKind, Tree
from midflight.references.model import CodeReferences
from midflight.references.paths import SearchOptions, is_code
from midflight.references.surfaces import SERVER, Projects, RunsOn, Surface, Surfaces, has_directives, projects_of

# one of these is in whatever the pattern fits, and most files hold none
_CLIENTS = BytesAhoCorasick(b"supabase postgres pgx psycopg sqlx diesel sqlalchemy prisma npgsql".split())
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
        entries, projects = tree.entries, projects_of(tree.entries)
        for path in _may_last(unlike(known, entries), projects, surfaces):
            entry = entries[path]
            if entry.kind is EntryKind.FILE and known.get(path) != entry and is_code(path, options):
                runs = surfaces.runs_on(path, projects)
                if runs.days > 1:
                    found.setdefault(runs, []).append(entry)
        known = entries
    reaching = (runs for runs, entries in found.items() if _reaches_a_database(entries, blobs))
    return tuple(sorted(reaching, key=lambda runs: (-runs.days, runs.surface)))


_USUAL = frozenset({Surface.MOBILE, Surface.COMMAND_LINE})
_LASTING = tuple("mobile ios android expo flutter react-native native. .swift .dart cli/ ctl/".split())


def _may_last(paths: Iterable[str], projects: Projects, surfaces: Surfaces) -> Iterable[str]:
    """Give the paths that are worth a closer look: every path of the tree is asked, so this must be cheap."""
    lasting = frozenset(surface for surface, days in surfaces.lifetimes.items() if days > 1)
    if surfaces.configured or not lasting <= _USUAL:
        return paths
    every = paths if isinstance(paths, Mapping) else tuple(paths)
    found = dict.fromkeys(holding(every, _LASTING))
    if lasting.isdisjoint((*projects.scripts.values(), Surface.MOBILE if projects.android else None)):
        return found
    return found | dict.fromkeys(path for path in every if projects.of(path) in lasting)


def _reaches_a_database(entries: Iterable[Entry], blobs: Blobs) -> bool:
    contents = blobs.read(sorted({entry.blob for entry in entries}))
    return any(_CLIENTS.find_matches_as_indexes(text.lower()) and _REACHES.search(text) for _, text in contents)
