import pytest

from midflight.plan.inverse import invert
from midflight.plan.model import Reversibility
from support.plans import inverse_of, steps_after

UNSEEN = "DO $$ BEGIN EXECUTE format('CREATE TABLE %I (a integer)', current_user); END $$;"
LOSSLESS, LOSSY, IRREVERSIBLE = Reversibility.LOSSLESS, Reversibility.LOSSY, Reversibility.IRREVERSIBLE


@pytest.mark.parametrize(
    ("migration", "sql", "grade"),
    [
        ("CREATE TABLE notes (id integer);", "DROP TABLE IF EXISTS notes;", LOSSY),
        ("ALTER TABLE projects ADD COLUMN a text;", "ALTER TABLE projects DROP COLUMN IF EXISTS a;", LOSSY),
        ("CREATE VIEW v AS SELECT id FROM projects;", "DROP VIEW IF EXISTS v;", LOSSLESS),
        (
            "CREATE OR REPLACE FUNCTION f(a integer, b text DEFAULT 'x') RETURNS void LANGUAGE sql AS $$ SELECT $$;",
            "DROP FUNCTION IF EXISTS f(integer, text);",
            LOSSLESS,
        ),
        (
            "CREATE INDEX CONCURRENTLY by_title ON projects (title);",
            "DROP INDEX CONCURRENTLY IF EXISTS by_title;",
            LOSSLESS,
        ),
        (
            "ALTER TABLE projects RENAME COLUMN title TO name;",
            "ALTER TABLE projects RENAME COLUMN name TO title;",
            LOSSLESS,
        ),
        (
            "ALTER TABLE projects ALTER COLUMN size TYPE bigint;",
            "ALTER TABLE projects ALTER COLUMN size TYPE integer;",
            LOSSY,
        ),
        (
            "ALTER TABLE projects ALTER COLUMN title TYPE varchar(50);",
            "ALTER TABLE projects ALTER COLUMN title TYPE text;",
            LOSSLESS,
        ),
        (
            "ALTER TABLE projects ALTER COLUMN title TYPE varchar(5) USING title::varchar(5);",
            "ALTER TABLE projects ALTER COLUMN title TYPE text;",
            IRREVERSIBLE,
        ),
        (
            "ALTER TABLE projects ALTER COLUMN title DROP NOT NULL;",
            "ALTER TABLE projects ALTER COLUMN title SET NOT NULL;",
            LOSSLESS,
        ),
        ("CREATE TYPE mood AS ENUM ('ok');", "DROP TYPE IF EXISTS mood;", LOSSLESS),
        ("CREATE SCHEMA app;", "DROP SCHEMA IF EXISTS app;", LOSSLESS),
        ("GRANT SELECT ON projects TO anon;", "REVOKE SELECT ON TABLE projects FROM anon;", LOSSLESS),
    ],
)
def test_an_operation_is_undone(migration, sql, grade):
    inverse = inverse_of(migration)
    assert (inverse.sql, inverse.grade) == (sql, grade)


@pytest.mark.parametrize(
    "migration",
    [
        "CREATE TABLE IF NOT EXISTS projects (id integer);",
        "DROP TABLE IF EXISTS nothing;",
        "ALTER TABLE projects ADD COLUMN IF NOT EXISTS title text;",
        "SET lock_timeout = '1s';",
        "BEGIN;",
        "SELECT 1;",
        "LOCK TABLE projects IN ACCESS EXCLUSIVE MODE;",
        "ANALYZE projects;",
        "CREATE TEMPORARY TABLE scratch (id integer);",
    ],
)
def test_what_changed_nothing_needs_no_undoing(migration):
    inverse = inverse_of(migration)
    assert (inverse.sql, inverse.grade) == ("", LOSSLESS)


def test_a_dropped_table_comes_back_without_its_rows():
    inverse = inverse_of("DROP TABLE forms;")
    assert inverse.grade is IRREVERSIBLE
    assert inverse.note == "The rows of `forms` are lost: copy them before the migration."
    assert inverse.sql.startswith("CREATE TABLE forms (\n    id bigint NOT NULL,\n    project_id bigint,")
    assert "-- CREATE TABLE rollback_copies.forms AS SELECT * FROM forms;" in inverse.sql.splitlines()
    assert inverse.sql.endswith(
        "ADD CONSTRAINT forms_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id);"
    )


def test_a_dropped_required_column_can_come_back_to_a_table_with_rows():
    lines = inverse_of("ALTER TABLE projects DROP COLUMN title;").sql.splitlines()
    assert lines[0] == "ALTER TABLE projects ADD COLUMN title text;"
    assert lines[-1] == "ALTER TABLE projects ALTER COLUMN title SET NOT NULL;"


def test_a_check_comes_back_without_locking_the_table_for_a_scan():
    schema = "CREATE TABLE t (a integer CONSTRAINT positive CHECK (a > 0));"
    inverse = inverse_of("ALTER TABLE t DROP CONSTRAINT positive;", schema)
    added, validated = inverse.sql.splitlines()
    assert added.endswith("NOT VALID;")
    assert validated == "ALTER TABLE t VALIDATE CONSTRAINT positive;"
    assert inverse.note == "Rows written since that violate `positive` on `t` make this step fail: look for them first."


def test_a_validated_constraint_stays_validated():
    schema = "CREATE TABLE t (a integer); ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;"
    assert inverse_of("ALTER TABLE t VALIDATE CONSTRAINT positive;", schema).sql == ""


def test_an_added_enum_value_stays_and_the_swap_of_the_type_is_shown():
    schema = "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (id integer, mood mood DEFAULT 'ok');"
    inverse = inverse_of("ALTER TYPE mood ADD VALUE 'sad';", schema)
    assert inverse.grade is IRREVERSIBLE
    assert inverse.sql.splitlines() == [
        "-- 'sad' stays in enum mood; to remove it, swap the type:",
        "-- UPDATE t SET mood = <another value> WHERE mood IN ('sad');",
        "-- ALTER TYPE mood RENAME TO mood_old;",
        "-- CREATE TYPE mood AS ENUM ('ok');",
        "-- ALTER TABLE t ALTER COLUMN mood DROP DEFAULT;",
        "-- ALTER TABLE t ALTER COLUMN mood TYPE mood USING mood::text::mood;",
        "-- ALTER TABLE t ALTER COLUMN mood SET DEFAULT 'ok';",
        "-- DROP TYPE mood_old;",
    ]


@pytest.mark.parametrize(
    ("migration", "first", "restore"),
    [
        (
            "UPDATE projects SET status = 'new' WHERE size > 3;",
            "CREATE TABLE rollback_copies.projects_status AS SELECT id, status FROM projects WHERE size > 3;",
            (
                "UPDATE projects AS now SET status = kept.status FROM rollback_copies.projects_status AS kept "
                "WHERE now.id = kept.id;"
            ),
        ),
        (
            "TRUNCATE forms;",
            "CREATE TABLE rollback_copies.forms AS SELECT * FROM forms;",
            "INSERT INTO forms SELECT * FROM rollback_copies.forms;",
        ),
    ],
)
def test_a_data_statement_says_what_to_copy_first(migration, first, restore):
    inverse = inverse_of(migration)
    assert inverse.grade is IRREVERSIBLE
    assert [f"-- {first}", "-- then this puts it back:", f"-- {restore}"] == inverse.sql.splitlines()[-3:]


def test_inserted_rows_stay():
    inverse = inverse_of("INSERT INTO projects (id, title) VALUES (1, 'x');")
    assert inverse.grade is LOSSY
    assert inverse.sql == "-- DELETE FROM projects WHERE <the inserted rows>;"


def test_a_statement_that_could_not_be_read_is_undone_by_hand():
    inverse = inverse_of("DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'projects';\nEND $$;")
    assert inverse.grade is IRREVERSIBLE
    assert inverse.note.startswith("Not analysed: write the rollback by hand")
    assert all(line.startswith("--") for line in inverse.sql.splitlines())


def test_a_call_of_an_unknown_function_is_undone_by_hand():
    assert inverse_of("SELECT create_hypertable('projects', 'id');").grade is IRREVERSIBLE


def test_a_table_that_the_history_does_not_show_is_not_invented():
    inverse = inverse_of("DROP TABLE old;", UNSEEN)
    assert inverse.grade is IRREVERSIBLE
    assert inverse.note == ("The history does not show what `old` was: recreate it from a backup or from the database.")


def test_a_column_added_to_an_unknown_table_is_dropped_and_the_table_is_not():
    assert inverse_of("ALTER TABLE old ADD COLUMN b text;", UNSEEN).sql == "ALTER TABLE old DROP COLUMN IF EXISTS b;"


def test_a_table_that_may_have_been_there_before_is_not_dropped():
    inverse = inverse_of("CREATE TABLE IF NOT EXISTS old (a integer);", UNSEEN)
    assert all(line.startswith("--") for line in inverse.sql.splitlines())
    assert inverse.note.endswith("drop it only if it was not.")


def test_the_columns_behind_a_star_are_those_of_the_time_before():
    schema = "CREATE TABLE t (a integer); CREATE VIEW v AS\nSELECT\n    *\nFROM\n    t;"
    steps = steps_after(schema, "ALTER TABLE t ADD COLUMN b integer; DROP VIEW v; CREATE VIEW v AS SELECT * FROM t;")
    assert "SELECT a FROM t" in " ".join(invert(steps[1]).sql.split())


def test_names_of_a_hostile_author_stay_inside_their_quotes_and_comments():
    inverse = inverse_of('CREATE TABLE "a\nDROP DATABASE x; --" (id integer); ')
    assert inverse.sql == 'DROP TABLE IF EXISTS "a\nDROP DATABASE x; --"\n;'
    update = inverse_of('UPDATE "b\nDROP DATABASE x; --" SET a = 1;')
    assert all(line.startswith("--") for line in update.sql.splitlines())
