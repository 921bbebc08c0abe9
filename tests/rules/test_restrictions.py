"""Rules about what the new schema refuses: labels, constraints, row security, generated columns."""

import pytest

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from support.examples import run

TASKS = (
    "CREATE TYPE task_state AS ENUM ('open', 'closed');"
    "CREATE TABLE tasks (id bigint PRIMARY KEY, state task_state, title text, owner text);"
)
UPSERT = "await db.from('tasks').upsert({ id: 1, title: 'x' }, { onConflict: 'title' });\n"


def found(rule: str, migration: str, code: str = "", *, schema: str = TASKS, path: str = "web/a.ts") -> list[Finding]:
    files = {path: code} if code else {}
    example = Example("x", schema=schema, migrations=(migration,), base=files, head=files)
    return [finding for finding in run(example) if finding.rule == rule]


def test_a_type_that_takes_the_name_of_another_loses_its_labels() -> None:
    swap = (
        "ALTER TYPE task_state RENAME TO task_state_old; CREATE TYPE task_state AS ENUM ('open');"
        "ALTER TABLE tasks ALTER COLUMN state TYPE task_state USING state::text::task_state; DROP TYPE task_state_old;"
    )
    one = found("enum-value-removed", swap, "await db.from('tasks').select('id').eq('state', 'closed');\n")

    assert [(f.object, f.level, f.statement.text[:11] if f.statement else "") for f in one] == [
        ("task_state.closed", Level.ERROR, "CREATE TYPE")
    ]


def test_a_label_in_a_string_beside_the_name_of_the_table_counts_as_used() -> None:
    code = "const table = 'tasks';\nconst end = 'closed';\n"
    one = found("enum-value-removed", "ALTER TYPE task_state RENAME VALUE 'closed' TO 'done';", code)

    assert [(f.level, [p.line for p in f.code]) for f in one] == [(Level.ERROR, [2])]


def test_a_label_that_is_only_a_word_stays_a_warning() -> None:
    code = "const tasks = [];\nconst state = TaskState.closed;\n"
    one = found("enum-value-removed", "ALTER TYPE task_state RENAME VALUE 'closed' TO 'done';", code)

    assert [f.level for f in one] == [Level.WARNING]
    assert "`web/a.ts:2`" in one[0].message


@pytest.mark.parametrize(
    "migration",
    [
        "CREATE UNIQUE INDEX tasks_title ON tasks (title);",
        "ALTER TABLE tasks ADD CONSTRAINT tasks_title UNIQUE (title);",
    ],
)
def test_an_upsert_on_the_unique_columns_finds_the_row_instead(migration: str) -> None:
    insert = "await db.from('tasks').insert({ id: 1, title: 'x' });\n"

    assert found("new-write-restriction", migration, UPSERT) == []
    assert len(found("new-write-restriction", migration, insert)) == 1


def test_a_unique_constraint_beside_a_narrower_one_refuses_nothing_new() -> None:
    schema = f"{TASKS} CREATE UNIQUE INDEX one_title ON tasks (title);"
    insert = "await db.from('tasks').insert({ id: 1, title: 'x', owner: 'y' });\n"
    wider = "CREATE UNIQUE INDEX two ON tasks (title, owner);"

    assert found("new-write-restriction", wider, insert, schema=schema) == []
    assert len(found("new-write-restriction", wider, insert)) == 1


def test_an_index_that_becomes_a_constraint_is_told_once() -> None:
    both = "CREATE UNIQUE INDEX u ON tasks (title); ALTER TABLE tasks ADD CONSTRAINT u UNIQUE USING INDEX u;"
    insert = "await db.from('tasks').insert({ id: 1, title: 'x' });\n"

    assert len(found("new-write-restriction", both, insert)) == 1


def test_a_check_with_fewer_strings_is_a_restriction() -> None:
    schema = f"{TASKS} ALTER TABLE tasks ADD CONSTRAINT known CHECK (title IN ('a', 'b'));"
    narrower = "ALTER TABLE tasks DROP CONSTRAINT known, ADD CONSTRAINT known2 CHECK (title IN ('a')) NOT VALID;"
    insert = "await db.from('tasks').insert({ id: 1, title: 'b' });\n"

    assert len(found("new-write-restriction", narrower, insert, schema=schema)) == 1


def test_a_foreign_key_that_clears_its_rows_lets_parents_go() -> None:
    schema = f"CREATE TABLE people (name text PRIMARY KEY); {TASKS}"
    delete = "await db.from('people').delete().eq('name', name);\n"
    key = "ALTER TABLE tasks ADD CONSTRAINT f FOREIGN KEY (owner) REFERENCES people"

    assert found("new-write-restriction", f"{key} ON DELETE CASCADE NOT VALID;", delete, schema=schema) == []
    assert len(found("new-write-restriction", f"{key} NOT VALID;", delete, schema=schema)) == 1


@pytest.mark.parametrize(("force", "level"), [("", Level.WARNING), ("FORCE", Level.ERROR)])
def test_a_direct_connection_is_only_shut_out_for_certain_when_the_owner_is_too(force: str, level: Level) -> None:
    migration = "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;"
    migration += "ALTER TABLE tasks FORCE ROW LEVEL SECURITY;" if force else ""
    one = found("row-security-enabled", migration, 'cursor.execute("SELECT id FROM tasks")\n', path="api/a.py")

    assert [f.level for f in one] == [level]


def test_forcing_what_was_enabled_shuts_out_the_owner() -> None:
    schema = f"{TASKS} ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;"
    code = 'cursor.execute("SELECT id FROM tasks")\n'
    force = "ALTER TABLE tasks FORCE ROW LEVEL SECURITY;"

    assert [f.level for f in found("row-security-enabled", force, code, schema=schema, path="api/a.py")] == [
        Level.ERROR
    ]


def test_a_restrictive_policy_admits_nobody() -> None:
    migration = (
        "CREATE POLICY narrow ON tasks AS RESTRICTIVE USING (true); ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;"
    )

    assert len(found("row-security-enabled", migration, "await db.from('tasks').select('id');\n")) == 1


def test_an_identity_that_is_always_generated_is_told_by_its_own_rule_alone() -> None:
    code = "await db.from('tasks').insert({ id: 1, title: 'x' });\n"
    files = {"web/a.ts": code}
    migration = "ALTER TABLE tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;"
    told = run(Example("x", schema=TASKS, migrations=(migration,), base=files, head=files))

    assert "generated-always" in {f.rule for f in told}
    assert "old-code-breaks" not in {f.rule for f in told}
    assert [s.sql for s in next(f for f in told if f.rule == "generated-always").recipe if s.sql] == [
        "ALTER TABLE tasks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;",
        "ALTER TABLE tasks ALTER COLUMN id SET GENERATED ALWAYS;",
    ]
