"""A standby of a real primary: asked while it is joined, and not once it is cut off, however little it has left."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from midflight.adapters.shadow.server import find_server
from midflight.adapters.target.connection import open_target
from midflight.adapters.target.gate import check_standby
from midflight.errors import ToolError

pytestmark = pytest.mark.postgres
PROGRAMS = ("initdb", "pg_ctl", "pg_basebackup", "psql")


@pytest.fixture
def pair():
    """A primary and its standby in one directory, and what runs a program of theirs as a user who is not root."""
    binaries = find_server()
    if binaries is None or not all((binaries.directory / each).exists() for each in PROGRAMS):
        pytest.skip("no Postgres server with `pg_basebackup`")
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    home = Path(tempfile.mkdtemp(prefix="pair"))
    os.chown(home, owner.pw_uid, owner.pw_gid)
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid} if os.geteuid() == 0 else {}

    def program(name, *arguments):
        told = [binaries.directory / name, *arguments]
        quiet = subprocess.DEVNULL
        subprocess.run(told, cwd=home, check=True, stdin=quiet, stdout=quiet, stderr=quiet, **as_owner)

    def start(name, port):
        options = f"-p {port} -k {home} -c listen_addresses= -c fsync=off"
        program("pg_ctl", "-D", name, "-o", options, "-l", f"{name}.log", "-w", "start")

    try:
        program("initdb", "-D", "primary", "-U", "keeper", "-A", "trust", "--no-sync")
        start("primary", 5501)
        program("pg_basebackup", "-h", home, "-p", "5501", "-U", "keeper", "-D", "standby", "-R", "-c", "fast")
        start("standby", 5502)
        yield f"host={home} port=550%d user=keeper dbname=postgres", program
    finally:
        for name in ("standby", "primary"):
            if (home / name / "postmaster.pid").exists():
                program("pg_ctl", "-D", name, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def wait_until(address, question):
    with open_target(address) as target:
        for _ in range(100):
            if target.ask(question).rows[0][0]:
                return
            target.ask("SELECT pg_sleep(0.1)")
    pytest.fail(f"never true: {question}")


def test_a_standby_is_asked_while_it_is_joined_and_not_once_it_is_cut_off(pair):
    address, program = pair
    joined = "pg_last_xact_replay_timestamp() IS NOT NULL AND EXISTS (SELECT FROM pg_stat_wal_receiver)"
    program("psql", "-d", address % 1, "-c", "CREATE TABLE arrives (id int)")
    wait_until(address % 2, f"SELECT {joined} AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()")
    with open_target(address % 2) as target:
        assert check_standby(target, 0) == ("the database is a standby, 0 seconds behind",)
    program("pg_ctl", "-D", "primary", "-m", "immediate", "stop")
    wait_until(address % 2, "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")
    with open_target(address % 2) as target, pytest.raises(ToolError, match=r"standby that is .* behind"):
        check_standby(target, 0)
