"""The gate where the migrations are programs: which are applied is compared by name, what they do is not read."""

import pytest

from midflight.adapters.git import GitRepository
from midflight.adapters.target.gating import contraction_of, gate_of
from midflight.errors import ToolError
from midflight.inspection.gate import GateOptions, Verdict
from midflight.migrations.find import DatabaseOptions
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
KNEX = "CREATE TABLE knex_migrations (id serial, name varchar(255), batch int, migration_time timestamptz)"
TOOLS = {
    "knex": (
        KNEX,
        "INSERT INTO knex_migrations (name) VALUES ('20250101000000_users.js')",
        ("migrations/20250101000000_users.js", "migrations/20250102000000_email.js"),
    ),
    "knex, compiled": (
        KNEX,
        "INSERT INTO knex_migrations (name) VALUES ('20250101000000_users.js')",
        ("src/migrations/20250101000000_users.ts", "src/migrations/20250102000000_email.ts"),
    ),
    "kysely": (
        "CREATE TABLE kysely_migration (name varchar(255), timestamp varchar(255))",
        "INSERT INTO kysely_migration VALUES ('001-users', '')",
        ("db/migrations/001-users.ts", "db/migrations/002-email.ts"),
    ),
    "sequelize": (
        'CREATE TABLE "SequelizeMeta" (name varchar(255))',
        """INSERT INTO "SequelizeMeta" VALUES ('20250101000000-users.js')""",
        ("migrations/20250101000000-users.js", "migrations/20250102000000-email.js"),
    ),
    "typeorm": (
        "CREATE TABLE migrations (id serial, timestamp bigint, name varchar)",
        "INSERT INTO migrations (timestamp, name) VALUES (1700000000000, 'Users1700000000000')",
        ("src/migrations/1700000000000-Users.ts", "src/migrations/1700000000001-Email.ts"),
    ),
    "laravel": (
        "CREATE TABLE migrations (id serial, migration varchar(255), batch int)",
        "INSERT INTO migrations (migration) VALUES ('2025_01_01_000000_users')",
        ("database/migrations/2025_01_01_000000_users.php", "database/migrations/2025_01_02_000000_email.php"),
    ),
    "doctrine": (
        "CREATE TABLE doctrine_migration_versions (version varchar(191), executed_at timestamp, execution_time int)",
        r"INSERT INTO doctrine_migration_versions VALUES ('DoctrineMigrations\Version20250101000000')",
        ("migrations/Version20250101000000.php", "migrations/Version20250102000000.php"),
    ),
    "EF Core": (
        'CREATE TABLE "__EFMigrationsHistory" ("MigrationId" varchar(150), "ProductVersion" varchar(32))',
        """INSERT INTO "__EFMigrationsHistory" VALUES ('20250101000000_Users', '8.0')""",
        ("Data/Migrations/20250101000000_Users.cs", "Data/Migrations/20250102000000_Email.cs"),
    ),
    "ecto": (
        "CREATE TABLE schema_migrations (version bigint, inserted_at timestamp)",
        "INSERT INTO schema_migrations VALUES (20250101000000)",
        ("priv/repo/migrations/20250101000000_users.exs", "priv/repo/migrations/20250102000000_email.exs"),
    ),
    "goose": (
        "CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied boolean, tstamp timestamp)",
        "INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, true)",
        ("migrations/00001_users.go", "migrations/00002_email.go"),
    ),
    "SeaORM": (
        "CREATE TABLE seaql_migrations (version varchar, applied_at bigint)",
        "INSERT INTO seaql_migrations VALUES ('m20250101_000000_users', 1)",
        ("migration/src/m20250101_000000_users.rs", "migration/src/m20250102_000000_email.rs"),
    ),
}
USERS = "CREATE TABLE users (id bigint PRIMARY KEY)"
EMAIL = "ALTER TABLE users ADD COLUMN email text"
CODE = "await client.query('SELECT id, email FROM users');\n"


def repository(tmp_path, tool):
    files = dict.fromkeys(TOOLS[tool][2], "unread\n")
    return GitRepository(str(make_repository(tmp_path / "app", {**files, "app/users.ts": CODE})))


def gate(git, url, **options):
    return gate_of(url, git.tree("main"), git, GateOptions(**options))[0]


@pytest.fixture
def url(server, database):
    return server.dsn(database.info.dbname)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_program_that_is_not_applied_is_a_no_go_and_says_what_code_lacks(tmp_path, url, database, tool):
    table, row, (_, pending) = TOOLS[tool]
    for each in (USERS, table, row):
        database.execute(each)
    found = gate(repository(tmp_path, tool), url)
    assert found.verdict is Verdict.NO_GO
    assert [each.path for each in found.standing.pending] == [pending]
    assert [each.object for each in found.obstacles] == ["users.email"]
    assert found.standing.foreign == ()
    assert found.notes[0].startswith("the migrations are written in code")


def test_applied_programs_are_a_go_whatever_they_did(tmp_path, url, database):
    for each in (USERS, EMAIL, KNEX):
        database.execute(each)
    for name in ("20250101000000_users.js", "20250102000000_email.js"):
        database.execute("INSERT INTO knex_migrations (name) VALUES (%s)", (name,))
    found = gate(repository(tmp_path, "knex"), url)
    assert (found.verdict, found.standing.pending, found.obstacles) == (Verdict.GO, (), ())


def test_a_configured_folder_may_hold_programs(tmp_path, url, database):
    for each in (USERS, KNEX):
        database.execute(each)
    found = gate(repository(tmp_path, "knex"), url, databases=(DatabaseOptions("main", "migrations"),), name="main")
    assert len(found.standing.pending) == 2


def test_what_pending_programs_take_away_is_not_told(tmp_path, url, database):
    database.execute(KNEX)
    git = repository(tmp_path, "knex")
    with pytest.raises(ToolError, match="written in code that is not read"):
        contraction_of(url, git.tree("main"), git, GateOptions())


MIXED = {
    "goose": (
        "CREATE TABLE goose_db_version (id serial, version_id bigint, is_applied boolean, tstamp timestamp)",
        "INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, true), (3, true)",
        ("migrations/00001_users.sql", "migrations/00002_email.go", "migrations/00003_index.sql"),
    ),
    "flyway": (
        (
            "CREATE TABLE flyway_schema_history (installed_rank int, version text, type text, script text,"
            " checksum int, success boolean)"
        ),
        (
            "INSERT INTO flyway_schema_history VALUES (1, '1', 'SQL', 'V1__users.sql', NULL, true),"
            " (2, '3', 'SQL', 'V3__index.sql', NULL, true)"
        ),
        (
            "src/main/resources/db/migration/V1__users.sql",
            "src/main/java/db/migration/V2__email.java",
            "src/main/resources/db/migration/V3__index.sql",
        ),
    ),
    "node-pg-migrate": (
        "CREATE TABLE pgmigrations (id serial, name varchar(255), run_on timestamp)",
        "INSERT INTO pgmigrations (name) VALUES ('1700000000001_users'), ('1700000000003_index')",
        (
            "migrations/1700000000001_users.sql",
            "migrations/1700000000002_email.js",
            "migrations/1700000000003_index.sql",
        ),
    ),
}
MARKS = {"goose": "-- +goose Up\n", "node-pg-migrate": "-- Up Migration\n"}


@pytest.mark.parametrize("tool", MIXED)
def test_a_program_between_scripts_is_pending_too(tmp_path, url, database, tool):
    table, rows, (first, program, last) = MIXED[tool]
    for each in (USERS, table, rows):
        database.execute(each)
    mark = MARKS.get(tool, "")
    scripts = {first: f"{mark}{USERS};\n", program: "unread\n", last: f"{mark}CREATE INDEX i ON users (id);\n"}
    git = GitRepository(str(make_repository(tmp_path / "app", {**scripts, "app/users.ts": CODE})))
    found = gate(git, url)
    assert [each.path for each in found.standing.applied] == [first, last]
    assert [each.path for each in found.standing.pending] == [program]
    assert [each.object for each in found.obstacles] == ["users.email"]
    assert any(note.startswith("1 of the migrations are written in code") for note in found.notes)
