"""Flyway: `V1.2__name.sql`, `U1.2__name.sql` to undo it, `R__name.sql` whenever it changes.

Versions are compared number by number; folders are searched with everything below them. Each script runs in its own
transaction, unless it holds a statement that PostgreSQL refuses there or its `.sql.conf` says
`executeInTransaction= false` (Redgate documentation, "Migrations", "Script configuration files"). `migrate`
validates first: an edited checksum, a missing script or a new one below the applied versions (`outOfOrder` is off)
makes it fail. Refinery's names are the same.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, in_number_order
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import ancestors, join, name_of, natural

_FILE = re.compile(r"(?P<kind>[VUR])(?P<version>[0-9]+(?:[._][0-9]+)*)?__(?P<name>.*)\.sql", re.DOTALL)
_ROOTS = frozenset({"migration", "migrations", "flyway"})
_ALONE = re.compile(
    r"\b(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b|^[ \t]*+(?:VACUUM|DISCARD\s+ALL|ALTER\s+SYSTEM)\b"
    r"|\b(?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE|SUBSCRIPTION)\b|\bREINDEX\s+(?:SCHEMA|DATABASE|SYSTEM)\b",
    re.IGNORECASE | re.MULTILINE,
)


def _find(listing: Listing) -> Iterator[Found]:
    roots: defaultdict[str, list[str]] = defaultdict(list)
    for folder, names in listing.sql.items():
        if sum(1 for name in names if _FILE.fullmatch(name)) * 2 >= len(names):
            roots[_root(folder)].append(folder)
    for root, folders in sorted(roots.items()):
        if _is_one(listing, folders):
            yield _found(listing, root, folders)
        else:
            yield from (_found(listing, folder, [folder]) for folder in folders)


def _root(folder: str) -> str:
    above = [each for each in ancestors(folder) if name_of(each) in _ROOTS]
    return above[-1] if above else folder


def _is_one(listing: Listing, folders: list[str]) -> bool:
    """Folders below one root are one history unless they hold the same version (one folder a database)."""
    matches = (_FILE.fullmatch(name) for folder in folders for name in listing.sql[folder])
    versions = Counter((m["kind"], natural(m["version"])) for m in matches if m and m["version"])
    return len(folders) == 1 or max(versions.values(), default=0) <= 1


def _found(listing: Listing, root: str, folders: list[str]) -> Found:
    files = tuple(join(folder, name) for folder in folders for name in listing.sql[folder])
    conf = {f"{path}.conf" for path in files}
    marked = (join(folder, name) for folder in folders for name in listing.markers.get(folder, ()))
    return Found(root, files, tuple(sorted(path for path in marked if path in conf)))


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    migrations: list[Migration] = []
    skipped: list[NotAnalysed] = []
    undo = {natural(m["version"]): path for path, m in _matches(found.files) if m["kind"] == "U" and m["version"]}
    for path, match in _matches(found.files):
        if match["kind"] == "U" or path not in texts:
            continue
        if (match["kind"] == "R") == bool(match["version"]):
            skipped.append(NotAnalysed(path, 1, "Flyway wants a version after V and none after R"))
            continue
        version = (match["version"] or "").replace("_", ".")
        down = undo.get(natural(version), "") if version else ""
        migrations.append(
            Migration(
                version,
                match["name"],
                path,
                _script(path, texts),
                _script(down, texts) if down in texts else None,
                repeatable=match["kind"] == "R",
            )
        )
    if not migrations:
        return None
    others = {path for path, _ in _matches(found.files)}
    reason = "Flyway does not recognise this name as a migration"
    skipped += [NotAnalysed(path, 1, reason) for path in found.files if path not in others]
    return Reading(tuple(sorted(migrations, key=in_number_order)), skipped=tuple(skipped))


def _matches(paths: tuple[str, ...]) -> Iterator[tuple[str, re.Match[str]]]:
    for path in paths:
        if match := _FILE.fullmatch(name_of(path)):
            yield path, match


def _script(path: str, texts: Mapping[str, str]) -> Script:
    conf = "".join(texts.get(f"{path}.conf", "").split()).lower()
    alone = "executeintransaction=false" in conf or _ALONE.search(texts[path])
    return Script(path, texts[path], Transactions.NONE if alone else Transactions.PER_FILE)


def _key(migration: Migration) -> str:
    if migration.repeatable:
        return f"R {migration.name}"
    return ".".join(digits or "0" for _, digits in natural(migration.version))


FORMAT = Format(
    name="flyway",
    title="Flyway",
    rank=10,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    markers=frozenset({"*.sql.conf"}),
    conduct=Conduct(Reaction.FAILS, Reaction.FAILS, Reaction.FAILS, Reaction.FAILS),
    key=_key,
)
