"""Statements: their text, place, comments and transaction."""

import pytest

from midflight.migrations.model import Script, Transactions
from midflight.operations.model import Copy, DropTable, Insert, Maintenance, Opaque, Query
from midflight.operations.read import read_operations
from support.sql_scripts import read


def test_a_statement_knows_its_exact_text_without_the_semicolon():
    (found,) = read("\n\n  DROP  TABLE\n  a ; \n")
    assert found.statement.text == "DROP  TABLE\n  a"
    assert found.statement.path == "m.sql"


def test_the_line_is_that_of_the_first_token_and_not_of_the_comment_above():
    first, second = read("-- about a\nDROP TABLE a;\n\n/* two\nlines */\nDROP TABLE b;\n")
    assert (first.statement.line, second.statement.line) == (2, 6)


def test_characters_of_several_bytes_do_not_shift_text_or_lines():
    first, second = read("INSERT INTO t VALUES ('äöü 漢字 🎉');\n-- é\nDROP TABLE \"tablé\";")
    assert first.statement.text == "INSERT INTO t VALUES ('äöü 漢字 🎉')"
    assert (second.statement.line, second.statement.text) == (3, 'DROP TABLE "tablé"')


def test_a_script_within_a_file_counts_from_its_first_line():
    (found,) = read("\nDROP TABLE a", first_line=10)
    assert found.statement.line == 11


def test_windows_line_ends_and_a_missing_last_semicolon_are_read():
    first, second = read("DROP TABLE a;\r\n-- why\r\nDROP TABLE b")
    assert (first.statement.line, second.statement.line) == (1, 3)
    assert second.statement.comments == ("-- why",)


def test_statements_are_numbered_from_zero_and_empty_ones_do_not_count():
    found = read(";;DROP TABLE a;;\n;DROP TABLE b, c;")
    assert [o.statement.number for o in found] == [0, 1, 1]


def test_comments_belong_to_the_statement_that_they_touch():
    first, second = read(
        "-- header of the file\n\n-- midflight: ignore[x] before\nDROP TABLE a; -- behind\n"
        "/* next */ DROP TABLE b -- end\n;"
    )
    assert first.statement.comments == ("-- midflight: ignore[x] before", "-- behind")
    assert second.statement.comments == ("/* next */", "-- end")


def test_comments_inside_a_statement_are_part_of_its_text_only():
    (found,) = read("DROP TABLE -- inside\n a")
    assert found.statement.comments == ()
    assert found.statement.text == "DROP TABLE -- inside\n a"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (';')",
        "INSERT INTO t VALUES ('it''s;')",
        r"INSERT INTO t VALUES (E'\';')",
        "INSERT INTO t VALUES ($$;$$)",
        "INSERT INTO t VALUES ($a$ $$;$b$; $a$)",
        'INSERT INTO ";" VALUES (1)',
        "INSERT INTO t VALUES (1 /* ; /* ; */ ; */)",
        "INSERT INTO t VALUES (1 -- ;\n)",
        "INSERT INTO t$x$ VALUES (1)",
    ],
)
def test_a_semicolon_in_quotes_or_comments_ends_nothing(sql):
    found = read(sql + ";DROP TABLE a")
    assert [type(o) for o in found] == [Insert, DropTable]
    assert found[0].statement.text == sql


def test_the_body_of_a_sql_function_keeps_its_semicolons():
    body = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END"
    first, second = read(body + "; DROP TABLE a")
    assert first.statement.text == body
    assert isinstance(second, DropTable)


def test_the_actions_of_a_rule_keep_their_semicolons():
    rule = "CREATE RULE r AS ON INSERT TO t DO INSTEAD (DELETE FROM a; DELETE FROM b)"
    first, second = read(rule + "; DROP TABLE a")
    assert first.statement.text == rule
    assert isinstance(second, DropTable)


def test_a_syntax_error_makes_one_statement_opaque_and_not_its_neighbours():
    first, second, third = read("DROP TABLE a;\nCREATE TABEL b (c int);\nDROP TABLE d")
    assert isinstance(first, DropTable)
    assert isinstance(third, DropTable)
    assert isinstance(second, Opaque)
    assert (second.reason, second.statement.line) == ('syntax error at or near "TABEL"', 2)


def test_a_parenthesis_that_is_never_closed_does_not_swallow_the_rest():
    first, second = read("-- why\nCREATE TABLE b (c int;\nDROP TABLE d;")
    assert isinstance(first, Opaque)
    assert first.statement.comments == ("-- why",)
    assert isinstance(second, DropTable)
    assert second.statement.line == 3


def test_a_nested_comment_behind_a_semicolon_is_one_comment():
    first, second = read("DROP TABLE a; /* x /* y */ z */ DROP TABLE b")
    assert isinstance(first, DropTable)
    assert isinstance(second, DropTable)


def test_the_comment_above_a_broken_statement_is_not_repeated_for_its_neighbours():
    first, second = read("-- why\nCREATE TABLE b (c int; DROP TABLE d;")
    assert (first.statement.comments, second.statement.comments) == (("-- why",), ())


def test_data_of_a_dump_is_skipped():
    found = read("COPY t (a, b) FROM stdin;\n1\t'; DROP TABLE x;\n2\t\\N\n\\.\n\nDROP TABLE a;")
    assert [type(o) for o in found] == [Copy, DropTable]
    assert found[1].statement.line == 6


def test_psql_commands_are_opaque_unless_they_only_print():
    first, second, third = read("\\connect other\n\\restrict Abc'1\nDROP TABLE a;")
    assert isinstance(first, Opaque)
    assert first.reason == "psql command \\connect"
    assert isinstance(second, Maintenance)
    assert (third.statement.text, third.statement.line) == ("DROP TABLE a", 3)


@pytest.mark.parametrize(
    ("mode", "sql", "expected"),
    [
        (Transactions.PER_FILE, "SELECT 1; SELECT 2", [True, True]),
        (Transactions.PER_RUN, "SELECT 1", [True]),
        (Transactions.NONE, "SELECT 1; SELECT 2", [False, False]),
        (Transactions.NONE, "SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3", [False, True, True, True, False]),
        (Transactions.NONE, "START TRANSACTION; SELECT 2; ROLLBACK; SELECT 3", [True, True, True, False]),
        (Transactions.NONE, "BEGIN; SAVEPOINT a; ROLLBACK TO a; SELECT 1", [True, True, True, True]),
        (Transactions.IMPLICIT, "SELECT 1", [False]),
        (Transactions.IMPLICIT, "SELECT 1; SELECT 2", [True, True]),
        (Transactions.IMPLICIT, "BEGIN; SELECT 1; COMMIT; SELECT 2", [True, True, True, True]),
    ],
)
def test_the_transaction_follows_the_tool_and_the_scripts_own_begin_and_commit(mode, sql, expected):
    assert [o.statement.in_transaction for o in read(sql, mode)] == expected


def test_a_dialect_that_is_not_read_is_one_opaque_statement():
    (found,) = read_operations(Script("m.sql", "ALTER TABLE `t` ADD c INT;", Transactions.NONE, 3), dialect="mysql")
    assert isinstance(found, Opaque)
    assert (found.reason, found.statement.line) == ("the SQL of mysql is not read yet", 3)


def test_an_empty_script_does_nothing():
    assert read("  \n-- nothing to do\n;") == ()


def test_every_statement_of_a_long_script_is_found():
    found = read("SELECT 1;\n" * 500)
    assert len(found) == 500
    assert all(isinstance(o, Query) for o in found)
    assert found[-1].statement.line == 500
