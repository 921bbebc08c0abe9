"""The pre-checks on a real server: they find the rows for which the migration then fails."""

import psycopg
import pytest

from midflight.inspection.model import Example
from midflight.plan.prechecks import precheck
from support.examples import assess_files, files_at_base, files_at_head

pytestmark = pytest.mark.postgres

HISTORY = (
    "CREATE TABLE owners (id bigint PRIMARY KEY); CREATE DOMAIN address AS text;"
    " CREATE TABLE projects (id bigint, title text, owner_id bigint, n int, mail address, during tsrange);"
)
ROWS = (
    "INSERT INTO projects VALUES (1, 'a', 5, 1000, 'x', '[2020-01-01,2020-02-01)'),"
    " (1, 'a', NULL, 3, 'x@y', '[2020-01-15,2020-03-01)'), (NULL, NULL, NULL, NULL, NULL, NULL);"
)
CASES = [
    ("ALTER TABLE projects ALTER COLUMN title SET NOT NULL;", "23502"),
    ("ALTER TABLE projects ADD UNIQUE (title);", "23505"),
    ("ALTER TABLE projects ADD CONSTRAINT known CHECK (n < 100);", "23514"),
    ("ALTER TABLE projects ADD FOREIGN KEY (owner_id) REFERENCES owners;", "23503"),
    ("ALTER TABLE projects ADD EXCLUDE USING gist (during WITH &&);", "23P01"),
    ("ALTER TABLE projects ADD COLUMN z int DEFAULT 1 CHECK (z > n);", "23514"),
    ("ALTER TABLE projects ADD COLUMN o bigint DEFAULT 7 REFERENCES owners;", "23503"),
    ("ALTER TABLE projects ADD COLUMN u text DEFAULT 'x' UNIQUE;", "23505"),
    ("ALTER DOMAIN address ADD CHECK (VALUE LIKE '%@%');", "23514"),
    ("ALTER DOMAIN address SET NOT NULL;", "23502"),
    ("ALTER TABLE projects ALTER COLUMN title TYPE uuid USING title::uuid;", "22P02"),
    ("ALTER TABLE projects ALTER COLUMN title TYPE boolean USING title::boolean;", "22P02"),
    ("ALTER TABLE projects ALTER COLUMN n TYPE numeric(3,1);", "22003"),
]
TAKEN = [
    "UPDATE projects SET n = 9; ALTER TABLE projects ALTER COLUMN n TYPE numeric(3,1);",
    "UPDATE projects SET title = 'Yes '; ALTER TABLE projects ALTER COLUMN title TYPE boolean USING title::boolean;",
    (
        "UPDATE projects SET title = '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}';"
        " ALTER TABLE projects ALTER COLUMN title TYPE uuid USING title::uuid;"
    ),
]


def found(migration: str, database) -> int:
    """The largest number that the pre-checks of a migration give; of a list of duplicates, how many there are."""
    example = Example("x", schema=HISTORY, migrations=(migration,))
    context = assess_files(files_at_base(example), files_at_head(example)).contexts[0]
    texts = [query.sql for step in context.steps for query in precheck(step)]
    assert texts
    return max(row[-1] for text in texts for row in [*database.execute(text).fetchall(), (0,)])


@pytest.mark.parametrize(("migration", "sqlstate"), CASES)
def test_a_precheck_finds_the_rows_for_which_the_migration_fails(migration: str, sqlstate: str, database) -> None:
    database.execute(HISTORY + ROWS)

    assert found(migration, database) > 0
    with pytest.raises(psycopg.Error) as refused:
        database.execute(migration)
    assert refused.value.sqlstate == sqlstate


@pytest.mark.parametrize("migration", TAKEN)
def test_a_precheck_counts_no_value_that_the_server_takes(migration: str, database) -> None:
    database.execute(HISTORY + ROWS)
    update, change = migration.split("; ", 1)
    database.execute(update)

    assert found(change, database) == 0
    database.execute(change)
