"""Files of SQL that programs run."""

import pytest

from support.reference_lines import shown

PUT_IN = "table name is put in by the code"


def test_a_named_query_that_cannot_be_read_is_told():
    (line,) = shown("queries.sql", "-- name: A :one\n\nSELECT id FROM users WHERE (;")
    assert line.startswith("3 ? the SQL could not be parsed")


def test_a_table_from_a_template_is_told():
    assert shown("src/a.sql", "SELECT id\nFROM {{ table }}\nWHERE id = :id") == [f"2 ? {PUT_IN}"]


@pytest.mark.parametrize(
    "source", ["-- name: a\n" + "'" * 20_001, "/* " * 50_000, "$a$" * 30_001, "-- name: a\n" * 9_000]
)
def test_hostile_files_are_read_in_bounded_time(source):
    assert [line for line in shown("a.sql", source) if " ? " not in line] == []
