"""`midflight doctor` applies the history to a server and prints where it differs from what was read."""

import pytest
from click.testing import CliRunner

from midflight.cli import cli
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
TABLE = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);\n"
HIDDEN = "DO $$ BEGIN EXECUTE 'ALTER TABLE projects ADD COLUMN ' || quote_ident('owner') || ' text'; END $$;\n"


def lines(tmp_path, server, sql):
    files = {"db/migrations/001_a.up.sql": TABLE, "db/migrations/002_b.up.sql": sql}
    folder = make_repository(tmp_path / "app", files)
    environment = {"INPUT_POSTGRES_BIN": str(server._binaries.directory)}  # noqa: SLF001 - the server of the tests
    told = CliRunner().invoke(cli, ["doctor", "--repo", str(folder), "--offline"], env=environment)
    return [" ".join(line.split()) for line in told.output.splitlines() if " db:" in line]


def test_a_history_that_was_read_as_it_is_is_told_so(tmp_path, server):
    told = lines(tmp_path, server, "ALTER TABLE projects ADD COLUMN owner text;\n")
    assert f"ok db: the history runs on PostgreSQL {server.version}, and gives what was read of it" in told


def test_what_the_server_has_and_reading_did_not_see_is_printed(tmp_path, server):
    told = lines(tmp_path, server, HIDDEN)
    assert "warning db: column `projects.owner` is text on the server alone" in told


def test_a_history_that_does_not_run_is_told_with_the_server_s_words(tmp_path, server):
    (said,) = [line for line in lines(tmp_path, server, "SELECT nothing();\n") if "does not run" in line]
    assert "function nothing() does not exist (42883)" in said
