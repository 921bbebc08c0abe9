from midflight.catalog.compare import Difference, changed_words, compare_catalogs
from midflight.operations.shapes import Name
from support.schemas import folded

BEFORE = folded("""
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE person (id serial PRIMARY KEY, name text, age integer);
CREATE TABLE old (id integer);
CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION g() RETURNS integer LANGUAGE sql AS 'SELECT 1';
""")
PERSON = Name("person", "public")


def difference(sql):
    return compare_catalogs(BEFORE, folded(sql, before=BEFORE))


def test_equal_catalogs_have_no_difference():
    assert compare_catalogs(BEFORE, BEFORE) == Difference()


def test_what_is_undone_in_the_same_change_is_no_difference():
    assert difference("CREATE TABLE x (a integer); DROP TABLE x; CREATE TEMP TABLE y (a integer);") == Difference()


def test_a_renamed_table_is_removed_and_added():
    found = difference("ALTER TABLE old RENAME TO new;")
    assert found.tables_removed == (Name("old", "public"),)
    assert found.tables_added == (Name("new", "public"),)


def test_columns_are_compared_on_tables_that_both_have():
    found = difference(
        "ALTER TABLE person ADD COLUMN mail text, DROP COLUMN name, ALTER COLUMN age SET NOT NULL;"
        "CREATE TABLE x (a integer); DROP TABLE old;"
    )
    assert [(t, c.name) for t, c in found.columns_added] == [(PERSON, "mail")]
    assert [(t, c.name) for t, c in found.columns_removed] == [(PERSON, "name")]
    assert [(b.not_null, a.not_null) for _, b, a in found.columns_changed] == [(False, True)]


def test_constraints_indexes_and_flags():
    found = difference(
        "ALTER TABLE person ADD CONSTRAINT adult CHECK (age > 17); CREATE INDEX i ON person (age);"
        "ALTER TABLE person DROP CONSTRAINT person_pkey; ALTER TABLE person ENABLE ROW LEVEL SECURITY;"
    )
    assert [c.name for _, c in found.constraints_added] == ["adult"]
    assert [c.name for _, c in found.constraints_removed] == ["person_pkey"]
    assert [i.name.name for i in found.indexes_added] == ["i"]
    assert [i.name.name for i in found.indexes_removed] == ["person_pkey"]
    assert found.row_security_enabled == (PERSON,)


def test_a_routine_with_other_types_is_another_signature():
    found = difference(
        "DROP FUNCTION f(integer); CREATE FUNCTION f(a text) RETURNS integer LANGUAGE sql AS 'SELECT 1';"
        "CREATE OR REPLACE FUNCTION g() RETURNS integer LANGUAGE sql AS 'SELECT 2';"
    )
    assert [(b.key.types, a.key.types) for b, a in found.signatures_changed] == [(("integer",), ("text",))]
    assert [b.name.name for b, _ in found.routines_changed] == ["g"]


def test_enum_labels():
    found = difference("ALTER TYPE mood ADD VALUE 'ok'; ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';")
    assert {label for _, label in found.labels_added} == {"ok", "blue"}
    assert {label for _, label in found.labels_removed} == {"sad"}


def test_a_table_that_is_only_assumed_is_not_added():
    found = difference("ALTER TABLE elsewhere ADD COLUMN a integer;")
    assert found.tables_added == ()


def test_a_column_added_to_an_assumed_table_is_added():
    before = folded("ALTER TABLE elsewhere ADD COLUMN a integer;")
    found = compare_catalogs(before, folded("ALTER TABLE elsewhere ADD COLUMN b integer;", before=before))
    assert [c.name for _, c in found.columns_added] == ["b"]


def test_the_words_to_search_for_are_the_names_that_changed():
    found = difference(
        "ALTER TABLE person RENAME COLUMN name TO nick; DROP TABLE old; DROP FUNCTION g();"
        "ALTER TYPE mood ADD VALUE 'ok'; ALTER TABLE person ADD CONSTRAINT adult CHECK (age > 17);"
    )
    assert changed_words(found) == {"name", "nick", "old", "g", "mood", "adult"}
