"""What each tool writes down is read from the table that the tool itself creates."""

import pytest

from midflight.adapters.git import GitRepository
from midflight.adapters.target.connection import open_target
from midflight.adapters.target.gate import check_standby, read_applied
from midflight.adapters.target.gating import gate_of
from midflight.errors import ToolError
from midflight.inspection.gate import GateOptions
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
CASES = {
    "alembic": (
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('ae1')",
        "ae1",
    ),
    "bun": (
        (
            "CREATE TABLE bun_migrations (id bigserial, name varchar, group_id bigint, migrated_at timestamptz);"
            "INSERT INTO bun_migrations (name) VALUES ('20250101000000')"
        ),
        "20250101000000",
    ),
    "db-migrate": (
        (
            "CREATE TABLE migrations (id serial, name varchar(255), run_on timestamp);"
            "INSERT INTO migrations (name) VALUES ('/20250101000000-a')"
        ),
        "/20250101000000-a",
    ),
    "diesel": (
        (
            "CREATE TABLE __diesel_schema_migrations (version varchar(50), run_on timestamp);"
            "INSERT INTO __diesel_schema_migrations VALUES ('20250101000000')"
        ),
        "20250101000000",
    ),
    "django": (
        (
            "CREATE TABLE django_migrations (id bigserial, app varchar(255), name varchar(255), applied timestamptz);"
            "INSERT INTO django_migrations (app, name) VALUES ('shop', '0001_initial')"
        ),
        "shop.0001_initial",
    ),
    "drizzle": (
        (
            "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id int, hash text, created_at bigint);"
            "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('abc', 1700000000000)"
        ),
        "1700000000000",
    ),
    "flyway": (
        (
            "CREATE TABLE flyway_schema_history (installed_rank int, version varchar(50), description varchar(200),"
            " type varchar(20), script varchar(1000), checksum int, installed_by varchar(100), installed_on timestamp,"
            " execution_time int, success boolean);"
            "INSERT INTO flyway_schema_history (installed_rank, version, type, script, success)"
            " VALUES (1, NULL, 'SQL', 'views/R__views.sql', true)"
        ),
        "R__views.sql",
    ),
    "golang-migrate": (
        (
            "CREATE TABLE schema_migrations (version bigint, dirty boolean); "
            "INSERT INTO schema_migrations VALUES (7, false)"
        ),
        "7",
    ),
    "goose": (
        (
            "CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied boolean, tstamp timestamp);"
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (3, true)"
        ),
        "3",
    ),
    "hasura": (
        (
            "CREATE SCHEMA hdb_catalog; CREATE TABLE hdb_catalog.hdb_version (hasura_uuid uuid, cli_state jsonb);"
            """INSERT INTO hdb_catalog.hdb_version (cli_state) VALUES ('{"migrations": {"main": {"1700": false}}}')"""
        ),
        "1700",
    ),
    "node-pg-migrate": (
        (
            "CREATE TABLE pgmigrations (id serial, name varchar(255), run_on timestamp);"
            "INSERT INTO pgmigrations (name) VALUES ('1700_a')"
        ),
        "1700_a",
    ),
    "pop": (
        "CREATE TABLE schema_migration (version varchar(14)); INSERT INTO schema_migration VALUES ('2025')",
        "2025",
    ),
    "prisma": (
        (
            "CREATE TABLE _prisma_migrations (id varchar(36), checksum varchar(64), finished_at timestamptz,"
            " migration_name varchar(255), logs text, rolled_back_at timestamptz, started_at timestamptz DEFAULT now(),"
            " applied_steps_count int);"
            "INSERT INTO _prisma_migrations (migration_name, checksum, finished_at) VALUES ('2025_a', 'x', now())"
        ),
        "2025_a",
    ),
    "rails": (
        "CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('2025')",
        "2025",
    ),
    "sql-migrate": (
        (
            "CREATE TABLE gorp_migrations (id text, applied_at timestamptz); "
            "INSERT INTO gorp_migrations VALUES ('1_a.sql')"
        ),
        "1_a.sql",
    ),
    "sqlx": (
        (
            "CREATE TABLE _sqlx_migrations (version bigint, description text, installed_on date, success boolean,"
            " checksum bytea, execution_time bigint); "
            "INSERT INTO _sqlx_migrations VALUES (1, 'a', now(), true, '\\x00', 1)"
        ),
        "1",
    ),
    "tern": ("CREATE TABLE schema_version (version int); INSERT INTO schema_version VALUES (4)", "4"),
}


@pytest.mark.parametrize("tool", CASES)
def test_the_table_of_a_tool_gives_its_key(tool, server, database):
    sql, key = CASES[tool]
    database.execute(sql)
    with open_target(server.dsn(database.info.dbname)) as target:
        rows, _ = read_applied(target, tool)
    assert [(row.key, row.state) for row in rows] == [(key, "applied")]


STATES = {
    "prisma": (
        (
            "INSERT INTO _prisma_migrations (migration_name, checksum, finished_at, rolled_back_at, started_at) VALUES"
            " ('2025_a', 'x', now(), NULL, '2025-01-01'), ('2025_b', 'y', NULL, now(), '2025-01-02'),"
            " ('2025_c', 'z', NULL, NULL, '2025-01-03')"
        ),
        [("2025_a", "applied", "x"), ("2025_b", "undone", "y"), ("2025_c", "failed", "z")],
    ),
    "flyway": (
        (
            "INSERT INTO flyway_schema_history (installed_rank, version, type, script, checksum, success) VALUES"
            " (0, NULL, 'SCHEMA', '\"app\"', NULL, true), (1, '1', 'SQL_BASELINE', 'B1__a.sql', 7, true),"
            " (2, '2', 'SQL', 'V2__b.sql', -873187034, true), (3, '3', 'SQL', 'V3__c.sql', 9, false),"
            " (4, '2', 'UNDO_SQL', 'U2__b.sql', 8, true), (5, NULL, 'DELETE', 'views/R__d.sql', NULL, true)"
        ),
        [
            ("baseline 1", "applied", "7"),
            ("2", "applied", "-873187034"),
            ("3", "failed", "9"),
            ("2", "undone", "8"),
            ("R__d.sql", "undone", ""),
        ],
    ),
    "golang-migrate": ("INSERT INTO schema_migrations VALUES (8, true)", [("8", "failed", "")]),
    "goose": (
        "INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (3, true), (3, false)",
        [("3", "applied", ""), ("3", "undone", "")],
    ),
    "sqlx": (
        "INSERT INTO _sqlx_migrations VALUES (2, 'b', now(), false, '\\xab', 1)",
        [("2", "failed", "ab")],
    ),
}


@pytest.mark.parametrize("tool", STATES)
def test_what_failed_and_what_was_undone_is_read_as_such(tool, server, database):
    rows, expected = STATES[tool]
    tables = ";".join(each for each in CASES[tool][0].split(";") if "CREATE" in each)
    database.execute(tables)
    database.execute(rows)
    with open_target(server.dsn(database.info.dbname)) as target:
        found, _ = read_applied(target, tool)
    assert [(row.key, row.state, row.checksum) for row in found] == expected


def test_a_head_that_the_revision_lacks_is_no_answer(tmp_path, server, database):
    database.execute(CASES["alembic"][0])
    revision = "revision = 'a1'\ndown_revision = None\n\ndef upgrade():\n    op.execute('SELECT 1')\n"
    files = {"db/env.py": "", "db/versions/a1_start.py": revision}
    git = GitRepository(str(make_repository(tmp_path / "app", files)))
    url = server.dsn(database.info.dbname)
    with pytest.raises(ToolError, match="The database is at `ae1`, which this revision does not have"):
        gate_of(url, git.tree("main"), git, GateOptions())
    found, _ = gate_of(url, git.tree("main"), git, GateOptions(waits=False))
    assert found.standing.foreign == ("ae1",)


def test_a_primary_is_no_standby(server, database):
    with open_target(server.dsn(database.info.dbname)) as target:
        assert check_standby(target, 0) == ()


class Standby:
    """A server that says how far it is behind."""

    def __init__(self, lag):
        self.rows = ((True, lag),)

    def ask(self, sql):
        assert "pg_is_in_recovery" in sql
        return self


def test_a_standby_that_is_near_is_told_of_and_one_that_lags_is_not_asked():
    assert check_standby(Standby(2.0), 30) == ("the database is a standby, 2 seconds behind",)
    with pytest.raises(ToolError, match="a standby that is 31 seconds behind"):
        check_standby(Standby(31.0), 30)
    with pytest.raises(ToolError, match="a standby that is an unknown time behind"):
        check_standby(Standby(None), 30)
