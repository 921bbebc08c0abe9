"""Rules about indexes, partitions, locks and transactions: the branches that their examples do not show."""

import pytest

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.inspection.timeouts import waits_with_a_limit
from support.examples import assess_files, run

TASKS = "CREATE TABLE tasks (id bigint PRIMARY KEY, title text, state text);"
LEVELS = (
    "CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);"
    " CREATE TABLE events_24 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
    " PARTITION BY LIST (id);"
    " CREATE TABLE events_24_1 PARTITION OF events_24 FOR VALUES IN (1);"
)
SMALL = Tables((TableFact("tasks", Size.SMALL),))
HOT = Tables((TableFact("*", hot=True),))


def found(rule: str, *migrations: str, schema: str = TASKS, tables: Tables | None = None) -> list[Finding]:
    example = Example("x", schema=schema, migrations=migrations, tables=tables or Tables())
    return [finding for finding in run(example) if finding.rule == rule]


def test_the_recipe_for_a_partitioned_table_follows_its_levels() -> None:
    (one,) = found("blocking-index", "CREATE INDEX events_id ON events (id);", schema=LEVELS)

    assert [step.sql for step in one.recipe] == [
        "CREATE INDEX events_id ON ONLY events USING btree (id);",
        "CREATE INDEX events_24_id_idx ON ONLY events_24 USING btree (id);",
        "ALTER INDEX events_id ATTACH PARTITION events_24_id_idx;",
        "CREATE INDEX CONCURRENTLY events_24_1_id_idx ON events_24_1 USING btree (id);",
        "ALTER INDEX events_24_id_idx ATTACH PARTITION events_24_1_id_idx;",
    ]


def test_a_partitioned_table_without_partitions_has_no_rows_to_index() -> None:
    schema = "CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);"

    assert found("blocking-index", "CREATE INDEX events_id ON events (id);", schema=schema) == []


def test_a_partition_that_is_attached_is_told_of_its_missing_indexes() -> None:
    schema = (
        "CREATE TABLE events (id bigint, day date) PARTITION BY RANGE (day); CREATE INDEX events_id ON events (id);"
        " CREATE TABLE old (id bigint, day date);"
    )
    attach = "ALTER TABLE events ATTACH PARTITION old FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
    bound = "day IS NOT NULL AND day >= '2024-01-01' AND day < '2025-01-01'"
    (one,) = found("partition-scan", attach, schema=schema)

    assert [step.sql for step in one.recipe] == [
        "CREATE INDEX CONCURRENTLY old_id_idx ON old USING btree (id);",
        f"ALTER TABLE old ADD CONSTRAINT old_bound CHECK ({bound}) NOT VALID;",
        "ALTER TABLE old VALIDATE CONSTRAINT old_bound;",
        attach,
        "ALTER TABLE old DROP CONSTRAINT old_bound;",
    ]


def test_an_index_goes_with_its_column_without_a_word() -> None:
    schema = f"{TASKS} CREATE INDEX tasks_title ON tasks (title);"
    code = {"web/a.ts": "await db.from('tasks').select('id').eq('title', x);\n"}
    sql = "DROP INDEX tasks_title; ALTER TABLE tasks DROP COLUMN title;"
    example = Example("x", schema=schema, migrations=(sql,), base=code, head={})

    assert [f.rule for f in run(example) if f.rule == "drop-index"] == []


@pytest.mark.parametrize(
    ("migration", "levels"),
    [
        ("ALTER TABLE tasks ADD COLUMN a int; UPDATE tasks SET a = 1 WHERE state = 'new';", [Level.WARNING]),
        ("ALTER TABLE tasks ADD COLUMN a int; DELETE FROM tasks WHERE id IN (1, 2);", []),
        ("ALTER TABLE tasks ADD COLUMN a int; UPDATE tasks SET a = 1 WHERE id = notes.id;", [Level.WARNING]),
        ("COMMENT ON TABLE tasks IS 'x'; UPDATE tasks SET state = 'a' WHERE state = 'b';", []),
        ("ALTER TABLE tasks ADD COLUMN a int; CREATE MATERIALIZED VIEW v AS SELECT id FROM tasks;", [Level.WARNING]),
        ("ALTER TABLE tasks ADD COLUMN a int; CREATE TABLE c AS SELECT id FROM tasks;", [Level.WARNING]),
        ("ALTER TABLE tasks ADD COLUMN a int; UPDATE tasks SET a = 1; UPDATE tasks SET a = 2;", [Level.ERROR]),
    ],
)
def test_what_counts_as_long_work_under_a_lock(migration: str, levels: list[Level]) -> None:
    assert [f.level for f in found("work-under-lock", migration)] == levels


def test_work_on_a_small_table_is_not_long() -> None:
    sql = "ALTER TABLE tasks ADD COLUMN a int; UPDATE tasks SET a = 1;"

    assert found("work-under-lock", sql, tables=SMALL) == []


def test_an_update_of_every_row_of_a_large_table_is_an_error() -> None:
    tables = Tables((TableFact("tasks", Size.LARGE),))

    assert [f.level for f in found("unbounded-data-change", "UPDATE tasks SET state = 'a';", tables=tables)] == [
        Level.ERROR
    ]


def test_each_transaction_is_told_once_of_its_missing_limit() -> None:
    sql = "ALTER TABLE tasks ADD COLUMN {0} int; ALTER TABLE tasks ALTER COLUMN {0} SET DEFAULT 1;"

    assert len(found("lock-timeout", sql.format("a"), sql.format("b"), tables=HOT)) == 2


@pytest.mark.parametrize(
    ("script", "limits"),
    [
        ("SET lock_timeout = '3s'; SELECT 1;", (True, True)),
        ("SET LOCAL lock_timeout = 0; SELECT 1;", (False, False)),
        ("SET lock_timeout = 500; RESET lock_timeout;", (True, False)),
        ("SET statement_timeout TO DEFAULT; SELECT 1;", (False, False)),
        ("SET LOCAL lock_timeout = '3s'; COMMIT; SELECT 1;", (True, True, False)),
        ("SET lock_timeout = '3s'; COMMIT; SELECT 1;", (True, True, True)),
        ("SELECT set_config('lock_timeout', '2s', true); SELECT 1;", (True, True)),
    ],
)
def test_where_waiting_has_a_limit(script: str, limits: tuple[bool, ...]) -> None:
    base = {"db/migrations/000001_a.up.sql": TASKS}
    (context,) = assess_files(base, {**base, "db/migrations/000002_b.up.sql": script}).contexts

    assert waits_with_a_limit(context) == limits


def test_a_limit_ends_with_its_file() -> None:
    base = {"db/migrations/000001_a.up.sql": TASKS}
    head = {
        **base,
        "db/migrations/000002_b.up.sql": "SET lock_timeout = '3s';",
        "db/migrations/000003_c.up.sql": "SELECT 1;",
    }
    (context,) = assess_files(base, head).contexts

    assert waits_with_a_limit(context) == (True, False)


@pytest.mark.parametrize(
    ("script", "levels"),
    [
        ("SAVEPOINT a; SELECT 1; RELEASE a;", []),
        ("BEGIN; SELECT 1;", [Level.NOTE]),
        ("SELECT 1; ROLLBACK;", [Level.WARNING]),
    ],
)
def test_what_a_script_may_say_in_the_transaction_of_its_tool(script: str, levels: list[Level]) -> None:
    assert [f.level for f in found("transaction-control", script)] == levels


def test_a_failed_build_is_not_taken_for_an_index_that_the_history_has() -> None:
    schema = f"{TASKS} CREATE INDEX tasks_title ON tasks (title);"

    assert (
        found("invalid-index", "CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_title ON tasks (title);", schema=schema)
        == []
    )
