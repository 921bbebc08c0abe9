"""Grants in force, comments, and the statements that bring them back."""

from midflight.catalog.ddl_rights import comment_statement, grant_statements
from midflight.operations.shapes import Name, ObjectKind, Target
from support.schemas import folded

TABLE = Target(ObjectKind.TABLE, Name("t", "public"))
FUNCTION = Target(ObjectKind.FUNCTION, Name("f", "public"), arguments=("integer",))
SCHEMA = """
CREATE TABLE t (id serial, secret text);
CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
"""


def test_a_part_of_all_can_be_revoked():
    catalog = folded(SCHEMA + "GRANT ALL ON t TO app; REVOKE DELETE, TRUNCATE ON TABLE t FROM app;")
    assert grant_statements(TABLE, catalog) == ("GRANT INSERT, REFERENCES, SELECT, TRIGGER, UPDATE ON TABLE t TO app",)


def test_all_is_written_as_all():
    assert grant_statements(TABLE, folded(SCHEMA + "GRANT ALL ON t TO app;")) == ("GRANT ALL ON TABLE t TO app",)


def test_a_column_grant_comes_back_with_its_table():
    catalog = folded(SCHEMA + "GRANT SELECT (id) ON t TO anon;")
    assert grant_statements(TABLE, catalog) == ("GRANT SELECT (id) ON TABLE t TO anon",)


def test_a_right_of_public_on_a_function_is_stored_only_when_it_is_taken_away():
    assert grant_statements(FUNCTION, folded(SCHEMA + "GRANT EXECUTE ON FUNCTION f TO PUBLIC;")) == ()
    catalog = folded(SCHEMA + "REVOKE ALL ON FUNCTION f(integer) FROM PUBLIC; GRANT EXECUTE ON FUNCTION f(int) TO app;")
    assert grant_statements(FUNCTION, catalog) == (
        "REVOKE EXECUTE ON FUNCTION f(integer) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION f(integer) TO app",
    )


def test_all_tables_in_schema_means_the_tables_there_are():
    catalog = folded(SCHEMA + "GRANT SELECT ON ALL TABLES IN SCHEMA public TO app; CREATE TABLE late (a integer);")
    assert grant_statements(TABLE, catalog) == ("GRANT SELECT ON TABLE t TO app",)
    assert grant_statements(Target(ObjectKind.TABLE, Name("late", "public")), catalog) == ()


def test_rights_go_with_the_dropped_table_and_follow_the_renamed_one():
    assert len(folded(SCHEMA + "GRANT SELECT ON t TO app; DROP TABLE t;").grants) == 0
    catalog = folded(SCHEMA + "GRANT SELECT ON t TO app; ALTER TABLE t RENAME TO u;")
    moved = Target(ObjectKind.TABLE, Name("u", "public"))
    assert grant_statements(moved, catalog) == ("GRANT SELECT ON TABLE u TO app",)


def test_quotes_in_a_comment_are_doubled():
    target = Target(ObjectKind.COLUMN, Name("t", "public"), "Mixed")
    assert comment_statement(target, "it's") == "COMMENT ON COLUMN t.\"Mixed\" IS 'it''s'"
    assert comment_statement(target, None) == 'COMMENT ON COLUMN t."Mixed" IS NULL'
