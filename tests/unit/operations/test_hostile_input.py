"""Input made to break the reader: it gives operations with a reason, never a traceback or a crash."""

import pytest

from midflight.operations.model import DropTable, Insert, Opaque, Query
from support.sql_scripts import read

BEHIND = ";\nDROP TABLE behind"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT " + "(" * 10_000 + "1" + ")" * 10_000, "an expression of more than 8000 parts"),
        ("SELECT " + "||".join(["'a'"] * 50_000), "an expression of more than 8000 parts"),
        ("SELECT " + "(a||" * 5_000 + "1" + ")" * 5_000, "an expression of more than 8000 parts"),
        ("SELECT 1" + " UNION ALL SELECT 1, 2" * 50_000, "an expression of more than 8000 parts"),
        ("SELECT " + "||".join(["'a'"] * 300), "nested too deeply"),
        ("SELECT " + "f(" * 300 + "1" + ")" * 300, "nested too deeply"),
        ("SELECT " + "/*" * 5_000 + "*/" * 5_000 + " 1", "comments nested too deeply"),
        ("SELECT '\0'", "a NUL byte in the statement"),
        ("SELECT '\udc80'", "not valid UTF-8"),
        (
            "DO $$ BEGIN PERFORM " + "||".join(["1"] * 20_000) + "; END $$",
            "DO block: an expression of more than 8000 parts",
        ),
        ("DO $$ BEGIN " + "IF true THEN " * 900 + "NULL;" + "END IF;" * 900 + "END $$", None),
        ("DO $$ BEGIN NULL; END " + "/*" * 5_000 + " $$", "DO block too large or with comments nested too deeply"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_would_exhaust_the_parser_is_opaque_and_what_follows_is_read(sql, reason):
    first, second = read(sql + BEHIND)
    assert isinstance(first, Opaque)
    assert reason is None or first.reason == reason
    assert isinstance(second, DropTable)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 'never closed", "unterminated quoted string"),
        ('SELECT "never closed', "unterminated quoted identifier"),
        ("SELECT $tag$never closed", "unterminated dollar-quoted string"),
        ("/* never closed", "unterminated /* comment"),
        ("SELECT 1 /* never closed", "unterminated /* comment"),
    ],
)
def test_quotes_that_never_close_are_opaque_to_the_end(sql, reason):
    (found,) = read(sql + BEHIND)
    assert isinstance(found, Opaque)
    assert found.reason.startswith(reason)


def test_a_reason_does_not_repeat_a_whole_string():
    (found,) = read("SELECT '" + "x" * 100_000)
    assert isinstance(found, Opaque)
    assert len(found.reason) <= 200


def test_two_megabytes_on_one_line_are_read():
    (found,) = read(f"INSERT INTO t VALUES ('{'x' * 2_000_000}')")
    assert isinstance(found, Insert)


def test_an_insert_of_many_rows_is_not_mistaken_for_a_deep_expression():
    rows = ",".join(["(1, 'a')"] * 10_000)
    (found,) = read(f"INSERT INTO t VALUES {rows}")
    assert isinstance(found, Insert)


@pytest.mark.parametrize(
    "sql", ["\\" * 1_000, "$" * 1_000, "(" * 1_000 + ";" * 1_000, ")" * 1_000, "'; \ufeff \x01", "{}"]
)
def test_noise_gives_reasons(sql):
    found = read(sql)
    assert found
    assert all(isinstance(o, (Opaque, Query)) for o in found)
