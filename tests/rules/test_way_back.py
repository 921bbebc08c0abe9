"""Rules about down scripts: missing, not the inverse, or blocking."""

import pytest

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from midflight.inspection.tables import Size, TableFact, Tables
from support.examples import run

SCHEMA = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok');"
    " CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL DEFAULT '', owner text, mood mood);"
    " CREATE INDEX titles ON projects (title); CREATE VIEW owners AS SELECT owner FROM projects;"
)


def found(rule: str, up: str, down: str, *, tables: Tables | None = None) -> list[Finding]:
    known = tables or Tables()
    example = Example("x", schema=SCHEMA, migrations=(up,), down={0: down}, transactions=False, tables=known)
    return [finding for finding in run(example) if finding.rule == rule]


@pytest.mark.parametrize(
    ("up", "down", "says"),
    [
        ("CREATE TABLE notes (id bigint);", "DROP TABLE IF EXISTS note;", "leaves table `notes`"),
        (
            "ALTER TABLE projects ALTER COLUMN title DROP NOT NULL;",
            "ALTER TABLE projects ALTER COLUMN title DROP DEFAULT;",
            "leaves `projects.title` without NOT NULL, leaves `projects.title` without DEFAULT ''",
        ),
        (
            "ALTER TABLE projects ADD CONSTRAINT titled CHECK (title <> '') NOT VALID;",
            "ALTER TABLE projects DROP CONSTRAINT IF EXISTS title;",
            "leaves CHECK `titled` on `projects`",
        ),
        ("DROP INDEX CONCURRENTLY titles;", "ANALYZE projects;", "does not bring back index `titles`"),
        (
            "ALTER TABLE projects ENABLE ROW LEVEL SECURITY;",
            "ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;",
            "leaves row level security of `projects` on",
        ),
        ("DROP VIEW owners;", "ANALYZE projects;", "does not bring back view `owners`"),
        ("CREATE SEQUENCE numbers;", "ANALYZE projects;", "leaves sequence `numbers`"),
        ("CREATE TYPE size AS ENUM ('s');", "ANALYZE projects;", "leaves type `size`"),
        ("ALTER TABLE projects DROP COLUMN mood;", "ANALYZE projects;", "does not bring back column `projects.mood`"),
    ],
)
def test_what_a_down_script_forgets_is_named(up: str, down: str, says: str) -> None:
    one = found("down-is-not-inverse", up, down)

    assert [(f.level, says in f.message) for f in one] == [(Level.WARNING, True)]


@pytest.mark.parametrize(
    ("up", "down"),
    [
        (
            "ALTER TABLE projects ADD CONSTRAINT titled CHECK (title <> '') NOT VALID;",
            "ALTER TABLE projects DROP CONSTRAINT titled;",
        ),
        ("DROP INDEX CONCURRENTLY titles;", "CREATE INDEX CONCURRENTLY title_index ON projects USING btree (title);"),
        ("ALTER TYPE mood ADD VALUE 'great';", "COMMENT ON TYPE mood IS NULL;"),
        ("ALTER TABLE projects DROP COLUMN mood;", "ALTER TABLE projects ADD COLUMN mood mood;"),
        ("DROP TABLE IF EXISTS sessions;", "CREATE TABLE sessions (id bigint);"),
        ("CREATE TABLE notes (id bigint);", "DO $$ BEGIN DROP TABLE note; END $$;"),
        ("CREATE TABLE notes (id bigint);", "SELECT 1;"),
    ],
)
def test_what_means_the_same_is_an_inverse(up: str, down: str) -> None:
    assert found("down-is-not-inverse", up, down) == []


def test_a_long_list_is_cut() -> None:
    up = "CREATE TABLE a (x int); CREATE TABLE b (x int); CREATE TABLE c (x int); CREATE TABLE d (x int);"
    one = found("down-is-not-inverse", up, "ANALYZE projects;")

    assert ["`c` and 1 more:" in f.message for f in one] == [True]


def test_a_down_script_that_fails_is_told_at_its_line() -> None:
    one = found("down-is-not-inverse", "CREATE TABLE notes (id bigint);", "DROP TABLE notes;\nDROP TABLE notes;")

    assert [(f.place.line, "fails with 42P01" in f.message) for f in one] == [(2, True)]


def test_the_worst_statement_of_a_down_script_stands_for_all() -> None:
    down = "CREATE INDEX titles ON projects (title);\nALTER TABLE projects ALTER COLUMN owner TYPE varchar(10);"
    one = found("down-blocks", "DROP INDEX CONCURRENTLY titles; DROP VIEW owners;", down)

    assert [(f.place.line, "1 more of its statements" in f.message) for f in one] == [(2, True)]


def test_a_large_table_makes_an_error_of_a_blocking_way_back() -> None:
    large = Tables((TableFact("projects", Size.LARGE),))
    up, down = "DROP INDEX CONCURRENTLY titles;", "CREATE INDEX titles ON projects (title);"

    assert [f.level for f in found("down-blocks", up, down, tables=large)] == [Level.ERROR]
    assert [f.level for f in found("down-blocks", up, down)] == [Level.NOTE]


def test_work_that_the_way_up_does_too_is_told_there_alone() -> None:
    up = "DROP VIEW owners; ALTER TABLE projects ALTER COLUMN owner TYPE varchar(10);"

    assert found("down-blocks", up, "ALTER TABLE projects ALTER COLUMN owner TYPE char(10);") == []
