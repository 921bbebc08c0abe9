"""Find the migration histories of a tree, and read them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from midflight.changes.model import Blobs, EntryKind, NotAnalysed, Tree
from midflight.changes.text import MAX_BYTES, decode, too_large
from midflight.errors import SettingsError
from midflight.migrations.databases import name_databases
from midflight.migrations.dialect import guess_dialect
from midflight.migrations.format import Format, Found, Listing, Reading
from midflight.migrations.formats import BY_NAME, FORMATS
from midflight.migrations.listing import below, list_files, without_ignored, written_in_code
from midflight.migrations.model import DatabaseOptions, History
from midflight.migrations.names import folder_of

__all__ = ["MAX_TOTAL", "DatabaseOptions", "find_histories", "folders_of"]

MAX_TOTAL = 200_000_000
"""Bytes of SQL read in one tree; what lies beyond is reported as not analysed."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    format: Format
    found: Found
    options: DatabaseOptions | None = None


@dataclass(frozen=True, slots=True)
class _Texts:
    """Contents by path, and the paths that have none, with the reason."""

    read: Mapping[str, str]
    unread: Mapping[str, NotAnalysed]


def find_histories(tree: Tree, blobs: Blobs, options: tuple[DatabaseOptions, ...] = ()) -> tuple[History, ...]:
    """Give the histories of a tree, by folder; contents are read in one call.

    Without options they are detected from paths and small marker files, outside `IGNORED` folders. With options
    there is exactly one for each, empty when its folder has no migrations.
    """
    listing = list_files(tree.entries)
    if options:
        candidates = tuple(each for option in options for each in _configured(listing, option))
    else:
        listing = without_ignored(listing)
        candidates = tuple(_candidates(listing))
    texts = _read_texts(tree, blobs, candidates)
    if options:
        return tuple(_configured_history(option, candidates, listing, texts) for option in options)
    histories = _detect(candidates, listing, texts)
    return name_databases(tuple(sorted(histories, key=lambda history: history.folder)))


def _candidates(listing: Listing) -> Iterator[_Candidate]:
    for each in FORMATS:
        for found in each.find(listing):
            yield _Candidate(each, found)


def _configured(listing: Listing, option: DatabaseOptions) -> Iterator[_Candidate]:
    """Candidates in a configured folder, the best first: by format, then the nearest to the folder."""
    if option.format and option.format not in BY_NAME:
        names = ", ".join(sorted(BY_NAME))
        raise SettingsError((f"databases.{option.name}.format: {option.format!r} is not one of {names}",))
    inside = below(listing, _clean(option.folder), named=bool(option.format))
    for each in [BY_NAME[option.format]] if option.format else FORMATS:
        for found in sorted(each.find(inside), key=lambda found: (found.folder.count("/"), found.folder)):
            yield _Candidate(each, found, option)


def _clean(folder: str) -> str:
    return "/".join(part for part in folder.split("/") if part not in {"", "."})


def _read_texts(tree: Tree, blobs: Blobs, candidates: Iterable[_Candidate]) -> _Texts:
    paths = sorted({path for each in candidates for path in (*each.found.files, *each.found.markers)})
    unread = {path: reason for path in paths if (reason := _unreadable(tree, path))}
    room = MAX_TOTAL
    wanted: dict[str, str] = {}
    for path in paths:
        if path not in unread:
            room -= tree.entries[path].size
            if room < 0:
                unread[path] = NotAnalysed(path, 1, f"the migrations of this tree exceed {MAX_TOTAL:,} bytes")
            else:
                wanted[path] = tree.entries[path].blob
    read, failed = _decoded(wanted, blobs)
    return _Texts(read, unread | failed)


def _decoded(wanted: Mapping[str, str], blobs: Blobs) -> tuple[dict[str, str], dict[str, NotAnalysed]]:
    contents = dict(blobs.read(frozenset(wanted.values()))) if wanted else {}
    read: dict[str, str] = {}
    failed: dict[str, NotAnalysed] = {}
    for path, blob in wanted.items():
        text = decode(path, contents[blob]) if blob in contents else NotAnalysed(path, 1, "git has no such content")
        if isinstance(text, NotAnalysed):
            failed[path] = text
        else:
            read[path] = text
    return read, failed


def _unreadable(tree: Tree, path: str) -> NotAnalysed | None:
    entry = tree.entries[path]
    if entry.kind is not EntryKind.FILE:
        return NotAnalysed(path, 1, f"a {entry.kind.value} is not followed")
    return too_large(path, entry.size) if entry.size > MAX_BYTES else None


def _detect(candidates: Iterable[_Candidate], listing: Listing, texts: _Texts) -> Iterator[History]:
    """Let each file belong to the first format that recognises it."""
    taken: set[str] = set()
    for each in candidates:
        if taken.isdisjoint(each.found.files) and (history := _history(each, listing, texts)):
            taken.update(each.found.files)
            yield history


def _history(candidate: _Candidate, listing: Listing, texts: _Texts) -> History | None:
    found, option = candidate.found, candidate.options
    reading = candidate.format.read(found, texts.read)
    unread = tuple(texts.unread[path] for path in found.files if path in texts.unread)
    if reading is None or not (reading.migrations or reading.not_analysed or unread):
        return None
    return History(
        database=option.name if option else "",
        format=candidate.format.name,
        dialect=(option.dialect if option else "") or reading.dialect or _guess(found, reading),
        folder=found.folder,
        migrations=reading.migrations,
        not_analysed=reading.not_analysed + unread + written_in_code(listing, found),
        skipped=reading.skipped,
    )


def folders_of(history: History) -> frozenset[str]:
    """The folders that hold a history's migrations and no other code."""
    if not BY_NAME[history.format].scattered:
        return frozenset({history.folder} - {"", "."})
    return frozenset(folder_of(migration.path) for migration in history.migrations)


def _guess(found: Found, reading: Reading) -> str:
    return guess_dialect(found.folder, (migration.up.text for migration in reading.migrations))


def _configured_history(
    option: DatabaseOptions, candidates: Iterable[_Candidate], listing: Listing, texts: _Texts
) -> History:
    for candidate in candidates:
        if candidate.options == option and (history := _history(candidate, listing, texts)):
            return history
    folder = _clean(option.folder)
    nothing = NotAnalysed(folder, 1, f"no {option.format or 'SQL'} migrations in the configured folder")
    return History(option.name, option.format or "plain", option.dialect or "postgres", folder, not_analysed=(nothing,))
