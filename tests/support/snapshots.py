"""Compares a text with a committed file; only `make snapshots` writes such files, no test does."""

import os
from pathlib import Path

WRITE = os.environ.get("MIDFLIGHT_WRITE_SNAPSHOTS") == "1"  # noqa: TID251 (set by `make snapshots` alone)


def expected(path: Path, actual: str) -> str:
    """Return what the file holds; while writing snapshots, the file gets the actual text first."""
    if WRITE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    return path.read_text(encoding="utf-8") if path.exists() else f"{path.name} does not exist: run `make snapshots`"
