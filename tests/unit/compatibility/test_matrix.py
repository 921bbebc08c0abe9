"""The four cells, from SQL and code as a pull request has them."""

import pytest

from midflight.compatibility.model import BreakKind, Matrix, State
from support.examples import assess_files

HISTORY = "supabase/migrations/20240101000000_schema.sql"
PENDING = "supabase/migrations/20240201000000_change.sql"
TABLE = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL, note text);"


def matrix(schema: str, migration: str, old: str, new: str, path: str = "web/app.ts") -> Matrix:
    base = {HISTORY: schema, path: old}
    head = {HISTORY: schema, path: new} | ({PENDING: migration} if migration else {})
    return assess_files(base, head).matrix


def states(found: Matrix) -> tuple[State, State, State, State]:
    return (found.old_new.state, found.new_old.state, found.new_new.state, found.old_old.state)


H, B, D, U = State.HOLDS, State.BREAKS, State.DEGRADES, State.UNDETERMINED
SELECT = "await db.from('projects').select('id, title');\n"
CALL = "await db.rpc('publish', { p_id: 1 });\n"
FUNCTION = "CREATE FUNCTION publish(p_id bigint) RETURNS void LANGUAGE sql AS $$ SELECT 1 $$;"

CASES = [
    pytest.param("ALTER TABLE projects ADD COLUMN x text;", SELECT, SELECT, (H, H, H, H), id="additive"),
    pytest.param(FUNCTION, SELECT, CALL, (H, B, H, H), id="routine and caller together"),
    pytest.param("", SELECT, CALL, (H, B, B, H), id="a routine that nothing makes"),
    pytest.param(
        "ALTER TABLE projects DROP COLUMN note;",
        "await db.from('projects').select('id, note');\n",
        SELECT,
        (B, H, H, H),
        id="drop under old code",
    ),
    pytest.param(
        "ALTER TABLE projects DROP COLUMN note;",
        "await db.from('projects').select('id, note');\n",
        "await db.from('projects').select('id, note');\n",
        (B, H, B, H),
        id="drop under old and new code",
    ),
    pytest.param(
        "ALTER TABLE projects RENAME COLUMN note TO memo;",
        "await db.from('projects').select('note');\n",
        "await db.from('projects').select('memo');\n",
        (B, B, H, H),
        id="rename",
    ),
    pytest.param(
        FUNCTION,
        SELECT,
        f"if (process.env.PUBLISH === 'true') {{\n  {CALL}}}\n",
        (H, D, H, H),
        id="behind a flag",
    ),
    pytest.param(
        "DO $$ BEGIN EXECUTE 'ALTER TABLE projects DROP COLUMN ' || 'note'; END $$;",
        SELECT,
        SELECT,
        (U, H, H, H),
        id="a statement that cannot be read",
    ),
    pytest.param(
        "ALTER TABLE projects DROP COLUMN note;",
        "await supabase.from(tableName).select('id');\n",
        "await supabase.from(tableName).select('id');\nexport {};\n",
        (U, H, H, H),
        id="a dynamic table while something is removed",
    ),
    pytest.param(
        "ALTER TABLE projects ADD CONSTRAINT short CHECK (length(title) < 10);",
        "await db.from('projects').insert({ id: 1, title });\n",
        "await db.from('projects').insert({ id: 1, title });\n",
        (U, H, H, H),
        id="values decide",
    ),
    pytest.param(
        "ALTER TABLE projects ALTER COLUMN note TYPE jsonb USING note::jsonb;",
        "await db.from('projects').select('note');\n",
        "await db.from('projects').select('note');\n",
        (B, H, H, H),
        id="another type under unchanged code",
    ),
]


@pytest.mark.parametrize(("migration", "old", "new", "expected"), CASES)
def test_each_cell_is_judged_by_its_own_code_and_schema(
    migration: str, old: str, new: str, expected: tuple[State, ...]
) -> None:
    assert states(matrix(TABLE, migration, old, new)) == expected


def test_a_break_names_the_line_of_code_and_the_statement() -> None:
    found = matrix(TABLE, f"-- why\n\n{FUNCTION}", SELECT, f"// new\n{CALL}").new_old.breaks[0]

    assert (found.kind, found.object, found.sqlstate) == (BreakKind.MISSING_ROUTINE, "publish", "PGRST202")
    assert (found.place.path, found.place.line) == ("web/app.ts", 2)
    assert found.statement is not None
    assert (found.statement.path, found.statement.line) == (PENDING, 3)


def test_what_is_broken_on_the_old_schema_already_is_not_blamed_on_the_change() -> None:
    old = "await db.from('projects').select('titel');\n"
    found = matrix(TABLE, "ALTER TABLE projects ADD COLUMN x text;", old, f"{old}export {{}};\n")

    assert states(found) == (H, H, H, U)
    assert "titel" in found.old_old.doubts[0].reason


def test_a_table_in_which_a_tool_notes_what_it_has_applied_is_made_by_the_tool() -> None:
    new = "await db.query('SELECT version FROM _sqlx_migrations');\n"

    assert states(matrix(TABLE, "ALTER TABLE projects ADD COLUMN x text;", SELECT, new)) == (H, H, H, H)


def test_a_required_column_breaks_inserts_that_leave_it_out_in_unchanged_files() -> None:
    insert = "await db.from('projects').insert({ id: 1, title });\n"
    found = matrix(TABLE, "ALTER TABLE projects ADD COLUMN owner bigint NOT NULL;", insert, insert)

    assert [(b.kind, b.object, b.sqlstate) for b in found.old_new.breaks] == [
        (BreakKind.REQUIRED_COLUMN, "projects.owner", "23502")
    ]


def test_an_insert_whose_keys_are_not_all_known_is_no_break() -> None:
    insert = "await db.from('projects').insert({ id: 1, ...rest });\n"
    found = matrix(TABLE, "ALTER TABLE projects ADD COLUMN owner bigint NOT NULL;", insert, insert)

    assert found.old_new.breaks == ()


def test_postgrest_finds_a_routine_by_the_names_of_its_arguments() -> None:
    named = "await db.rpc('publish', { id: 1 });\n"
    found = matrix(f"{TABLE} {FUNCTION}", "", SELECT, named).new_new.breaks

    assert [(b.kind, b.object) for b in found] == [(BreakKind.SIGNATURE, "publish")]
    assert "publish(p_id)" in found[0].detail


def test_an_upsert_needs_a_unique_index_on_its_target() -> None:
    upsert = "await db.from('projects').upsert({ id: 1, title }, { onConflict: 'title' });\n"
    found = matrix(TABLE, "CREATE UNIQUE INDEX projects_title ON projects (title);", SELECT, upsert)

    assert [(b.kind, b.sqlstate) for b in found.new_old.breaks] == [(BreakKind.UPSERT_TARGET, "42P10")]
    assert found.new_new.breaks == ()


PARTIAL = "CREATE UNIQUE INDEX {0}_once ON projects ({0}) WHERE note IS NOT NULL;"


@pytest.mark.parametrize(
    ("target", "broken"),
    [
        ("(title) WHERE note IS NOT NULL", []),
        ("(title)", [BreakKind.UPSERT_TARGET]),
        ("(id, title) WHERE note IS NOT NULL", [BreakKind.UPSERT_TARGET]),
        ("(lower(title))", []),
        ('(title COLLATE "C")', []),
    ],
)
def test_a_partial_unique_index_serves_an_upsert_whose_target_has_a_condition(
    target: str, broken: list[BreakKind]
) -> None:
    upsert = f"await sql`INSERT INTO projects (id, title) VALUES (1, 'a') ON CONFLICT {target} DO NOTHING`;\n"
    found = matrix(TABLE, PARTIAL.format("title"), SELECT, upsert)

    assert [b.kind for b in found.new_new.breaks] == broken


def test_an_upsert_breaks_with_the_partial_index_that_served_it() -> None:
    target = "(title) WHERE note IS NOT NULL"
    upsert = f"await sql`INSERT INTO projects (id, title) VALUES (1, 'a') ON CONFLICT {target} DO NOTHING`;\n"
    found = matrix(TABLE + PARTIAL.format("title"), "DROP INDEX title_once;", upsert, upsert)

    assert [(b.kind, b.sqlstate) for b in found.old_new.breaks] == [(BreakKind.UPSERT_TARGET, "42P10")]


def test_an_object_that_a_platform_makes_is_never_missing() -> None:
    code = "await db.schema('auth').from('users').select('id');\n"

    assert states(matrix(TABLE, "", SELECT, code)) == (H, H, H, H)


def test_a_history_that_starts_later_gives_doubts_and_no_invented_errors() -> None:
    history = "ALTER TABLE legacy ADD COLUMN x text;"
    found = matrix(history, "", "export {};\n", "await db.from('customers').select('id');\n")

    assert states(found) == (H, U, H, H)
    assert found.new_old.breaks == ()


def test_what_this_change_makes_is_certainly_absent_before_it_even_with_gaps() -> None:
    history = "ALTER TABLE legacy ADD COLUMN x text;"
    found = matrix(history, "ALTER TABLE legacy ADD COLUMN y text;", "", "await db.from('legacy').select('x, y');\n")

    assert [b.object for b in found.new_old.breaks] == ["legacy.y"]
    assert found.new_new.state is H


def test_references_belong_to_the_database_that_knows_the_object() -> None:
    base = {
        "shop/supabase/config.toml": "",
        "shop/supabase/migrations/20240101000000_a.sql": "CREATE TABLE orders (id bigint);",
        "blog/supabase/config.toml": "",
        "blog/supabase/migrations/20240101000000_a.sql": "CREATE TABLE posts (id bigint, body text);",
        "shop/web/app.ts": "await db.from('orders').select('id');\n",
        "blog/web/app.ts": "await db.from('posts').select('id, body');\n",
    }
    change = {"blog/supabase/migrations/20240201000000_b.sql": "ALTER TABLE posts DROP COLUMN body;"}
    found = assess_files(base, base | change).matrix

    assert [b.object for b in found.old_new.breaks] == ["posts.body"]
    assert found.old_old.doubts == ()


TEAMS = "CREATE TABLE teams (id bigint PRIMARY KEY); CREATE TABLE users (id bigint, team_id bigint REFERENCES teams);"


def test_an_embed_by_a_foreign_keys_column_is_no_missing_table() -> None:
    found = matrix(TEAMS, "", "export {};\n", "await db.from('users').select('id, team_id(id)');\n")

    assert states(found) == (H, H, H, H)


def test_an_embed_of_a_dropped_table_breaks() -> None:
    code = "await db.from('users').select('id, teams(id)');\n"
    found = matrix(TEAMS, "DROP TABLE teams CASCADE;", code, code)

    assert [b.object for b in found.old_new.breaks] == ["teams"]


def test_a_new_enum_label_that_new_code_names_is_a_doubt() -> None:
    schema = "CREATE TYPE modlog_kind AS ENUM ('ban'); CREATE TABLE modlog (kind modlog_kind);"
    old = "pub enum ModlogKind { Ban }\n"
    new = "pub enum ModlogKind { Ban, warn_person }\n"
    found = matrix(schema, "ALTER TYPE modlog_kind ADD VALUE 'warn_person';", old, new, path="src/modlog.rs")

    assert states(found) == (H, U, H, H)
    assert "`warn_person`" in found.new_old.doubts[0].reason


def test_a_table_that_the_old_schema_lacks_cannot_be_broken_by_making_it() -> None:
    code = "await db.from('payments').select('id, method');\n"
    found = matrix(TABLE, "CREATE TABLE payments (id bigint);", code, code)

    assert found.old_new.breaks == ()


def test_a_constraint_on_columns_of_the_same_change_is_no_doubt_about_old_writes() -> None:
    insert = "await db.from('projects').insert({ id: 1, title });\n"
    found = matrix(TABLE, "ALTER TABLE projects ADD COLUMN key text CHECK (length(key) < 9);", insert, insert)

    assert states(found) == (H, H, H, H)


def test_a_payload_in_a_variable_is_a_doubt_only_for_the_table_it_is_written_to() -> None:
    schema = f"{TABLE} CREATE TABLE notes (id bigint, body text);"
    drop = "ALTER TABLE notes DROP COLUMN body;"
    there = "await supabase.from('notes').insert(payload);\n"
    elsewhere = "await supabase.from('projects').insert(payload);\n"

    assert matrix(schema, drop, elsewhere, f"{elsewhere}export {{}};\n").old_new.state is H
    assert matrix(schema, drop, there, f"{there}export {{}};\n").old_new.state is U


def test_a_column_dropped_from_a_table_that_the_history_does_not_make_breaks_the_code_that_names_it() -> None:
    history = "ALTER TABLE customers ADD COLUMN vip boolean;"
    code = "await db.from('customers').select('id, name');\n"
    found = matrix(history, "ALTER TABLE customers DROP COLUMN name;", code, code)

    assert [b.object for b in found.old_new.breaks] == ["customers.name"]
    assert [b.object for b in found.new_new.breaks] == ["customers.name"]


def test_a_required_column_without_inserts_in_sight_is_a_doubt() -> None:
    found = matrix(TABLE, "ALTER TABLE projects ADD COLUMN owner bigint NOT NULL;", "export {};\n", "export {};\n")

    assert found.old_new.state is U
    assert "projects.owner" in found.old_new.doubts[0].reason
