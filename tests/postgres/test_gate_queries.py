"""What the gate makes of SQL in code that the server refuses to prepare."""

import pytest

from midflight.adapters.git import GitRepository
from midflight.adapters.target.gating import gate_of
from midflight.inspection.gate import GateOptions, Verdict
from midflight.migrations.model import History
from midflight.report.gate import render_gate
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
SETUP = (
    "CREATE TABLE users (id bigint PRIMARY KEY)",
    "CREATE SCHEMA supabase_migrations",
    "CREATE TABLE supabase_migrations.schema_migrations (version text)",
    "INSERT INTO supabase_migrations.schema_migrations VALUES ('20250101000000')",
)
HISTORY = History("db", "supabase", "postgres", "supabase/migrations")
MIGRATION = {"supabase/migrations/20250101000000_users.sql": "CREATE TABLE users (id bigint PRIMARY KEY);\n"}


def asked(tmp_path, server, database, code, *, setup="SELECT 1", **files):
    for each in (*SETUP, setup):
        database.execute(each)
    git = GitRepository(str(make_repository(tmp_path / "app", {**MIGRATION, "src/users.ts": code, **files})))
    return gate_of(server.dsn(database.info.dbname), git.tree("main"), git, GateOptions())[0]


def asked_again(tmp_path, server, database, **options):
    git = GitRepository(str(tmp_path / "app"))
    return gate_of(server.dsn(database.info.dbname), git.tree("main"), git, GateOptions(**options))[0]


def test_a_part_of_a_query_that_names_a_table_of_the_whole_stops_nothing(tmp_path, server, database):
    code = "await client.query('SELECT 1 FROM users WHERE users.id = orders.user_id');\n"
    found = asked(tmp_path, server, database, code)
    assert (found.verdict, found.obstacles, found.tried) == (Verdict.GO, (), 1)


def test_sql_of_a_table_that_nobody_makes_is_counted_and_stops_nothing(tmp_path, server, database):
    code = "await d1.query('SELECT 1 FROM users JOIN store_apps USING (id)');\n"
    found = asked(tmp_path, server, database, code)
    assert (found.verdict, found.obstacles) == (Verdict.GO, ())
    assert "1 place names what neither the migrations nor the database have, or what fails on both alike" in found.notes


def test_a_gap_in_what_is_applied_makes_no_table(tmp_path, server, database):
    unread = "CREATE TABLE users (id bigint);\nDO $$ BEGIN EXECUTE 'x'; END $$;\n"
    gap = {"supabase/migrations/20250101000000_users.sql": unread}
    found = asked(tmp_path, server, database, "await d1.query('DELETE FROM docs WHERE id = $1');\n", **gap)
    assert (found.verdict, found.obstacles) == (Verdict.GO, ())


def test_a_gap_in_what_is_pending_may_make_the_table(tmp_path, server, database):
    gap = {"supabase/migrations/20250102000000_more.sql": "DO $$ BEGIN EXECUTE 'x'; END $$;\n"}
    found = asked(tmp_path, server, database, "await db.query('DELETE FROM docs WHERE id = $1');\n", **gap)
    assert [(each.object, each.sure) for each in found.obstacles] == [("docs", False)]
    assert found.reasons == ("1 pending migration must be applied before the code",)
    assert "### May fail\n\nA pending migration is not read whole." in render_gate(found, HISTORY, "")
    needed = asked_again(tmp_path, server, database, waits=False)
    assert needed.reasons == ("1 line names what a pending migration that is not read whole may make",)


def test_a_table_that_is_applied_and_not_there_stops(tmp_path, server, database):
    files = {"supabase/migrations/20250101000000_users.sql": "CREATE TABLE docs (id bigint);\n"}
    found = asked(tmp_path, server, database, "await db.query('DELETE FROM docs WHERE id = $1');\n", **files)
    assert [(each.object, each.migration) for each in found.obstacles] == [("docs", None)]


def test_a_removal_that_the_code_needs_comes_before_it(tmp_path, server, database):
    files = {
        "supabase/migrations/20250101000000_users.sql": "CREATE TABLE users (id bigint, team int NOT NULL);\n",
        "supabase/migrations/20250102000000_team.sql": "ALTER TABLE users DROP COLUMN team;\n",
    }
    code = "await db.query('INSERT INTO users (id) VALUES ($1)');\n"
    found = asked(tmp_path, server, database, code, setup="ALTER TABLE users ADD team int NOT NULL", **files)
    assert [(each.object, each.sqlstate) for each in found.obstacles] == [("users.team", "23502")]
    assert (found.removing, found.afterwards) == ((), None)
    assert found.reasons[1] == "1 pending migration must be applied before the code"
    shown = render_gate(found, HISTORY, "")
    assert "`supabase/migrations/20250102000000_team.sql` mends it" in shown
    assert "Only after the code" not in shown


def test_the_migration_that_makes_a_table_makes_the_columns_that_a_table_of_that_name_lacks(tmp_path, server, database):
    files = {
        "supabase/migrations/20250102000000_docs.sql": "CREATE TABLE docs (id bigint, title text);\n",
        "supabase/migrations/20250103000000_other.sql": "ALTER TABLE docs ADD COLUMN body text;\n",
    }
    code = "await db.query('SELECT title FROM docs');\nawait db.query('SELECT body FROM docs');\n"
    found = asked(tmp_path, server, database, code, setup="CREATE TABLE docs (id bigint)", **files)
    assert [(each.object, each.migration and each.migration.path) for each in found.obstacles] == [
        ("docs.title", "supabase/migrations/20250102000000_docs.sql"),
        ("docs.body", "supabase/migrations/20250103000000_other.sql"),
    ]


def test_of_many_applied_migrations_that_the_revision_lacks_three_are_named(tmp_path, server, database):
    setup = "INSERT INTO supabase_migrations.schema_migrations SELECT '2026010' || n FROM generate_series(1, 5) n"
    found = asked(tmp_path, server, database, "", setup=setup)
    assert found.verdict is Verdict.GO
    expected = "- `20260101`, `20260102`, `20260103` and 2 more are applied and not in this revision: "
    assert expected in render_gate(found, HISTORY, "abc")


def test_a_routine_that_nobody_makes_may_be_one_of_another_kind_of_database(tmp_path, server, database):
    code = "await db.query('SELECT json_extract(id, \\'$.a\\') FROM users WHERE id = $1');\n"
    found = asked(tmp_path, server, database, code)
    assert (found.verdict, found.obstacles) == (Verdict.GO, ())
    assert found.notes[-1].startswith("1 place names what neither the migrations nor the database have")


def test_an_operator_that_takes_other_values_is_no_missing_routine(tmp_path, server, database):
    setup = "ALTER TABLE users ADD guest boolean"
    code = "await db.query('SELECT count(*) FROM users WHERE guest <> 0');\n"
    migration = {"supabase/migrations/20250101000000_users.sql": "CREATE TABLE users (id bigint, guest boolean);\n"}
    found = asked(tmp_path, server, database, code, setup=setup, **migration)
    assert (found.verdict, found.obstacles, found.tried) == (Verdict.GO, (), 1)


def test_a_column_that_is_seen_to_be_missing_is_told_once_for_a_query_of_two_tables(tmp_path, server, database):
    pending = {"supabase/migrations/20250102000000_team.sql": "ALTER TABLE users ADD COLUMN team text;\n"}
    code = "await db.query('SELECT u.team FROM users u JOIN users v ON u.id = v.id');\n"
    found = asked(tmp_path, server, database, code, **pending)
    assert [(each.object, each.migration is None) for each in found.obstacles] == [("users.team", False)]


def test_a_column_that_the_server_alone_misses_stops(tmp_path, server, database):
    code = "await db.query('SELECT s.nothing FROM (SELECT * FROM users) s');\n"
    found = asked(tmp_path, server, database, code)
    assert [(each.object, each.sqlstate, each.detail) for each in found.obstacles] == [
        ("s.nothing", "42703", "column s.nothing does not exist")
    ]


def test_a_removal_that_the_tool_applies_before_what_comes_first_is_told(tmp_path, server, database):
    files = {
        "supabase/migrations/20250101000000_users.sql": "CREATE TABLE users (id bigint PRIMARY KEY, team int);\n",
        "supabase/migrations/20250102000000_team.sql": "ALTER TABLE users DROP COLUMN team;\n",
        "supabase/migrations/20250103000000_name.sql": "ALTER TABLE users ADD COLUMN name text;\n",
        "supabase/migrations/20250104000000_table.sql": "DROP TABLE users_old;\n",
    }
    found = asked(tmp_path, server, database, "", setup="ALTER TABLE users ADD team int", **files)
    shown = render_gate(found, HISTORY, "")
    assert (
        "- `supabase/migrations/20250102000000_team.sql` only takes away, but comes before "
        "`supabase/migrations/20250103000000_name.sql`, so that its tool applies it first.\n"
        "- `supabase/migrations/20250104000000_table.sql` only takes away.\n"
    ) in shown
