"""Tables that code makes by itself, or that another database has: statements outside of every history."""

import re
from collections.abc import Mapping
from dataclasses import replace

from midflight.changes.model import Blobs, EntryKind, Tree
from midflight.references.model import Place
from midflight.references.paths import SearchOptions, is_code

LARGEST = 1_000_000  # bytes of one file
_MAKES = re.compile(
    r"\b(?:create\s+(?:(?:global|local)\s+)?(?:temp(?:orary)?\s+|unlogged\s+|foreign\s+)?table\s+(?:if\s+not\s+exists\s+)?"
    r"|rename\s+to\s+)[\"`']?(?:\w+[\"`']?\.[\"`']?)?(\w+)",
    re.IGNORECASE,
)


def find_makers(
    tree: Tree, blobs: Blobs, names: frozenset[str], *, known: frozenset[str], options: SearchOptions
) -> Mapping[str, Place]:
    """Give the first line outside of the migrations, tests among them, that makes each of these tables, if any does.

    A file that makes a `known` table too describes the database of the migrations and says nothing of another one.
    """
    anywhere = replace(options, tests=True, ignore=(), roots=())
    paths: dict[str, str] = {}
    for path, entry in sorted(tree.entries.items(), reverse=True):
        if entry.kind is EntryKind.FILE and entry.size <= LARGEST and is_code(path, anywhere):
            paths[entry.blob] = path
    wanted = [name.encode() for name in names]
    made: dict[str, Place] = {}
    for blob, source in blobs.read(tuple(paths)) if names else ():
        found = _made(source.decode("utf-8", "replace")) if any(name in source for name in wanted) else {}
        for name in found.keys() & names if known.isdisjoint(found) else ():
            place = Place(paths[blob], found[name])
            made[name] = min(made.get(name, place), place, key=lambda at: (at.path, at.line))
    return made


def _made(text: str) -> dict[str, int]:
    """The tables that a text makes, with the first line of each."""
    lines: dict[str, int] = {}
    for found in _MAKES.finditer(text):
        lines.setdefault(found[1], text.count("\n", 0, found.start()) + 1)
    return lines
