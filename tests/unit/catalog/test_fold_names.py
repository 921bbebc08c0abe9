"""Definitions follow a rename, and implicit names are the server's."""

import pytest

from midflight.catalog.naming import choose, key_name, make_name
from midflight.operations.shapes import Name
from support.schemas import folded

SCHEMA = """
CREATE TABLE person (id serial PRIMARY KEY, age integer CHECK (age > 0), name text);
CREATE TABLE post (id serial PRIMARY KEY, author integer REFERENCES person (id) ON DELETE CASCADE);
CREATE INDEX person_age ON person USING btree (age DESC) WHERE age > 18;
CREATE VIEW adult AS SELECT person.id, person.age FROM person WHERE person.age > 18;
"""


def table(catalog, name):
    return catalog.relations[Name(name, "public")]


def test_a_foreign_key_names_the_renamed_table():
    key = table(folded(SCHEMA + "ALTER TABLE person RENAME TO human;"), "post").constraint("post_author_fkey")
    assert key.references == Name("human", "public")
    assert key.definition == "FOREIGN KEY (author) REFERENCES human(id) ON DELETE CASCADE"


def test_an_index_and_a_check_name_the_renamed_column():
    catalog = folded(SCHEMA + "ALTER TABLE person RENAME COLUMN age TO years;")
    index = catalog.indexes[Name("person_age", "public")]
    assert index.keys == ("years",)
    assert "years DESC" in index.definition
    assert "age >" not in index.definition
    assert "years > 0" in table(catalog, "person").constraint("person_age_check").definition


def test_a_renamed_column_keeps_its_type():
    column = table(folded(SCHEMA + "ALTER TABLE person RENAME name TO nick;"), "person").column("nick")
    assert column.type == "text"


def test_a_view_keeps_its_own_column_name_when_the_table_renames_it():
    view = table(folded(SCHEMA + "ALTER TABLE person RENAME COLUMN age TO years;"), "adult")
    assert [c.name for c in view.columns] == ["id", "age"]
    assert "person.years" in view.definition
    assert "adult (id, age) AS" in view.definition
    assert (Name("person", "public"), "years") in view.reads


def test_a_view_reads_the_renamed_table():
    view = table(folded(SCHEMA + "ALTER TABLE person RENAME TO human;"), "adult")
    assert view.depends == (Name("human", "public"),)
    assert "FROM human" in view.definition


def test_a_star_is_written_out_in_the_definition():
    view = table(folded("CREATE TABLE t (a integer, b text); CREATE VIEW v AS SELECT * FROM t;"), "v")
    assert [(c.name, c.type) for c in view.columns] == [("a", "integer"), ("b", "text")]
    assert "a, b FROM t" in view.definition


def test_the_longer_part_of_a_name_is_cut_first():
    assert make_name("t" * 60, "column", "fkey") == "t" * 51 + "_column_fkey"
    assert len(make_name("a" * 70, "b" * 70, "idx").encode()) == 63


def test_a_cut_inside_a_letter_of_two_bytes_drops_the_letter():
    assert make_name("a" + "é" * 40, "", "pkey") == "a" + "é" * 28 + "_pkey"


def test_a_taken_name_gets_a_number():
    taken = {"t_a_key", "t_a_key1"}
    assert choose("t", "a", "key", taken.__contains__) == "t_a_key2"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("a", "a"),
        ("lower(a)", "lower"),
        ("(lower(a))", "lower"),
        ("(a + 1)", "expr"),
        ("(pg_catalog.lower(a))", "lower"),
    ],
)
def test_an_index_key_is_named_after_its_function(key, name):
    assert key_name(key) == name
