"""How many ways PostgREST finds to join a table with one that a query embeds."""

import pytest

from midflight.compatibility.embedding import joins, ways
from midflight.references.model import Api, Place, TableReference, Verb
from support.examples import assess_files

SCHEMA = """
CREATE TABLE people (id bigint PRIMARY KEY, name text);
CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint REFERENCES people (id), parent_id bigint REFERENCES tasks);
CREATE TABLE labels (id bigint PRIMARY KEY);
CREATE TABLE task_labels (task_id bigint REFERENCES tasks, label_id bigint REFERENCES labels,
  PRIMARY KEY (task_id, label_id));
CREATE TABLE visits (id bigint PRIMARY KEY, label_id bigint REFERENCES labels, person_id bigint REFERENCES people);
CREATE VIEW open_tasks AS SELECT * FROM tasks;
CREATE FUNCTION newest(people) RETURNS SETOF tasks LANGUAGE sql AS 'SELECT * FROM tasks';
"""
CHECKED = "ALTER TABLE tasks ADD checker_id bigint REFERENCES people (id);"


def catalog(more=""):
    files = {"supabase/migrations/20240101000000_a.sql": SCHEMA + more}
    (context,) = assess_files({}, files).contexts
    return context.after


def test_code_that_did_not_change_is_searched_for_what_a_new_table_joins():
    base = {
        "supabase/migrations/20240101000000_a.sql": SCHEMA,
        "web/a.ts": "await supabase.from('tasks').select('id, people(name)');\n",
    }
    likes = "CREATE TABLE likes (task_id bigint REFERENCES tasks, person_id bigint REFERENCES people,"
    likes += " PRIMARY KEY (task_id, person_id));"
    found = assess_files(base, {**base, "supabase/migrations/20240102000000_b.sql": likes}).matrix
    for cell in (found.old_new, found.new_new):
        assert [(each.object, each.sqlstate) for each in cell.breaks] == [("tasks with people", "PGRST201")]
    assert (found.new_old.breaks, found.old_old.doubts) == ((), ())


def embed(inside, table, hint=""):
    place = Place("a.ts", 1)
    return TableReference(place, table, Verb.SELECT, Api.POSTGREST, embedded=True, inside=inside, hint=hint)


@pytest.mark.parametrize(
    ("inside", "table", "number"),
    [
        ("tasks", "people", 1),
        ("people", "tasks", 1),
        ("tasks", "labels", 1),
        ("labels", "tasks", 1),
        ("task_labels", "labels", 1),
        ("labels", "people", 0),  # `visits` has a primary key of its own
        ("tasks", "owner_id", 1),
        ("tasks", "tasks_owner_id_fkey", 1),
        ("people", "newest", 1),
        ("people", "open_tasks", None),
        ("open_tasks", "people", None),
        ("tasks", "tasks", None),
        ("tasks", "nothing_known", None),
        ("nothing_known", "people", None),
        ("", "people", None),
    ],
)
def test_foreign_keys_tables_between_and_routines_of_a_row_join(inside, table, number):
    assert ways(embed(inside, table), catalog()) == number


def test_a_second_foreign_key_is_a_second_way_unless_a_hint_says_which():
    two = catalog(CHECKED)
    assert joins(embed("tasks", "people"), two) == ("tasks_owner_id_fkey", "tasks_checker_id_fkey")
    for hint in ("tasks_checker_id_fkey", "checker_id"):
        assert joins(embed("tasks", "people", hint), two) == ("tasks_checker_id_fkey",)
        assert joins(embed("people", "tasks", hint), two) == ("tasks_checker_id_fkey",)


def test_a_table_between_two_is_a_way_beside_a_foreign_key_and_a_hint_may_name_it():
    likes = "CREATE TABLE likes (task_id bigint REFERENCES tasks, person_id bigint REFERENCES people, PRIMARY KEY (1));"
    likes = likes.replace("(1)", "(task_id, person_id)")
    assert joins(embed("tasks", "people"), catalog(likes)) == ("tasks_owner_id_fkey", "likes")
    assert joins(embed("tasks", "people", "likes"), catalog(likes)) == ("likes",)


def test_a_table_between_two_in_another_schema_joins_nothing():
    likes = "CREATE SCHEMA private; CREATE TABLE private.likes (task_id bigint REFERENCES tasks,"
    likes += " person_id bigint REFERENCES people, PRIMARY KEY (task_id, person_id));"
    assert joins(embed("tasks", "people"), catalog(likes)) == ("tasks_owner_id_fkey",)
