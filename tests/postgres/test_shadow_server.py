import os
from contextlib import closing
from pathlib import Path

import pytest

from midflight.adapters.live_catalog import read_catalog
from midflight.adapters.shadow.server import ShadowServer, find_server
from midflight.errors import SettingsError
from midflight.operations.shapes import Name

pytestmark = pytest.mark.postgres


def test_a_configured_directory_without_a_server_is_a_wrong_setting(tmp_path):
    with pytest.raises(SettingsError, match="postgres_bin: there is no PostgreSQL server"):
        find_server(str(tmp_path))


def test_the_server_listens_on_its_socket_alone(database):
    assert database.execute(b"SHOW listen_addresses").fetchone() == ("",)


def test_a_program_started_by_the_server_sees_nothing_of_our_environment(database):
    database.execute(b"CREATE TABLE seen (line text)")
    database.execute(b"COPY seen FROM PROGRAM 'env'")
    names = {line.partition("=")[0] for (line,) in database.execute(b"SELECT line FROM seen").fetchall()}
    ours = set(os.environ)  # noqa: TID251 - compared with
    harmless = {"PATH", "PWD", "LC_ALL", "LC_CTYPE", "LANG", "TZ", "SHLVL", "_", "HOME"}
    assert names & (ours - harmless) == set()


def test_nothing_is_left_behind_when_the_block_ends_with_an_error(server):
    homes = []

    def fail(running):
        with closing(running.connect()) as connection:
            homes.append(Path(connection.info.host))
        assert homes[0].is_dir()
        raise RuntimeError("stop here")

    with pytest.raises(RuntimeError), ShadowServer(find_server()) as running:
        fail(running)
    assert not homes[0].exists()


def test_a_connection_gets_its_search_path_back(database):
    database.execute(b"SET search_path TO pg_catalog")
    read_catalog(database)
    assert database.execute(b"SHOW search_path").fetchone() == ("pg_catalog",)


def test_what_extensions_bring_is_not_in_the_catalog(database):
    database.execute(b"CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    found = read_catalog(database)
    assert {key.name for key in found.routines} == {Name("mine", "public")}
    assert found.extensions["plpgsql"] == "pg_catalog"


def test_a_read_sees_its_own_open_transaction(database):
    with database.transaction(force_rollback=True):
        database.execute(b"CREATE TABLE t (a int)")
        assert Name("t", "public") in read_catalog(database).relations
    assert Name("t", "public") not in read_catalog(database).relations
