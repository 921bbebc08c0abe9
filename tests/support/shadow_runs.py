"""A history and a pending migration proven on a shadow server, and what such a run may not leave behind."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from midflight.adapters.shadow import server as postgres
from midflight.adapters.shadow.proving import prove
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.model import Bounds
from support.examples import assess_files

SHORT = Bounds(statement_seconds=1.0, lock_seconds=0.5, change_seconds=8.0, disk=64 * 1024 * 1024)
WRAPPED, ALONE = "supabase/migrations", "db/migrations"


def context_of(schema, migration, *, down="", folder=WRAPPED):
    """Supabase wraps a file into one transaction; golang-migrate sends a single statement without any."""
    names = ("20240101000000_a.sql", "20240102000000_b.sql")
    if folder == ALONE:
        names = ("000001_a.up.sql", "000002_b.up.sql")
    base = {f"{folder}/{names[0]}": schema}
    head = {**base, f"{folder}/{names[1]}": migration}
    if down:
        head[f"{folder}/000002_b.down.sql"] = down
    (context,) = assess_files(base, head).contexts
    return context


def proven(binaries, schema, migration, *, down="", folder=WRAPPED, bounds=SHORT, rows=0):
    """Return the proof of one migration on the schema that another one made."""
    context = context_of(schema, migration, down=down, folder=folder)
    return prove(context, plan_rollback([context], [], PlanOptions()), binaries, bounds, rows=rows)


@contextmanager
def watched(monkeypatch):
    """Let servers live in a folder of their own, and hold that nothing of them is left there or running."""
    memory = postgres.MEMORY if postgres.MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="watched-", dir=memory))
    folder.chmod(0o755)
    monkeypatch.setattr(postgres, "MEMORY", folder)
    monkeypatch.setattr(postgres, "ROOM", 0)
    try:
        yield folder
        assert list(folder.iterdir()) == []
        assert _processes(folder) == []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _processes(folder):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "cmdline").read_bytes() or str(folder) in str(
                (process / "cwd").readlink()
            ):
                found.append(process.name)
        except OSError:
            continue
    return found
