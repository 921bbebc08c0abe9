"""Files on disk as a tree, without git."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from midflight.changes.model import Entry, EntryKind, Tree
from midflight.errors import SourceError

MOST_FILES = 200_000  # of one folder given as a whole
_SKIPPED = frozenset({".git", "node_modules", ".venv"})


@dataclass(frozen=True, slots=True)
class Disk:
    """Folders below one root; paths of the tree are relative to it, with forward slashes, and are the blobs' ids."""

    root: Path

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the content of each file that is there."""
        for path in blobs:
            try:
                yield path, (self.root / path).read_bytes()
            except OSError:
                continue

    def shown(self, path: str) -> str:
        """Return a path of the tree as a person in the current folder writes it."""
        return path if self.root == Path.cwd() else str(self.root / path)


@dataclass(frozen=True, slots=True)
class Given:
    """What a person named on the command line: the files below it, and the tree of what lies around them."""

    disk: Disk
    tree: Tree
    wanted: tuple[str, ...]


def files_and_surroundings(arguments: Sequence[str]) -> Given:
    """Return the named files (all SQL files of a named folder), and the tree of their folders.

    The tree has what decides a migration's place: the files beside it, those of the folders beside its folder that
    hold a file of the same name (`*/up.sql`), and the files of every folder above up to the current one.
    """
    paths = [Path(argument).absolute() for argument in arguments]
    missing = [argument for argument, path in zip(arguments, paths, strict=True) if not path.exists()]
    if missing:
        raise SourceError(f"There is no file {', '.join(missing)}.", then="Name SQL files or folders of migrations.")
    here = Path.cwd()
    root = here if all(path.is_relative_to(here) for path in paths) else _above(paths)
    files = [file for path in paths for file in (sorted(_below(path)) if path.is_dir() else [path])]
    found = {_relative(file, root): file for file in dict.fromkeys((*files, *_around(files, root)))}
    entries = {name: _entry(name, file) for name, file in found.items()}
    wanted = dict.fromkeys(_relative(f, root) for f in files if f.suffix in {".sql", ".SQL"} or f in paths)
    return Given(Disk(root), Tree("", entries), tuple(wanted))


def _above(paths: Sequence[Path]) -> Path:
    """The folder above all of them, far enough up for the layouts of the tools (`migrations/x/up.sql`)."""
    common = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in paths]))
    return next((folder for folder in (common, *common.parents) if (folder / ".git").exists()), common.parent)


def _below(folder: Path) -> Iterator[Path]:
    count = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        count += len(names)
        if count > MOST_FILES:
            raise SourceError(f"{folder} holds more than {MOST_FILES:,} files.", then="Name the folder of migrations.")
        yield from (Path(parent, name) for name in names)


def _around(files: Sequence[Path], root: Path) -> Iterator[Path]:
    names: defaultdict[Path, set[str]] = defaultdict(set)
    for file in files:
        names[file.parent].add(file.name)
    beside: defaultdict[Path, set[str]] = defaultdict(set)
    for folder, known in names.items():
        yield from _plain_files(folder)
        beside[folder.parent] |= known
    for parent, known in beside.items():
        yield from (file for each in _folders(parent) if each not in names for file in _plain_files(each, known))
    above = {parent for folder in beside for parent in (folder, *folder.parents) if parent.is_relative_to(root)}
    for folder in above - names.keys():
        yield from _plain_files(folder)


def _plain_files(folder: Path, names: Collection[str] = ()) -> Iterator[Path]:
    """The files of a folder; none where names are given and it has none of them."""
    found = [Path(entry.path) for entry in os.scandir(folder) if not entry.is_dir(follow_symlinks=False)]
    return iter(found if not names or any(file.name in names for file in found) else ())


def _folders(folder: Path) -> Iterator[Path]:
    return (Path(e.path) for e in os.scandir(folder) if e.is_dir(follow_symlinks=False) and e.name not in _SKIPPED)


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _entry(name: str, file: Path) -> Entry:
    found = file.lstat()
    kind = EntryKind.SYMLINK if stat.S_ISLNK(found.st_mode) else EntryKind.FILE
    return Entry(name, name, kind, found.st_size)
