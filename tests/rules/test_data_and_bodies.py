"""Rules about rows that go, bodies that go stale and rights that are taken away."""

import pytest

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from support.examples import run

TASKS = "CREATE TABLE tasks (id bigint PRIMARY KEY, title text, note text);"
BODY = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {} END $$;"
READ = "await db.from('tasks').select('id, title');\n"
DROP = "ALTER TABLE tasks DROP COLUMN note;"


def found(rule: str, migration: str, code: str = "", *, schema: str = TASKS) -> list[Finding]:
    files = {"web/a.ts": code} if code else {}
    example = Example("x", schema=schema, migrations=(migration,), base=files, head=files)
    return [finding for finding in run(example) if finding.rule == rule]


def bodies(body: str, migration: str = DROP, schema: str = "") -> list[Level]:
    whole = f"{TASKS} {schema} {BODY.format(body)}"
    return [f.level for f in found("routine-names-missing-column", migration, schema=whole)]


def test_a_body_that_selects_the_dropped_column_is_an_error() -> None:
    assert bodies("PERFORM note FROM tasks;") == [Level.ERROR]


@pytest.mark.parametrize(
    "body",
    [
        "PERFORM title FROM tasks; -- the note is gone",
        "PERFORM title FROM tasks; RAISE NOTICE 'a note';",
        "PERFORM note FROM other_tasks;",
        "PERFORM notes FROM tasks;",
        "PERFORM note FROM archive.tasks;",
    ],
)
def test_a_body_that_only_looks_alike_is_left_alone(body: str) -> None:
    assert bodies(body) == []


def test_a_string_counts_where_the_body_runs_strings() -> None:
    assert bodies("EXECUTE 'UPDATE tasks SET note = NULL';") == [Level.ERROR]


def test_a_word_that_another_table_of_the_body_has_too_is_a_warning() -> None:
    assert bodies(
        "PERFORM note FROM tasks JOIN pages USING (id);", schema="CREATE TABLE pages (id bigint, note text);"
    ) == [Level.WARNING]


def test_a_body_that_names_a_dropped_table_is_an_error() -> None:
    assert bodies("INSERT INTO tasks (id) VALUES (1);", "DROP TABLE tasks;") == [Level.ERROR]


def test_a_view_in_the_place_of_a_renamed_table_keeps_the_body_working() -> None:
    rename = "ALTER TABLE tasks RENAME TO jobs;"

    assert bodies("PERFORM title FROM tasks;", rename) == [Level.ERROR]
    assert bodies("PERFORM title FROM tasks;", f"{rename} CREATE VIEW tasks AS SELECT id, title FROM jobs;") == []


def test_a_routine_that_goes_too_is_left_alone() -> None:
    assert bodies("PERFORM note FROM tasks;", f"DROP FUNCTION f(); {DROP}") == []


def test_a_reference_table_that_is_filled_again_is_only_a_warning() -> None:
    refill = "DELETE FROM tasks; INSERT INTO tasks (id, title) VALUES (1, 'a');"

    assert [f.level for f in found("unbounded-data-change", refill, READ)] == [Level.WARNING]
    assert [f.level for f in found("unbounded-data-change", "DELETE FROM tasks;", READ)] == [Level.ERROR]


def test_a_cascade_names_the_tables_that_it_empties_too() -> None:
    schema = f"{TASKS} CREATE TABLE steps (id bigint, task bigint REFERENCES tasks);"
    one = found("unbounded-data-change", "TRUNCATE tasks CASCADE;", schema=schema)

    assert "with those of `steps`" in one[0].message


def test_an_update_under_the_lock_of_another_table_is_told_once() -> None:
    schema = f"{TASKS} CREATE TABLE pages (id bigint);"
    sql = "ALTER TABLE pages ADD COLUMN a int; UPDATE tasks SET note = '';"

    assert found("unbounded-data-change", sql, schema=schema) == []
    assert ["ACCESS EXCLUSIVE on `pages`" in f.message for f in found("work-under-lock", sql, schema=schema)] == [True]


def test_the_recipe_batches_by_a_key_of_whole_numbers_only() -> None:
    schema = "CREATE TABLE tasks (id uuid PRIMARY KEY, note text);"
    by_number = found("unbounded-data-change", "UPDATE tasks SET note = '';")[0].recipe
    by_uuid = found("unbounded-data-change", "UPDATE tasks SET note = '';", schema=schema)[0].recipe

    assert [s.sql for s in by_number] == ["UPDATE tasks SET note = '' WHERE id BETWEEN 1 AND 10000;"]
    assert [s.sql for s in by_uuid] == [""]


@pytest.mark.parametrize(
    ("migration", "told"),
    [
        ("REVOKE ALL ON tasks FROM authenticated;", 1),
        ("REVOKE SELECT, UPDATE ON TABLE public.tasks FROM anon, authenticated;", 1),
        ("REVOKE UPDATE ON tasks FROM authenticated;", 0),
        ("REVOKE ALL ON tasks FROM PUBLIC;", 0),
        ("REVOKE ALL ON tasks FROM anon; GRANT ALL ON tasks TO authenticated;", 0),
    ],
)
def test_a_revoke_counts_for_the_commands_that_old_code_uses(migration: str, told: int) -> None:
    assert len(found("revoke-privilege", migration, READ)) == told


def test_a_revoke_of_execute_counts_unless_a_role_gets_it_instead() -> None:
    schema = f"{TASKS} {BODY.format('NULL;')}"
    revoke = "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;"
    call = "await db.rpc('f');\n"

    assert len(found("revoke-privilege", revoke, call, schema=schema)) == 1
    assert found("revoke-privilege", f"{revoke} GRANT EXECUTE ON FUNCTION f() TO web;", call, schema=schema) == []
    assert found("revoke-privilege", revoke, call, schema=f"{schema} {revoke}") == []


def test_a_right_of_the_api_roles_is_no_matter_of_a_direct_connection() -> None:
    files = {"api/a.py": 'cursor.execute("SELECT id FROM tasks")\n'}
    migration = "REVOKE SELECT ON tasks FROM anon;"
    told = run(Example("x", schema=TASKS, migrations=(migration,), base=files, head=files))

    assert [f.rule for f in told] == []
