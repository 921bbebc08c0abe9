"""The computed inverse of a migration, run on a real server, restores the schema; column order is not compared."""

import pytest

from midflight.catalog.fold import fold, fold_all
from midflight.catalog.initial import initial_catalog
from midflight.migrations.model import Script, Transactions
from midflight.operations.read import read_operations
from midflight.plan.inverse import invert
from support.inverse_cases import CASES, DIFFERS, PROJECTS, STANDING
from support.schema_lines import schema_lines

pytestmark = pytest.mark.postgres


def operations(sql, path="up.sql"):
    return read_operations(Script(path, sql, Transactions.NONE))


def steps_of(schema, migration):
    before = fold_all(initial_catalog(""), operations(schema, "schema.sql"))
    return tuple(fold(before, operations(migration)))


def run(connection, sql):
    """Statement by statement: CONCURRENTLY is refused where several come as one query."""
    texts = dict.fromkeys(o.statement for o in operations(sql))
    for statement in texts:
        connection.execute(statement.text.encode())


def restores(connection, schema, migration, differs=()):
    run(connection, schema)
    before = schema_lines(connection)
    steps = steps_of(schema, migration)
    run(connection, migration)
    inverses = [invert(step) for step in reversed(steps)]
    for inverse in inverses:
        run(connection, inverse.sql)
    after = schema_lines(connection)
    left = {line for line in before ^ after if not line.startswith(differs or ("-",))}
    assert not left, "\n".join(
        [i.sql for i in inverses] + ["lost: " + x for x in left & before] + ["new: " + x for x in left & after]
    )


@pytest.mark.parametrize("name", CASES)
def test_the_inverse_restores_the_schema(database, name):
    restores(database, PROJECTS, CASES[name], DIFFERS.get(name, ()))


@pytest.mark.parametrize("name", STANDING)
def test_the_inverse_restores_what_stood_before(database, name):
    schema, migration = STANDING[name]
    restores(database, schema, migration)


def uncommented(sql, after):
    """The statements that a comment offers, behind one of its headings."""
    lines = [line.removeprefix("-- ") for line in sql.splitlines() if line.startswith("-- ")]
    start = next(number for number, line in enumerate(lines) if line.startswith(after)) + 1
    end = next((number for number, line in enumerate(lines) if number > start and line.endswith(":")), len(lines))
    return "\n".join(lines[start:end])


@pytest.mark.parametrize(
    "migration",
    [
        "DROP TABLE tasks;",
        "ALTER TABLE tasks DROP COLUMN name CASCADE;",
        "UPDATE tasks SET name = 'same';",
        "DELETE FROM tasks WHERE id > 1;",
        "TRUNCATE tasks;",
    ],
)
def test_the_copy_that_a_comment_offers_brings_the_rows_back(database, migration):
    run(database, PROJECTS)
    run(database, "DROP VIEW open_tasks; INSERT INTO projects (title) VALUES ('p');")
    run(database, "INSERT INTO tasks (project_id, name) VALUES (1, 'a'), (1, 'b'), (1, NULL);")
    rows = "SELECT id, project_id, name, done FROM tasks ORDER BY id"
    before = database.execute(rows.encode()).fetchall()
    (step,) = steps_of(PROJECTS + "DROP VIEW open_tasks;", migration)
    inverse = invert(step)
    run(database, uncommented(inverse.sql, "before the migration"))
    run(database, migration)
    run(database, inverse.sql)
    run(database, uncommented(inverse.sql, "then this puts it back"))
    assert database.execute(rows.encode()).fetchall() == before
    run(database, "INSERT INTO tasks (name) VALUES ('next');")
    assert database.execute(b"SELECT max(id) FROM tasks").fetchall() == [(4,)]
