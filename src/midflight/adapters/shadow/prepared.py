"""A data directory that was made beforehand, when the image was built: to copy it takes a tenth of making one."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

SUPERUSER = "midflight_shadow"
FIRST_PASSWORD = "prepared"  # noqa: S105 - the first connection replaces it, before any SQL of a change runs
FOLDER = "midflight-data"


def initdb_options(data: Path, superuser: str) -> list[str]:
    """Return how a data directory is made; small segments of the log are less to write and to copy."""
    return ["-D", str(data), "-N", "--locale=C", "-E", "UTF8", "-U", superuser, "--wal-segsize=1"]


def prepared_data(binaries: Path, superuser: str) -> Path | None:
    """Return the directory that was prepared beside a server's programs, None where there is none to be used."""
    found = binaries.parent / FOLDER
    return found if superuser == SUPERUSER and os.access(found / "PG_VERSION", os.R_OK) else None


def prepare(binaries: Path, user: str) -> Path:
    """Make a data directory beside a server's programs that belongs to `user`, and return it; needs root."""
    data, password = binaries.parent / FOLDER, binaries.parent / "password"
    data.mkdir(mode=0o700)
    password.write_text(FIRST_PASSWORD)
    account = pwd.getpwnam(user)
    os.chown(data, account.pw_uid, account.pw_gid)
    closed = ["-A", "scram-sha-256", f"--pwfile={password}"]
    command = [str(binaries / "initdb"), *initdb_options(data, SUPERUSER), *closed]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    dropped: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    subprocess.run(command, check=True, env=environment, cwd=data, **dropped)  # noqa: S603 - fixed arguments
    password.unlink()
    return data
