"""Rules about what a DROP takes along, what is emptied, and what only a newer server takes."""

import pytest

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from support.examples import run

SCHEMA = (
    "CREATE SCHEMA app; CREATE TYPE mood AS ENUM ('sad');"
    " CREATE TABLE owners (id bigint PRIMARY KEY, name text, mood mood);"
    " CREATE TABLE projects (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners, title text, note text);"
    " CREATE VIEW names AS SELECT name FROM owners; CREATE VIEW shouted AS SELECT upper(name) AS name FROM names;"
    " CREATE POLICY titled ON projects USING (title <> '');"
    " CREATE FUNCTION moods(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1';"
)


def found(rule: str, migration: str, code: str = "", *, version: int = 18, schema: str = SCHEMA) -> list[Finding]:
    files = {"web/a.ts": code} if code else {}
    example = Example("x", schema=schema, migrations=(migration,), base=files, head=files, postgres_version=version)
    return [finding for finding in run(example) if finding.rule == rule]


@pytest.mark.parametrize(
    ("migration", "says"),
    [
        (
            "DROP TABLE owners CASCADE;",
            "view `names`, view `shouted` and foreign key `projects_owner_id_fkey` on `projects`",
        ),
        ("DROP VIEW names CASCADE;", "view `shouted`"),
        ("ALTER TABLE projects DROP COLUMN title CASCADE;", "policy `titled` on `projects`"),
        ("ALTER TABLE owners DROP CONSTRAINT owners_pkey CASCADE;", "foreign key `projects_owner_id_fkey`"),
    ],
)
def test_cascade_names_what_goes_along(migration: str, says: str) -> None:
    assert [says in f.message for f in found("drop-cascade", migration)] == [True]


def test_a_type_names_the_function_that_goes_along() -> None:
    one = found("drop-type-or-schema", "DROP TYPE mood CASCADE;")

    assert ["takes column `owners.mood` and function `moods` along" in f.message for f in one] == [True]


def test_old_code_that_reads_a_view_that_goes_along_breaks() -> None:
    one = found("drop-cascade", "DROP TABLE owners CASCADE;", "await db.from('shouted').select('name');\n")

    assert [(f.level, [p.line for p in f.code]) for f in one] == [(Level.ERROR, [1])]


@pytest.mark.parametrize(
    "migration",
    [
        "DROP TABLE projects, owners CASCADE; DROP VIEW IF EXISTS shouted; DROP VIEW IF EXISTS names;",
        "ALTER TABLE projects DROP COLUMN note CASCADE;",
        "DROP TABLE owners;",
    ],
)
def test_what_is_dropped_by_name_is_no_surprise(migration: str) -> None:
    assert found("drop-cascade", migration) == []


def test_one_statement_over_several_tables_is_one_finding() -> None:
    schema = SCHEMA + " CREATE TABLE notes (id bigint PRIMARY KEY); CREATE VIEW ids AS SELECT id FROM notes;"
    one = found("drop-cascade", "DROP TABLE owners, notes CASCADE;", schema=schema)

    assert ["view `ids`" in f.message for f in one] == [True]


@pytest.mark.parametrize(
    ("migration", "level"),
    [
        ("ALTER TABLE projects DROP COLUMN note, ADD COLUMN note jsonb;", Level.ERROR),
        ("ALTER TABLE owners ADD COLUMN label text; ALTER TABLE owners DROP COLUMN name CASCADE;", Level.WARNING),
        ("DROP TABLE projects; CREATE TABLE projects (id bigint, title text);", Level.ERROR),
    ],
)
def test_a_drop_with_an_addition_of_the_same_shape_is_a_rename_that_loses_values(migration: str, level: Level) -> None:
    assert [f.level for f in found("drop-and-add", migration)] == [level]


@pytest.mark.parametrize(
    "migration",
    [
        (
            "ALTER TABLE projects ADD COLUMN text2 text; UPDATE projects SET text2 = note WHERE true;"
            " ALTER TABLE projects DROP COLUMN note;"
        ),
        "ALTER TABLE projects DROP COLUMN note, ADD COLUMN size integer;",
        "ALTER TABLE projects DROP COLUMN note, DROP COLUMN title CASCADE, ADD COLUMN body text;",
        "ALTER TABLE projects DROP COLUMN note, ADD COLUMN note text GENERATED ALWAYS AS (lower(title)) STORED;",
    ],
)
def test_a_copy_or_another_shape_is_no_rename(migration: str) -> None:
    assert found("drop-and-add", migration) == []


@pytest.mark.parametrize(
    ("statement", "version", "since"),
    [
        ("ALTER TABLE events DETACH PARTITION old CONCURRENTLY;", 13, 14),
        ("CREATE OR REPLACE TRIGGER g AFTER INSERT ON projects FOR EACH ROW EXECUTE FUNCTION f();", 13, 14),
        ("ALTER TABLE projects ADD COLUMN spans int4multirange;", 13, 14),
        ("CREATE FUNCTION one() RETURNS int BEGIN ATOMIC SELECT 1; END;", 13, 14),
        ("CREATE UNIQUE INDEX CONCURRENTLY u ON projects (note) NULLS  NOT\nDISTINCT;", 14, 15),
        ("MERGE INTO projects p USING owners o ON p.id = o.id WHEN MATCHED THEN DELETE;", 14, 15),
        ("CREATE VIEW v WITH (security_invoker = true) AS SELECT id FROM projects;", 14, 15),
        ("ALTER TABLE projects ADD CHECK (note IS JSON) NOT VALID;", 15, 16),
        ("ALTER TABLE projects ALTER COLUMN note SET EXPRESSION AS ('x');", 16, 17),
        ("CREATE TABLE sums (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);", 17, 18),
        ("CREATE TABLE sums (a int, CONSTRAINT n NOT NULL a);", 17, 18),
        ("ALTER TABLE projects ALTER COLUMN note SET DEFAULT uuidv7();", 17, 18),
    ],
)
def test_a_statement_needs_the_version_that_brought_it(statement: str, version: int, since: int) -> None:
    told = [f.message for f in found("unsupported-syntax", statement, version=version)]

    assert [f"needs PostgreSQL {since}" in message for message in told] == [True]
    assert found("unsupported-syntax", statement, version=since) == []


@pytest.mark.parametrize(
    ("own", "other", "refused"),
    [
        ("text", "bigint", True),
        ("numeric", "bigint", True),
        ("uuid", "text", True),
        ("boolean", "integer", True),
        ("bigint", "numeric", False),
        ("integer", "double precision", False),
        ("character varying(20)", "text", False),
        ("timestamp", "date", False),
        ("mood", "text", False),
    ],
)
def test_the_server_refuses_a_key_whose_types_it_cannot_compare(own: str, other: str, *, refused: bool) -> None:
    schema = f"CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE parents (id {other} PRIMARY KEY);"
    migration = f"CREATE TABLE children (id bigint PRIMARY KEY, parent {own} REFERENCES parents);"

    assert ["42804" in f.message for f in found("fails-on-apply", migration, schema=schema)] == [True] * refused
