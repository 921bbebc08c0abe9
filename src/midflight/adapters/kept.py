"""Keeps results in a folder, from run to run; without the folder everything is only slower."""

import hashlib
import os
import re
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import midflight.references
from midflight.references.kept import LARGEST_KEPT

MOST_KEPT = 20
"""Results of one kind that are kept: one for each set of names searched for, or of files linted, lately."""

MOST_SCHEMAS = 4
"""Schemas at base that are kept, each of some megabytes: one for each database and the latest commits."""

_NAME = re.compile(r"(silent|left|lint|shadow)-[0-9a-f]{64}")


class FolderStore:
    """A folder of kept results; what it holds is data alone, and a file that cannot be read is as good as none."""

    def __init__(self, folder: str | Path, *, of: str | None = None) -> None:
        self.folder = Path(folder)
        self.version = version() if of is None else of

    def load(self, name: str) -> bytes | None:
        """Give a text back, None where there is none or where it is no plain file of a bearable size."""
        if not _NAME.fullmatch(name):
            return None
        try:
            opened = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            found = os.fstat(opened)
            if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_KEPT:
                return None
            with os.fdopen(opened, "rb", closefd=False) as file:
                return file.read(LARGEST_KEPT)
        except OSError:
            return None
        finally:
            os.close(opened)

    def save(self, name: str, content: bytes) -> None:
        """Keep a text; a folder that takes none makes the next run slower and this one no worse."""
        if not _NAME.fullmatch(name) or len(content) > LARGEST_KEPT:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            number, path = tempfile.mkstemp(dir=self.folder, prefix="new-")
            with os.fdopen(number, "wb") as file:
                file.write(content)
            Path(path).chmod(0o644)  # the action's container is root, and what packs the folder afterwards is not
            try:
                Path(path).replace(self.folder / name)
            finally:
                Path(path).unlink(missing_ok=True)
            self._forget(name.partition("-")[0])

    def _forget(self, kind: str) -> None:
        names = (path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))
        kept = [path for path in names if path.name.startswith(kind)]
        kept.sort(key=lambda path: path.lstat().st_mtime, reverse=True)
        for path in kept[MOST_SCHEMAS if kind == "shadow" else MOST_KEPT :]:
            path.unlink(missing_ok=True)


@cache
def version() -> str:
    """Return what changes with the code that decides where nothing is found: a digest of its sources."""
    digest = hashlib.sha256()
    for folder in midflight.references.__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
