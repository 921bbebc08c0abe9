"""What code holds beside references: uses of edge functions and buckets, and generated types of the schema."""

import re
from collections.abc import Iterator

from midflight.changes.entries import holding
from midflight.changes.model import Blobs, Entry, EntryKind, Tree
from midflight.references.extractors.javascript.schema_types import read_types
from midflight.references.languages import extract
from midflight.references.model import ServiceUse, TypedSchema
from midflight.references.paths import SearchOptions, is_code
from midflight.references.services import MARK

LARGEST = 1_000_000  # bytes of one file
_TYPES = re.compile(r"(?:\A|/)[^/]*(?:database|supabase|types[-_.]db|db[-_.]types|schema)[^/]*\.ts\Z", re.IGNORECASE)
_LIKELY = tuple("database supabase schema types-db types_db types.db db-types db_types db.types".split())
_GENERATED = re.compile(rb"\bexport (?:type|interface) Database\b")
_NAMED = re.compile(rb"[A-Za-z0-9_.-]+")


def find_services(
    base: Tree, head: Tree, blobs: Blobs, *, names: frozenset[str], options: SearchOptions
) -> tuple[tuple[ServiceUse, ...], tuple[ServiceUse, ...]]:
    """Give the uses of edge functions and buckets of these names, in the code of base and of head."""
    if not names:
        return (), ()
    sides = [[e for e in _files(tree) if is_code(e.path, options)] for tree in (base, head)]
    paths: dict[str, set[str]] = {}
    for entry in (entry for entries in sides for entry in entries):
        paths.setdefault(entry.blob, set()).add(entry.path)
    wanted = frozenset(name.encode() for name in names)
    found: dict[tuple[str, str], tuple[ServiceUse, ...]] = {}
    for blob, source in blobs.read(paths):
        if MARK.search(source) and not wanted.isdisjoint(_words(source, wanted)):
            for path in paths.get(blob, ()):
                found[(blob, path)] = tuple(use for use in _uses(path, source) if use.name in names)
    old, new = (tuple(use for e in entries for use in found.get((e.blob, e.path), ())) for entries in sides)
    return old, new


def _files(tree: Tree) -> list[Entry]:
    entries = (e for e in tree.entries.values() if e.kind is EntryKind.FILE and e.size <= LARGEST)
    return sorted(entries, key=lambda entry: entry.path)


def _words(source: bytes, wanted: frozenset[bytes]) -> Iterator[bytes]:
    """Yield what a file holds of some names; one with a space in it cannot be told from its parts."""
    yield from (found[0] for found in _NAMED.finditer(source) if found[0] in wanted)
    yield from (name for name in wanted if not _NAMED.fullmatch(name) and name in source)


def _uses(path: str, source: bytes) -> tuple[ServiceUse, ...]:
    try:
        return extract(path, source).services
    except RecursionError:
        return ()


def find_types(tree: Tree, blobs: Blobs) -> tuple[TypedSchema, ...]:
    """Give the generated types that are kept with the code of one revision."""
    paths: dict[str, set[str]] = {}
    likely = holding(tree.entries, _LIKELY, folded=True)
    named = sorted(path for path in likely if path[-3:].lower() == ".ts" and _TYPES.search(path))
    for entry in (tree.entries[path] for path in named if "node_modules/" not in path):
        if entry.kind is EntryKind.FILE and entry.size <= LARGEST:
            paths.setdefault(entry.blob, set()).add(entry.path)
    read = blobs.read(paths) if paths else ()
    found = [(path, source) for blob, source in read if _GENERATED.search(source) for path in paths.get(blob, ())]
    return tuple(schema for path, source in sorted(found) for schema in read_types(path, source))
