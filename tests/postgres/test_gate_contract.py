"""The gate before a contraction: nothing that runs may still name what goes away."""

import pytest
from click.testing import CliRunner

from midflight.cli import cli
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
TABLE = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, legacy text);\n"
FIRST, SECOND = "20251101000000", "20251110000000"
NEW = {
    f"supabase/migrations/{FIRST}_projects.sql": TABLE,
    f"supabase/migrations/{SECOND}_drop.sql": "ALTER TABLE projects DROP COLUMN legacy;\n",
    "src/a.ts": "await supabase.from('projects').select('id, title');\n",
}
OLD = {"src/a.ts": "await supabase.from('projects').select('id, legacy');\n"}


@pytest.fixture
def url(server, database):
    database.execute(TABLE)
    database.execute("CREATE SCHEMA supabase_migrations")
    database.execute("CREATE TABLE supabase_migrations.schema_migrations AS SELECT %s AS version", (FIRST,))
    return server.dsn(database.info.dbname)


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "app", NEW, old=OLD)


def run(url, repository, *arguments):
    told = ["gate", "--contract", "--repo", str(repository), "--revision", "main", *arguments]
    return CliRunner().invoke(cli, told, env={"DATABASE_URL": url})


def test_a_column_that_nothing_names_may_be_dropped(url, repository):
    found = run(url, repository)
    assert found.exit_code == 0
    assert "Go: nothing that runs is seen to name what the pending migrations take away" in found.output
    assert "the extension `pg_stat_statements` is not installed" in found.output


def test_code_that_still_runs_and_names_it_stops_the_drop(url, repository):
    found = run(url, repository, "--deployed-ref", "old")
    assert found.exit_code == 10
    assert "`projects.legacy`: the column does not exist once it is applied (42703)" in found.output
    assert "src/a.ts:1`: `supabase.from('projects').select('id, legacy')`" in found.output


def test_a_query_that_the_server_counted_stops_the_drop(url, repository, database):
    database.execute("CREATE TABLE pg_stat_statements (dbid oid, query text, calls bigint)")
    count = "INSERT INTO pg_stat_statements SELECT oid, %s, 7 FROM pg_database WHERE datname = current_database()"
    database.execute(count, ("SELECT legacy_name, title FROM projects",))
    database.execute(count, ("ALTER TABLE projects ADD legacy text",))
    assert run(url, repository).exit_code == 0
    database.execute(count, ("SELECT p.legacy FROM projects p WHERE id = $1",))
    found = run(url, repository)
    assert found.exit_code == 10
    assert "`projects.legacy` was asked for 7 times: `SELECT p.legacy FROM projects p WHERE id = $1`" in found.output


def test_a_version_that_is_not_there_is_no_go(url, repository):
    found = run(url, repository, "--deployed-ref", "no-such-branch")
    assert found.exit_code != 0
    assert "Go: " not in found.output
