"""What each format makes of its files: version, name, transactions, first line, up script and down script."""

import json

import pytest

from midflight.changes.model import NotAnalysed
from midflight.migrations.find import find_histories
from midflight.migrations.formats import FORMATS
from support.trees import tree_of


def history_of(files):
    tree, blobs = tree_of(files)
    (history,) = find_histories(tree, blobs)
    return history


def told(history):
    return [
        (m.version, m.name, m.up.transactions.value, m.up.first_line, m.up.text, m.down and m.down.text)
        for m in history.migrations
    ]


def journal(*entries, dialect="postgresql"):
    listed = [{"idx": idx, "when": when, "tag": tag, "breakpoints": True} for idx, (when, tag) in enumerate(entries)]
    return json.dumps({"version": "7", "dialect": dialect, "entries": listed})


CASES = {
    "supabase": (
        {
            "supabase/config.toml": 'project_id = "x"',
            "supabase/migrations/20240102000000_b.sql": "B",
            "supabase/migrations/20240101000000_a.sql": "A",
            "supabase/seed.sql": "S",
            "supabase/seeds/001_users.sql": "S",
            "supabase/tests/00001_policies.sql": "T",
            "supabase/tests/00002_policies.sql": "T",
            "supabase/schemas/01_tables.sql": "D",
            "supabase/migrations_old/001_x.sql": "O",
        },
        "postgres",
        [
            ("20240101000000", "a", "per-file", 1, "A", None),
            ("20240102000000", "b", "per-file", 1, "B", None),
        ],
    ),
    "flyway": (
        {
            "app/src/main/resources/db/migration/V1__one.sql": "1",
            "app/src/main/resources/db/migration/V1.10__ten.sql": "10",
            "app/src/main/resources/db/migration/V1_9__nine.sql": "9",
            "app/src/main/resources/db/migration/U1.9__nine.sql": "undo 9",
            "app/src/main/resources/db/migration/R__views.sql": "VIEW",
            "app/src/main/resources/db/migration/later/V2__index.sql": "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);",
            "app/src/main/resources/db/migration/V3__alone.sql": "ALONE",
            "app/src/main/resources/db/migration/V3__alone.sql.conf": "executeInTransaction=false",
        },
        "postgres",
        [
            ("1", "one", "per-file", 1, "1", None),
            ("1.9", "nine", "per-file", 1, "9", "undo 9"),
            ("1.10", "ten", "per-file", 1, "10", None),
            ("2", "index", "none", 1, "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);", None),
            ("3", "alone", "none", 1, "ALONE", None),
            ("", "views", "per-file", 1, "VIEW", None),
        ],
    ),
    "golang-migrate": (
        {
            "internal/migrations/10_b.up.sql": "B",
            "internal/migrations/9_a.up.sql": "A",
            "internal/migrations/9_a.down.sql": "not A",
        },
        "postgres",
        [("9", "a", "implicit", 1, "A", "not A"), ("10", "b", "implicit", 1, "B", None)],
    ),
    "bun": (
        {
            "migrations/20240101_a.tx.up.sql": "A",
            "migrations/20240101_a.tx.down.sql": "not A",
            "migrations/20240102_b.up.sql": "B",
        },
        "postgres",
        [("20240101", "a", "per-file", 1, "A", "not A"), ("20240102", "b", "implicit", 1, "B", None)],
    ),
    "db-migrate": (
        {
            "migrations/sqls/20240101-a-up.sql": "A",
            "migrations/sqls/20240101-a-down.sql": "not A",
            "migrations/20240101-a.js": "exports.up",
        },
        "postgres",
        [("20240101", "a", "per-file", 1, "A", "not A")],
    ),
    "diesel": (
        {
            "migrations/2019-02-26-002946_create_user/up.sql": "A",
            "migrations/2019-02-26-002946_create_user/down.sql": "not A",
            "migrations/00000000000000_diesel_initial_setup/up.sql": "0",
            "migrations/2020-01-01-000000_alone/up.sql": "C",
            "migrations/2020-01-01-000000_alone/metadata.toml": "run_in_transaction = false\n",
        },
        "postgres",
        [
            ("00000000000000", "diesel_initial_setup", "per-file", 1, "0", None),
            ("2019-02-26-002946", "create_user", "per-file", 1, "A", "not A"),
            ("2020-01-01-000000", "alone", "implicit", 1, "C", None),
        ],
    ),
    "hasura": (
        {
            "hasura/config.yaml": "version: 3",
            "hasura/migrations/default/1620000000000_init/up.sql": "A",
            "hasura/migrations/default/1620000000000_init/down.sql": "not A",
            "hasura/migrations/default/1620000000001_more/up.sql": "B",
        },
        "postgres",
        [
            ("1620000000000", "init", "per-file", 1, "A", "not A"),
            ("1620000000001", "more", "per-file", 1, "B", None),
        ],
    ),
    "prisma": (
        {
            "prisma/migrations/migration_lock.toml": '# Please do not edit\nprovider = "mysql"\n',
            "prisma/migrations/20240101000000_init/migration.sql": "A",
            "prisma/migrations/20240102000000_more/migration.sql": "B",
            "prisma/migrations/20240102000000_more/down.sql": "not B",
        },
        "mysql",
        [
            ("20240101000000", "init", "implicit", 1, "A", None),
            ("20240102000000", "more", "implicit", 1, "B", "not B"),
        ],
    ),
    "drizzle": (
        {
            "drizzle/0000_a.sql": "A;\n--> statement-breakpoint\nAA;",
            "drizzle/0001_b.sql": "B",
            "drizzle/meta/_journal.json": journal((1700, "0001_b"), (1600, "0000_a"), dialect="sqlite"),
            "drizzle/meta/0000_snapshot.json": "{}",
        },
        "sqlite",
        [
            ("1700", "0001_b", "per-run", 1, "B", None),
            ("1600", "0000_a", "per-run", 1, "A;\n--> statement-breakpoint\nAA;", None),
        ],
    ),
    "drizzle-folders": (
        {"drizzle/20240101000000_a/migration.sql": "A", "drizzle/20240101000000_a/snapshot.json": "{}"},
        "postgres",
        [("20240101000000", "a", "per-run", 1, "A", None)],
    ),
    "dbmate": (
        {
            "db/migrations/20240101_a.sql": "-- migrate:up\nA;\nAA;\n\n-- migrate:down\nnot A;\n",
            "db/migrations/20240102_b.sql": "\n\n-- migrate:up transaction:false\r\nB;\r\n-- migrate:down\r\n",
        },
        "postgres",
        [
            ("20240101", "a", "per-file", 2, "A;\nAA;\n", "not A;\n"),
            ("20240102", "b", "implicit", 4, "B;\r", ""),
        ],
    ),
    "goose": (
        {
            "sql/schema/00002_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nB;\n",
            "sql/schema/00001_a.sql": "-- +goose Up\n-- +goose StatementBegin\nA;\n-- +goose StatementEnd\n"
            "-- +goose Down\nnot A;",
        },
        "postgres",
        [
            (
                "00001",
                "a",
                "per-file",
                2,
                "-- +goose StatementBegin\nA;\n-- +goose StatementEnd",
                "not A;",
            ),
            ("00002", "b", "none", 3, "B;\n", None),
        ],
    ),
    "tern": (
        {
            "migrations/001_a.sql": "A;\n---- create above / drop below ----\nnot A;\n",
            "migrations/002_b.sql": "---- tern: disable-tx ----\nB;\n",
        },
        "postgres",
        [
            ("001", "a", "per-file", 1, "A;\n", "not A;\n"),
            ("002", "b", "none", 1, "---- tern: disable-tx ----\nB;\n", None),
        ],
    ),
    "pop": (
        {
            "migrations/1_a.mysql.up.sql": "M;",
            "migrations/1_a.postgres.up.sql": "A;",
            "migrations/1_a.down.sql": "not A;",
            "migrations/2_b.up.sql": "B;",
            "migrations/2_b.cockroach.up.sql": "C;",
            "migrations/3_c.postgres.autocommit.up.sql": "D;",
        },
        "postgres",
        [
            ("1", "a", "per-file", 1, "A;", "not A;"),
            ("2", "b", "per-file", 1, "B;", None),
            ("3", "c", "none", 1, "D;", None),
        ],
    ),
    "sql-migrate": (
        {
            "migrations/1_a.sql": "-- +migrate Up\nA;\n-- +migrate Down\nnot A;\n-- +migrate Up\nAA;",
            "migrations/2_b.sql": "-- comment\n-- +migrate Up notransaction\nB;",
            "migrations/3_c.sql": "-- +migrate Up\nC;\n-- +migrate Up notransaction\nCC;",
        },
        "postgres",
        [
            ("1", "a", "per-file", 2, "A;\n\n\n\nAA;", "not A;"),
            ("2", "b", "none", 3, "B;", None),
            ("3", "c", "none", 2, "C;\n\nCC;", None),
        ],
    ),
    "node-pg-migrate": (
        {
            "migrations/1700000000000_a.sql": "-- Up Migration\nA;\n-- Down Migration\nnot A;",
            "migrations/1700000000001_b.sql": "B;\n--- down migration\nnot B;",
        },
        "postgres",
        [
            ("1700000000000", "a", "per-run", 2, "A;", "not A;"),
            ("1700000000001", "b", "per-run", 1, "B;\n", "not B;"),
        ],
    ),
    "sqlx": (
        {
            "Cargo.toml": "[package]",
            "migrations/20240101_a.up.sql": "A",
            "migrations/20240101_a.down.sql": "not A",
            "migrations/20240102_b.sql": "-- no-transaction\nB",
        },
        "postgres",
        [
            ("20240101", "a", "per-file", 1, "A", "not A"),
            ("20240102", "b", "implicit", 1, "-- no-transaction\nB", None),
        ],
    ),
    "rails": (
        {
            "config/database.yml": "production:\n  adapter: postgresql\n",
            "db/schema.rb": "ActiveRecord::Schema[7.1].define(version: 2) do\nend\n",
            "db/structure.sql": "CREATE TABLE a ();",
            "db/migrate/20240102000000_b.rb": (
                "class B < ActiveRecord::Migration[7.1]\n"
                "  def up\n    drop_table :a\n  end\n  def down\n    raise 'no'\n  end\nend\n"
            ),
            "db/migrate/20240101000000_a.rb": (
                "class A < ActiveRecord::Migration[7.1]\n  def change\n    create_table :a\n  end\nend\n"
            ),
        },
        "postgres",
        [
            (
                "20240101000000",
                "a",
                "per-file",
                1,
                'CREATE TABLE "a" ("id" bigserial PRIMARY KEY);\n',
                'DROP TABLE "a";\n',
            ),
            ("20240102000000", "b", "per-file", 1, 'DROP TABLE "a";\n', None),
        ],
    ),
    "plain": (
        {
            "db/10-c.sql": "C",
            "db/2-b.sql": "B",
            "db/2-b.down.sql": "not B",
            "db/001_a.sql": "A",
            "db/2024-01-31-d.sql": "D",
        },
        "postgres",
        [
            ("001", "a", "per-file", 1, "A", None),
            ("2", "b", "per-file", 1, "B", "not B"),
            ("10", "c", "per-file", 1, "C", None),
            ("2024-01-31", "d", "per-file", 1, "D", None),
        ],
    ),
    "django": (
        {
            "manage.py": "",
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_initial.py": "from django.db import migrations\n\n\n"
            "class Migration(migrations.Migration):\n"
            "    operations = [migrations.RunSQL('A;', reverse_sql='not A;')]\n",
        },
        "postgres",
        [("shop.0001", "initial", "per-file", 1, "A;", "not A;")],
    ),
    "alembic": (
        {
            "alembic/env.py": "",
            "alembic/versions/ab12_first.py": "from alembic import op\nrevision = 'ab12'\ndown_revision = None\n\n\n"
            "def upgrade():\n    op.execute('A;')\n\n\ndef downgrade():\n    op.execute('not A;')\n",
        },
        "postgres",
        [("ab12", "first", "per-run", 1, "A;", "not A;")],
    ),
}


def test_every_format_has_a_case():
    assert {each.name for each in FORMATS} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_format_is_recognised_and_read(name):
    files, dialect, expected = CASES[name]
    history = history_of(files)
    assert (history.format, history.dialect) == (name, dialect)
    assert told(history) == expected
    assert history.not_analysed == ()


def test_flyway_marks_what_is_repeated():
    history = history_of({"db/migration/V1__a.sql": "A", "db/migration/R__v.sql": "V"})
    assert [(m.path, m.repeatable) for m in history.migrations] == [
        ("db/migration/V1__a.sql", False),
        ("db/migration/R__v.sql", True),
    ]


@pytest.mark.parametrize(
    ("files", "path", "reason"),
    [
        pytest.param(
            {"supabase/migrations/1_a.sql": "", "supabase/migrations/notes.sql": ""},
            "supabase/migrations/notes.sql",
            "Supabase applies only files named <timestamp>_name.sql",
            id="Supabase",
        ),
        pytest.param(
            {"d/V1__a.sql": "", "d/V__b.sql": ""},
            "d/V__b.sql",
            "Flyway wants a version after V and none after R",
            id="Flyway",
        ),
        pytest.param(
            {"d/0_a.sql": "", "d/0_b.sql": "", "d/meta/_journal.json": journal((1, "0_a"))},
            "d/0_b.sql",
            "meta/_journal.json does not name it, so Drizzle does not apply it",
            id="Drizzle",
        ),
        pytest.param(
            {"m/1_a/up.sql": "", "m/1_a/seed.sql": ""},
            "m/1_a/seed.sql",
            "Diesel runs only up.sql and down.sql",
            id="Diesel",
        ),
    ],
)
def test_a_file_that_the_tool_does_not_apply_is_shown(files, path, reason):
    assert history_of(files).skipped == (NotAnalysed(path, 1, reason),)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"entries": [{"tag": "a"}]}', "[" * 100_000, '{"entries": 1}'])
def test_a_broken_journal_is_a_reason(text):
    history = history_of({"d/0_a.sql": "A", "d/meta/_journal.json": text})
    reason = "the journal of Drizzle is not JSON with entries, so no order is known"
    assert (history.migrations, history.not_analysed) == ((), (NotAnalysed("d/meta/_journal.json", 1, reason),))


def test_a_journal_entry_without_file_is_a_reason():
    history = history_of({"d/0_a.sql": "A", "d/meta/_journal.json": journal((1, "0_a"), (2, "1_b"))})
    assert history.not_analysed == (
        NotAnalysed("d/meta/_journal.json", 1, "the journal names 1_b.sql, which does not exist"),
    )


def test_a_file_without_an_up_section_is_a_reason():
    history = history_of({"migrations/1_a.sql": "-- +goose Up\nA;", "migrations/2_b.sql": "B;"})
    assert [m.version for m in history.migrations] == ["1"]
    assert history.not_analysed == (NotAnalysed("migrations/2_b.sql", 1, "no section to apply is marked in this file"),)


def test_a_marker_in_one_of_many_files_does_not_decide():
    files = {f"migrations/{n}_x.sql": "SELECT 1;" for n in range(1, 5)}
    assert history_of(files | {"migrations/5_x.sql": "-- migrate:up\nA;"}).format == "plain"
