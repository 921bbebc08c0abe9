import os
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from midflight.adapters.shadow.prepared import FIRST_PASSWORD, SUPERUSER, prepare
from midflight.adapters.shadow.server import Lockdown, ServerBinaries, ShadowServer

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand the directory to another user"),
]


@pytest.fixture
def binaries(server):
    """The server that was found, as if it were installed where a data directory is prepared."""
    found = server._binaries  # noqa: SLF001 - the server that the fixture has found
    folder = Path(tempfile.mkdtemp(prefix="installed-"))
    folder.chmod(0o755)
    (folder / "bin").symlink_to(found.directory)
    yield ServerBinaries(folder / "bin", found.version)
    shutil.rmtree(folder)


def test_a_server_starts_from_a_prepared_directory_with_a_password_of_its_own(binaries):
    prepare(binaries.directory, "nobody")

    with ShadowServer(binaries, user="nobody", lockdown=Lockdown(SUPERUSER, "own")) as server:
        assert not (server.home / "initdb.log").exists()
        with closing(server.connect()) as connection:
            assert connection.execute(b"SELECT current_user::text").fetchone() == (SUPERUSER,)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            server.connect(user=SUPERUSER, password=FIRST_PASSWORD)


def test_a_prepared_directory_that_cannot_be_read_is_left_aside(binaries):
    prepare(binaries.directory, "daemon")

    with ShadowServer(binaries, user="nobody", lockdown=Lockdown(SUPERUSER, "own")) as server:
        assert (server.home / "initdb.log").exists()
        server.connect().close()


def test_a_server_with_another_superuser_gets_a_directory_of_its_own(binaries):
    prepare(binaries.directory, "nobody")

    with ShadowServer(binaries, user="nobody", lockdown=Lockdown("keeper", "own")) as server:
        server.connect().close()
        assert (server.home / "initdb.log").exists()
