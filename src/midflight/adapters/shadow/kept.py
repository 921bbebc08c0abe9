"""Keeps the schema at base from run to run: the server's files as they are when the history has run on it."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from midflight.adapters.kept import FolderStore
from midflight.adapters.shadow.history import Template
from midflight.adapters.shadow.server import ServerBinaries, ShadowServer
from midflight.migrations.model import History
from midflight.operations.shapes import Name
from midflight.proof.platforms import Platform
from midflight.proof.seeded import Seeded

_MOST = 400 * 1024 * 1024
"""Bytes of a server's files that are kept or taken back."""
_MOST_FILES = 20_000
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]*")
_DATABASE = re.compile(r"shadow_[0-9]{1,3}")
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_SETTINGS = """default_text_search_config = 'pg_catalog.english'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
"""
"""What `initdb` writes for the locale C beside its defaults; no file of settings is taken from what is kept."""
_FILES = {"postgresql.conf": _SETTINGS, "pg_hba.conf": "local all all scram-sha-256\n", "pg_ident.conf": ""}


@dataclass(frozen=True, slots=True)
class KeptBase:
    """The schema at base as it was kept: what is known of it, and its files packed."""

    template: str
    stand_ins: tuple[str, ...]
    checker: bool
    seeded: Seeded | None
    packed: bytes

    def unpack(self, data: Path) -> None:
        """Write the server's files into a new folder: plain files and folders, below the places of data alone."""
        data.mkdir(mode=0o700)
        left = _MOST
        with tarfile.open(fileobj=io.BytesIO(self.packed), mode="r:gz") as packed:
            for number, member in enumerate(packed):
                left -= member.size
                if number > _MOST_FILES or left < 0 or not _is_data(Path(member.name)):
                    raise ValueError("no server's files")
                place = data / member.name
                if member.isdir():
                    place.mkdir(mode=0o700)
                elif member.isreg() and (file := packed.extractfile(member)):
                    place.write_bytes(file.read())
                    place.chmod(0o600)
                else:
                    raise ValueError("no server's files")
        for name, text in _FILES.items():
            (data / name).write_text(text)


def name_of(history: History, binaries: ServerBinaries, rows: int, platform: Platform | None) -> str:
    """Return what the schema at base is kept as: another one for all that could make it come out otherwise."""
    digest = hashlib.sha256()
    ups = [repr((each.path, each.up)) for each in history.migrations]
    for text in (_sources(), _server(binaries), history.format, platform.name if platform else "", str(rows), *ups):
        digest.update(f"{len(text)} ".encode() + text.encode("utf-8", "replace"))
    return f"shadow-{digest.hexdigest()}"


def load(store: FolderStore, name: str) -> KeptBase | None:
    """Give back what was kept, None where there is nothing or it is damaged."""
    content = store.load(name) or b""
    told, _, rest = content.partition(b"\n")
    if not rest or told.decode("ascii", "replace") != hashlib.sha256(rest).hexdigest():
        return None
    known, _, packed = rest.partition(b"\n")
    try:
        return _read(json.loads(known), packed)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def save(store: FolderStore, name: str, server: ShadowServer, template: Template, seeded: Seeded | None) -> None:
    """Keep the server's files as they are now; nothing of a change has run on it, and nobody else is connected."""
    known: dict[str, Any] = {"template": template.name, "stand_ins": template.stand_ins, "checker": template.checker}
    if seeded is not None:
        known["seeded"] = {
            "database": seeded.database,
            "filled": [[table.schema, table.name, count] for table, count in seeded.filled.items()],
            "empty": [[table.schema, table.name, reason] for table, reason in seeded.empty],
            "transaction": seeded.transaction,
        }
    with server.as_kept() as root:
        root.execute(b"CHECKPOINT")
        (oldest,) = root.execute(b"SELECT redo_wal_file FROM pg_control_checkpoint()").fetchone() or ("",)
        (newest,) = root.execute(b"SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone() or ("",)
        packed = _packed(server.home / "data", lambda segment: oldest <= segment <= newest)
    rest = json.dumps(known).encode() + b"\n" + packed
    if packed:
        store.save(name, hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)


def _packed(data: Path, is_needed: Callable[[str], bool]) -> bytes:
    """The server's files; nothing where a history has put tables elsewhere, or where they are too large to keep."""
    written, size = io.BytesIO(), 0
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=1) as packed:
        for path in sorted(data.rglob("*")):
            inside = path.relative_to(data)
            if not _is_data(inside) or (_SEGMENT.fullmatch(path.name) and not is_needed(path.name)):
                continue
            size += path.lstat().st_size
            if path.is_symlink() or size > _MOST:
                return b""
            packed.add(path, inside.as_posix(), recursive=False)
    return written.getvalue()


def _is_data(inside: Path) -> bool:
    """Whether a path is one that tables, the log and the state of transactions lie in, and no file of settings."""
    parts = inside.parts
    if not parts or not all(map(_PART.fullmatch, parts)):
        return False
    first = parts[0]
    return first in {"base", "global", "PG_VERSION"} or (first.startswith("pg_") and "." not in first)


def _read(known: Any, packed: bytes) -> KeptBase:  # noqa: ANN401 - JSON that anybody may have written
    if not _DATABASE.fullmatch(known["template"]):
        raise ValueError(known["template"])
    seeded = None
    if "seeded" in known:
        rows = known["seeded"]
        if not _DATABASE.fullmatch(rows["database"]):
            raise ValueError(rows["database"])
        filled = {Name(str(name), str(schema)): int(count) for schema, name, count in rows["filled"]}
        empty = tuple((Name(str(name), str(schema)), str(reason)) for schema, name, reason in rows["empty"])
        seeded = Seeded(rows["database"], filled, empty, int(rows["transaction"]))
    stand_ins = tuple(str(each)[:200] for each in known["stand_ins"])
    return KeptBase(known["template"], stand_ins, bool(known["checker"]), seeded, packed)


@cache
def _sources() -> str:
    """A digest of the code that makes a schema at base and its rows."""
    digest = hashlib.sha256()
    for package in ("midflight.adapters", "midflight.proof", "midflight.operations"):
        for name, content in sorted(_contents(files(package), "")):
            digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()


def _contents(folder: Traversable, inside: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _contents(each, f"{inside}{each.name}/")
        elif each.name.endswith((".py", ".sql")):
            yield inside + each.name, each.read_bytes()


def _server(binaries: ServerBinaries) -> str:
    """The server's build, and which extensions lie beside it."""
    command = [str(binaries.directory / "postgres"), "--version"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False, env={"PATH": "/usr/bin"})  # noqa: S603 - a fixed argument
    above = binaries.directory.parent
    shares = (above / "share", Path("/usr/share/postgresql") / above.name)
    found = sorted(f"{path.name} {path.stat().st_size}" for share in shares for path in share.rglob("*.control"))
    return "\n".join([platform.machine(), str(binaries.directory), told.stdout, *found])
