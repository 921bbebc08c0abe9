import pytest

from midflight.changes.model import NotAnalysed
from midflight.errors import SettingsError
from midflight.migrations.find import find_histories
from midflight.migrations.model import DatabaseOptions
from support.trees import Link, Submodule, tree_of


def found(files, *options):
    tree, blobs = tree_of(files)
    return find_histories(tree, blobs, options)


def named(files, *options):
    return [(h.database, h.format, h.folder, [m.version for m in h.migrations]) for h in found(files, *options)]


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/pkg/migrations/1_a.sql",
        "vendor/lib/migrations/1_a.sql",
        "internal/testdata/migrations/1_a.sql",
        "src/__tests__/migrations/1_a.sql",
        "test/fixtures/supabase/migrations/1_a.sql",
        "queries/1_a.sql",
        "db/seeds/1_a.sql",
        "schema.sql",
    ],
)
def test_sql_that_is_no_migration_is_left_alone(path):
    assert found({path: "SELECT 1;", path.replace("1_a", "2_b"): "SELECT 1;"}) == ()


def test_a_folder_named_for_sql_needs_two_files():
    assert named({"sql/1_a.sql": ""}) == []
    assert named({"sql/1_a.sql": "", "sql/2_b.sql": ""}) == [("sql", "plain", "sql", ["1", "2"])]


def test_several_histories_are_kept_apart_by_short_names():
    assert named(
        {
            "apps/billing/db/migrations/1_a.sql": "",
            "apps/users/db/migrations/1_a.sql": "",
            "supabase/migrations/1_a.sql": "",
            "packages/prisma/migrations/20240101000000_a/migration.sql": "",
        }
    ) == [
        ("billing", "plain", "apps/billing/db/migrations", ["1"]),
        ("users", "plain", "apps/users/db/migrations", ["1"]),
        ("prisma", "prisma", "packages/prisma/migrations", ["20240101000000"]),
        ("supabase", "supabase", "supabase/migrations", ["1"]),
    ]


def test_equal_short_names_become_folders():
    files = {"a/users/migrations/1_a.sql": "", "b/users/migrations/1_a.sql": ""}
    assert [name for name, *_ in named(files)] == ["a/users/migrations", "b/users/migrations"]


def test_hasura_keeps_its_databases_apart():
    assert named(
        {
            "config.yaml": "version: 3",
            "migrations/main/1_a/up.sql": "",
            "migrations/audit/1_a/up.sql": "",
        }
    ) == [("audit", "hasura", "migrations/audit", ["1"]), ("main", "hasura", "migrations/main", ["1"])]


def test_flyway_folders_with_equal_versions_are_several_databases():
    files = {"db/migration/mysql/V1__a.sql": "", "db/migration/postgresql/V1__a.sql": ""}
    assert [(h.folder, h.dialect) for h in found(files)] == [
        ("db/migration/mysql", "mysql"),
        ("db/migration/postgresql", "postgres"),
    ]


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("CREATE TABLE t (id serial PRIMARY KEY);", "postgres"),
        ("SELECT 1;", "postgres"),
        ("CREATE TABLE `t` (`id` int AUTO_INCREMENT) ENGINE=InnoDB;", "mysql"),
        ("ALTER TABLE `t` ADD `c` int;", "mysql"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);", "sqlite"),
        ("CREATE TABLE `t` (`id` integer PRIMARY KEY AUTOINCREMENT);", "sqlite"),
        ("-- ENGINE=InnoDB AUTO_INCREMENT `x`\nSELECT 'AUTOINCREMENT';", "postgres"),
    ],
)
def test_the_dialect_is_guessed_from_words_outside_of_comments_and_strings(sql, dialect):
    (history,) = found({"migrations/1_a.sql": sql})
    assert history.dialect == dialect


def test_what_cannot_be_read_is_shown_with_its_reason():
    (history,) = found(
        {
            "migrations/1_a.sql": "SELECT 1;",
            "migrations/2_b.sql": b"\xff\x00",
            "migrations/3_c.sql": Link("1_a.sql"),
            "migrations/4_d.go": "package migrations",
            "migrations/5_e.sql": Submodule("1" * 40),
            "migrations/6_f.sql": "x" * 5_000_001,
        }
    )
    assert [m.version for m in history.migrations] == ["1"]
    assert history.not_analysed == (
        NotAnalysed("migrations/2_b.sql", 1, "binary file"),
        NotAnalysed("migrations/3_c.sql", 1, "a symlink is not followed"),
        NotAnalysed("migrations/5_e.sql", 1, "a submodule is not followed"),
        NotAnalysed("migrations/6_f.sql", 1, "larger than 5,000,000 bytes (5,000,001)"),
        NotAnalysed("migrations/4_d.go", 1, "a migration written in code (.go)"),
    )


def test_a_content_that_git_does_not_have_is_a_reason():
    tree, blobs = tree_of({"migrations/1_a.sql": "A", "migrations/2_b.sql": "B"})
    (lost,) = (entry.blob for path, entry in tree.entries.items() if path.endswith("2_b.sql"))
    blobs.contents = {blob: text for blob, text in blobs.contents.items() if blob != lost}
    (history,) = find_histories(tree, blobs)
    assert history.not_analysed == (NotAnalysed("migrations/2_b.sql", 1, "git has no such content"),)


def test_contents_are_read_in_one_call_and_only_those_needed():
    files = {"a/migrations/1_a.sql": "A", "b/migrations/1_b.sql": "B", "src/x.ts": "X", "q/find.sql": "Q"}
    tree, blobs = tree_of(files)
    find_histories(tree, blobs)
    wanted = {tree.entries[path].blob for path in ("a/migrations/1_a.sql", "b/migrations/1_b.sql")}
    assert blobs.calls == [wanted]


def test_a_tree_without_migrations_reads_nothing():
    tree, blobs = tree_of({"README.md": "x"})
    assert (find_histories(tree, blobs), blobs.calls) == ((), [])


FILES = {
    "testdata/sql/1_a.sql": "A",
    "testdata/sql/2_b.sql": "-- migrate:up\nB",
    "other/migrations/1_a.sql": "A",
}


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (DatabaseOptions("app", "testdata/sql"), ("app", "dbmate", "testdata/sql", ["2"])),
        (DatabaseOptions("app", "./testdata/sql/", "plain"), ("app", "plain", "testdata/sql", ["1", "2"])),
        (DatabaseOptions("app", "testdata", "sqlx"), ("app", "sqlx", "testdata/sql", ["1", "2"])),
        (DatabaseOptions("app", "testdata/sql", "supabase"), ("app", "supabase", "testdata/sql", ["1", "2"])),
        (DatabaseOptions("app", "nowhere"), ("app", "plain", "nowhere", [])),
    ],
)
def test_configured_databases_are_exactly_those(option, expected):
    assert named(FILES, option) == [expected]


def test_a_configured_folder_without_migrations_says_so():
    (history,) = found(FILES, DatabaseOptions("app", "other", "prisma"))
    assert history.not_analysed == (NotAnalysed("other", 1, "no prisma migrations in the configured folder"),)


def test_the_configured_dialect_wins_and_an_empty_one_is_guessed():
    files = {"migrations/1_a.sql": "CREATE TABLE `t` (id int);"}
    assert found(files, DatabaseOptions("a", "migrations"))[0].dialect == "postgres"
    assert found(files, DatabaseOptions("a", "migrations", dialect=""))[0].dialect == "mysql"


def test_an_unknown_format_is_a_settings_error():
    with pytest.raises(SettingsError, match=r"databases\.app\.format: 'flywy' is not one of .*flyway"):
        found(FILES, DatabaseOptions("app", "testdata/sql", "flywy"))


@pytest.mark.parametrize("name", ["-- $(x) @everyone <!-- -->.sql", "1\n2_b.sql", "9" * 5000 + "_x.sql", "٣_x.sql"])
def test_hostile_names_do_no_harm(name):
    (history,) = found({"migrations/1_a.sql": "A", f"migrations/{name}": "B"})
    assert history.migrations[0].path == "migrations/1_a.sql"
