"""Rules about triggers, types, schemas and NOT NULL that stop."""

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from support.examples import run

HISTORY = (
    "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE tasks (id bigint PRIMARY KEY, title text NOT NULL, mood mood);"
    "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
    "CREATE TRIGGER stamped BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION stamp();"
)
UPDATE = "await db.from('tasks').update({ title: 'x' }).eq('id', 1);\n"
INSERT = "await db.from('tasks').insert({ id: 1, title: 'x' });\n"


def found(rule: str, migration: str, code: str = "") -> list[Finding]:
    files = {"web/a.ts": code} if code else {}
    example = Example("x", schema=HISTORY, migrations=(migration,), base=files, head=files)
    return [finding for finding in run(example) if finding.rule == rule]


def test_a_trigger_counts_for_the_writes_that_fire_it() -> None:
    drop = "DROP TRIGGER stamped ON tasks;"

    assert len(found("drop-trigger", drop, UPDATE)) == 1
    assert found("drop-trigger", drop, INSERT) == []


def test_all_triggers_of_a_table_can_be_disabled_at_once() -> None:
    disable = "ALTER TABLE tasks DISABLE TRIGGER ALL;"

    assert [f.object for f in found("drop-trigger", disable, UPDATE)] == ["tasks.stamped"]
    assert found("drop-trigger", f"{disable} ALTER TABLE tasks ENABLE TRIGGER ALL;", UPDATE) == []


def test_a_dropped_type_that_takes_nothing_along_is_told_only_where_code_names_it() -> None:
    drop = "ALTER TABLE tasks DROP COLUMN mood; DROP TYPE mood;"
    code = "const query = `SELECT 'ok'::mood`; // tasks\n"

    assert found("drop-type-or-schema", drop) == []
    assert [f.level for f in found("drop-type-or-schema", drop, code)] == [Level.WARNING]


def test_a_cascade_names_the_column_that_goes_along() -> None:
    one = found("drop-type-or-schema", "DROP TYPE mood CASCADE;")

    assert [f.level for f in one] == [Level.WARNING]
    assert "`tasks.mood`" in one[0].message


def test_a_column_that_is_required_again_at_the_end_is_left_alone() -> None:
    read = "await db.from('tasks').select('title');\n"
    drop = "ALTER TABLE tasks ALTER COLUMN title DROP NOT NULL;"

    assert len(found("drop-not-null", drop, read)) == 1
    assert found("drop-not-null", f"{drop} ALTER TABLE tasks ALTER COLUMN title SET NOT NULL;", read) == []
    assert found("drop-not-null", drop, UPDATE) == []
