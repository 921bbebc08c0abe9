"""What statements cost a table that the change itself has made under the name of an old one."""

from midflight.inspection.costs import step_costs
from support.shadow_runs import context_of

SCHEMA = "CREATE TABLE notes (id int PRIMARY KEY, body text); CREATE TABLE tasks (id int PRIMARY KEY);"


def held(migration):
    found = step_costs(context_of(SCHEMA, migration))
    return [[(each.relation.name, each.lock.value) for each in cost.held] for cost in found]


def test_a_table_that_takes_a_dropped_one_s_name_is_new():
    migration = "DROP TABLE notes; CREATE TABLE notes (id int); CREATE INDEX ids ON notes (id);"
    assert held(migration) == [[("notes", "ACCESS EXCLUSIVE")], [], []]


def test_a_table_that_takes_a_renamed_one_s_name_is_new():
    migration = "ALTER TABLE notes RENAME TO old; CREATE TABLE notes (id int); CREATE INDEX ids ON notes (id);"
    assert held(migration) == [[("notes", "ACCESS EXCLUSIVE")], [], []]


def test_a_table_that_may_be_there_already_and_is_stays_the_old_one():
    migration = "CREATE TABLE IF NOT EXISTS notes (id int); CREATE INDEX ids ON notes (id);"
    assert held(migration) == [[], [("notes", "SHARE")]]


def test_another_table_is_still_the_old_one():
    migration = "DROP TABLE notes; CREATE TABLE notes (id int); CREATE INDEX ids ON tasks (id);"
    assert held(migration) == [[("notes", "ACCESS EXCLUSIVE")], [], [("tasks", "SHARE")]]
