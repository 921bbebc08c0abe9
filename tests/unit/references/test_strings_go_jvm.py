"""SQL in the strings of Go, Java, Kotlin and C#."""

import pytest

from support.reference_lines import shown


def test_what_certainly_is_sql_and_cannot_be_read_is_told():
    (line,) = shown("a.go", '\n\ndb.Exec("SELECT id FROM users WHERE (")')
    assert line.startswith("3 ? the SQL could not be parsed")


@pytest.mark.parametrize("path", ["a.go", "A.java", "a.kt", "A.cs", "a.php", "a.rb", "a.ex"])
@pytest.mark.parametrize(
    "source",
    ['"SELECT id FROM users', "(" * 5_000 + '"SELECT id FROM users"', "\x00\xff`SELECT`", '"SELECT ' + "\\" * 9_999],
)
def test_what_does_not_parse_is_no_failure(path, source):
    prefix = "<?php " if path.endswith("php") else ""
    for line in shown(path, prefix + source):
        assert "users" in line or "nested" in line
