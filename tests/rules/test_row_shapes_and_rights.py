"""Whole rows, upserts, overloads, published tables and rights: the branches that the examples do not show."""

import pytest

from midflight.inspection.finding import Level
from midflight.inspection.model import Deploys, Example
from midflight.operations.shapes import Name
from support.examples import assess_files, run

PROJECTS = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, CONSTRAINT title_once UNIQUE (title));"
DROP = "ALTER TABLE projects DROP COLUMN title;"
ADD = "ALTER TABLE projects ADD COLUMN summary text;"


def python(sql: str) -> dict[str, str]:
    return {"app/run.py": f'cursor.execute("{sql}")\n'}


def findings(schema: str, migration: str, base: dict[str, str], head: dict[str, str] | None = None):
    example = Example("x", schema=schema, migrations=(migration,), base=base, head=base if head is None else head)
    return {finding.rule: finding for finding in run(example)}


@pytest.mark.parametrize("values", ["VALUES (1, %s)", "SELECT 1, %s"])
def test_an_insert_without_columns_breaks_when_a_column_goes(values):
    found = findings(PROJECTS, DROP, python(f"INSERT INTO projects {values}"))

    assert found["drop-column"].level is Level.ERROR
    assert "`app/run.py:1`" in found["drop-column"].message


@pytest.mark.parametrize("insert", ["INSERT INTO projects DEFAULT VALUES", "INSERT INTO projects (id) VALUES (1)"])
def test_an_insert_that_does_not_count_on_the_columns_order_holds(insert):
    assert findings(PROJECTS, DROP, python(insert))["drop-column"].level is Level.WARNING


def test_an_insert_without_columns_goes_on_after_a_rename():
    rename = "ALTER TABLE projects RENAME COLUMN title TO name;"

    assert findings(PROJECTS, rename, python("INSERT INTO projects VALUES (1)"))["rename-column"].level is Level.WARNING


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM projects", True),
        ("SELECT p.*, count(*) FROM projects p JOIN owners o ON true", True),
        ("UPDATE projects SET title = %s WHERE id = %s RETURNING *", True),
        ("SELECT DISTINCT ON (id) * FROM projects", True),
        ("SELECT count(*) FROM projects", False),
        ("SELECT id FROM projects WHERE EXISTS (SELECT * FROM projects)", False),
        ("SELECT id FROM (SELECT * FROM projects) AS p", False),
    ],
)
def test_a_prepared_plan_is_stale_where_whole_rows_are_the_answer(sql, told):
    schema = f"{PROJECTS} CREATE TABLE owners (id bigint PRIMARY KEY);"

    assert ("stale-cached-plan" in findings(schema, ADD, python(sql))) is told


def test_a_column_that_goes_is_worse_for_prepared_plans_than_one_that_comes():
    code = python("SELECT * FROM projects")

    assert findings(PROJECTS, ADD, code)["stale-cached-plan"].level is Level.NOTE
    assert findings(PROJECTS, DROP, code)["stale-cached-plan"].level is Level.WARNING


def test_one_finding_tells_all_changes_of_a_table():
    migration = f"{ADD} ALTER TABLE projects ADD COLUMN size integer;"
    found = run(Example("x", schema=PROJECTS, migrations=(migration,), base=python("SELECT * FROM projects")))

    assert [f.rule for f in found] == ["stale-cached-plan"]
    assert "ADD COLUMN size" in found[0].recipe[1].sql


def test_a_column_that_comes_and_goes_leaves_the_plans_alone():
    migration = f"{ADD} ALTER TABLE projects DROP COLUMN summary;"

    assert findings(PROJECTS, migration, python("SELECT * FROM projects")) == {}


def test_an_upsert_on_a_constraint_that_goes_fails_with_its_own_code():
    upsert = python("INSERT INTO projects (id) VALUES (1) ON CONFLICT ON CONSTRAINT title_once DO NOTHING")
    found = findings(PROJECTS, "ALTER TABLE projects DROP CONSTRAINT title_once;", upsert)

    assert "42704" in found["old-code-breaks"].message


def test_a_unique_index_that_becomes_partial_breaks_an_upsert():
    schema = "CREATE TABLE notes (id bigint PRIMARY KEY, slug text); CREATE UNIQUE INDEX slugs ON notes (slug);"
    change = "DROP INDEX slugs; CREATE UNIQUE INDEX slugs ON notes (slug) WHERE id > 5;"
    upsert = python("INSERT INTO notes (id, slug) VALUES (1, %s) ON CONFLICT (slug) DO NOTHING")

    assert "42P10" in findings(schema, change, upsert)["old-code-breaks"].message


@pytest.mark.parametrize("call", ["SELECT total(1)", "SELECT total(amount => 1)"])
def test_a_second_routine_that_fits_makes_a_call_in_sql_ambiguous(call):
    one = "CREATE FUNCTION total(amount int) RETURNS int LANGUAGE sql AS $$ SELECT amount $$;"
    two = "CREATE FUNCTION total(amount int, tax int DEFAULT 0) RETURNS int LANGUAGE sql AS $$ SELECT amount $$;"

    assert "42725" in findings(one, two, python(call))["change-routine-signature"].message


def test_a_call_that_gives_the_second_argument_is_not_ambiguous():
    one = "CREATE FUNCTION total(amount int) RETURNS int LANGUAGE sql AS $$ SELECT amount $$;"
    two = "CREATE FUNCTION total(amount int, tax int DEFAULT 0) RETURNS int LANGUAGE sql AS $$ SELECT amount $$;"

    assert findings(one, two, python("SELECT total(1, 2)")) == {}


@pytest.mark.parametrize(
    ("schema", "change", "told"),
    [
        ("CREATE PUBLICATION feed FOR ALL TABLES;", "ALTER TABLE notes DROP CONSTRAINT notes_pkey;", True),
        (
            "CREATE PUBLICATION feed FOR TABLE notes; ALTER PUBLICATION feed DROP TABLE notes;",
            "ALTER TABLE notes DROP CONSTRAINT notes_pkey;",
            False,
        ),
        (
            "CREATE PUBLICATION feed FOR TABLE notes;",
            "DROP PUBLICATION feed; ALTER TABLE notes DROP CONSTRAINT notes_pkey;",
            False,
        ),
        (
            (
                "CREATE PUBLICATION feed FOR TABLE notes; CREATE UNIQUE INDEX slugs ON notes (slug);"
                " ALTER TABLE notes REPLICA IDENTITY USING INDEX slugs;"
            ),
            "DROP INDEX slugs;",
            True,
        ),
        (
            "CREATE PUBLICATION feed FOR TABLE notes;",
            "ALTER TABLE notes DROP CONSTRAINT notes_pkey; ALTER TABLE notes ADD PRIMARY KEY (slug);",
            False,
        ),
        ("", "ALTER PUBLICATION supabase_realtime ADD TABLE notes;", False),
    ],
)
def test_a_published_table_needs_an_identity_in_the_end(schema, change, told):
    table = "CREATE TABLE notes (id bigint, slug text NOT NULL, CONSTRAINT notes_pkey PRIMARY KEY (id));"

    assert ("replica-identity" in findings(f"{table} {schema}", change, {})) is told


def test_a_view_is_told_when_its_replacement_drops_security_invoker():
    schema = (
        "CREATE TABLE notes (id bigint PRIMARY KEY); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
        " CREATE VIEW ids WITH (security_invoker = true) AS SELECT id FROM notes;"
    )

    assert "security-definer-view" in findings(schema, "CREATE OR REPLACE VIEW ids AS SELECT id FROM notes;", {})


def test_a_right_of_the_public_key_on_a_served_table_is_no_news_on_supabase():
    assert findings(PROJECTS, "GRANT SELECT ON projects TO anon;", {}) == {}


def test_an_open_policy_for_the_service_alone_is_fine():
    schema = "CREATE TABLE notes (id bigint PRIMARY KEY); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"

    assert findings(schema, "CREATE POLICY all_of_it ON notes TO service_role USING (true);", {}) == {}


def test_a_default_that_goes_is_silent_where_the_columns_are_not_known():
    schema = "CREATE TABLE notes (id bigint PRIMARY KEY, state text DEFAULT 'new');"
    code = {"web/add.ts": "await db.from('notes').insert(row);\n"}

    assert findings(schema, "ALTER TABLE notes ALTER COLUMN state DROP DEFAULT;", code) == {}


def test_a_view_with_a_star_is_told_once():
    example = Example(
        "x",
        schema=f"{PROJECTS} CREATE VIEW recent AS SELECT * FROM projects;",
        migrations=(ADD,),
        base={"web/list.ts": "await db.from('recent').select('id');\n"},
        head={"web/list.ts": "await db.from('recent').select('id, summary');\n"},
        deploys=Deploys.DATABASE_FIRST,
    )

    assert [finding.rule for finding in run(example)] == ["missing-object"]


def test_the_last_policy_of_a_command_goes_while_code_uses_it():
    schema = (
        "CREATE TABLE notes (id bigint PRIMARY KEY); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
        " CREATE POLICY one ON notes FOR SELECT USING (true); CREATE POLICY two ON notes FOR SELECT USING (true);"
    )
    code = {"web/list.ts": "await db.from('notes').select('id');\n"}

    assert findings(schema, "DROP POLICY one ON notes;", code) == {}
    both = findings(schema, "DROP POLICY one ON notes; DROP POLICY two ON notes;", code)
    assert "`two`" in both["row-security-enabled"].message


def test_an_object_is_not_called_missing_where_a_migration_could_not_be_read():
    journal = '{"entries": [{"idx": 0, "tag": "0000_start", "when": 1}, {"idx": 1, "tag": "0001_more", "when": 2}]}'
    files = {
        "drizzle/meta/_journal.json": journal,
        "drizzle/0001_more.sql": "CREATE TABLE notes (id bigint PRIMARY KEY);",
    }
    code = {"web/list.ts": "await pool.query('SELECT id FROM projects WHERE id = 1');\n"}

    assessment = assess_files(files, files | code)

    assert assessment.matrix.new_new.breaks == ()
    assert assessment.contexts[0].before.why_unknown(Name("projects", "public")).startswith("a migration could not")
