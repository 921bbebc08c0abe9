"""What is told of migrations that are not simply the next ones of a database."""

from midflight.inspection.out_of_step import out_of_step
from midflight.migrations.applied import RECORDS, Row, standing_of
from midflight.migrations.find import find_histories
from midflight.migrations.model import DatabaseOptions
from support.trees import tree_of

SQL = "CREATE TABLE a (id int);\n"
HEAD = "from alembic import op\nrevision = '{}'\ndown_revision = {}\ndef upgrade():\n    op.execute('SELECT 1')\n"


def told(format_, files, *rows):
    tree, blobs = tree_of(files)
    (history,) = find_histories(tree, blobs, (DatabaseOptions("main", "db", format_),))
    standing = standing_of(history, [Row(*row) for row in rows], RECORDS[format_][0])
    return list(out_of_step(history, standing))


FLYWAY = {"db/V1__a.sql": SQL, "db/V2__b.sql": SQL, "db/V3__c.sql": SQL}


def test_nothing_is_told_of_the_next_migration():
    assert told("flyway", FLYWAY, ("1",), ("2",)) == []


def test_a_migration_before_an_applied_one_is_told_with_what_the_tool_does():
    assert told("flyway", FLYWAY, ("1",), ("3",)) == [
        "`db/V2__b.sql` sorts before one that is applied: Flyway refuses to run"
    ]
    drizzle = {
        "db/meta/_journal.json": (
            '{"dialect": "postgresql", "entries": [{"idx": 0, "when": 1, "tag": "0000_a"},'
            ' {"idx": 1, "when": 2, "tag": "0001_b"}]}'
        ),
        "db/0000_a.sql": SQL,
        "db/0001_b.sql": SQL,
    }
    assert told("drizzle", drizzle, ("2",)) == [
        "`db/0000_a.sql` sorts before one that is applied: Drizzle does not apply it"
    ]


def test_more_than_three_late_ones_are_counted():
    files = {f"db/V{n}__a.sql": SQL for n in range(1, 8)}
    assert told("flyway", files, ("1",), ("7",))[-1] == "2 more sort before one that is applied"


def test_an_edited_migration_stops_flyway_while_one_is_pending():
    assert told("flyway", FLYWAY, ("1", "applied", "1"), ("2",)) == [
        "Flyway refuses to run while a migration that is applied is another one in this revision"
    ]
    assert told("flyway", FLYWAY, ("1", "applied", "1"), ("2",), ("3",)) == []


def test_a_second_head_is_told():
    files = {
        "db/a_one.py": HEAD.format("a", None),
        "db/b_two.py": HEAD.format("b", "'a'"),
        "db/c_three.py": HEAD.format("c", "'a'"),
    }
    assert told("alembic", files, ("b",)) == ["`db/c_three.py` is a head beside `db/b_two.py`: Alembic refuses to run"]
    assert told("alembic", files, ("b",), ("c",)) == []
