"""What the gate makes of SQL in code that the server refuses to prepare."""

import pytest

from midflight.adapters.gating import gate_of
from midflight.adapters.git import GitRepository
from midflight.inspection.gate import GateOptions, Verdict
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
SETUP = (
    "CREATE TABLE users (id bigint PRIMARY KEY)",
    "CREATE SCHEMA supabase_migrations",
    "CREATE TABLE supabase_migrations.schema_migrations (version text)",
    "INSERT INTO supabase_migrations.schema_migrations VALUES ('20250101000000')",
)
MIGRATION = {"supabase/migrations/20250101000000_users.sql": "CREATE TABLE users (id bigint PRIMARY KEY);\n"}


def asked(tmp_path, server, database, code):
    for each in SETUP:
        database.execute(each)
    git = GitRepository(str(make_repository(tmp_path / "app", {**MIGRATION, "src/users.ts": code})))
    return gate_of(server.dsn(database.info.dbname), git.tree("main"), git, GateOptions())[0]


def test_a_part_of_a_query_that_names_a_table_of_the_whole_stops_nothing(tmp_path, server, database):
    code = "await client.query('SELECT 1 FROM users WHERE users.id = orders.user_id');\n"
    found = asked(tmp_path, server, database, code)
    assert (found.verdict, found.obstacles, found.tried) == (Verdict.GO, (), 1)


def test_a_query_of_a_table_that_is_not_there_stops(tmp_path, server, database):
    code = "await client.query('SELECT 1 FROM users JOIN pg_catalog.nowhere USING (id)');\n"
    found = asked(tmp_path, server, database, code)
    assert [each.detail for each in found.obstacles] == ['relation "pg_catalog.nowhere" does not exist']
