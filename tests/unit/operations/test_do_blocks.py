"""DO blocks: guards around static statements are read, everything else is opaque."""

import pytest

from midflight.operations import model as op
from midflight.operations.shapes import Column, Name, TypeKind, UserType
from support.sql_scripts import AT, operation, operations, read

CREATE = "CREATE TABLE t ()"
TABLE = op.CreateTable(AT, name=Name("t"))
CONDITION = "DO block that changes the schema under a condition"
GUARDED = op.CreateTable(AT, name=Name("t"), if_not_exists=True)


def block(body: str, declare: str = "") -> str:
    return f"DO $$ {declare} BEGIN {body} END $$"


def reason(body: str, declare: str = "") -> str:
    found = operation(block(body, declare))
    assert isinstance(found, op.Opaque)
    return found.reason


def test_a_type_that_may_exist_is_made_with_its_own_definition():
    (found,) = read(block("CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN null;"))
    assert isinstance(found, op.CreateType)
    assert found.type == UserType(Name("mood"), TypeKind.ENUM, "CREATE TYPE mood AS ENUM ('a')", labels=("a",))
    assert found.statement.text.startswith("DO $$")


def test_a_column_behind_a_question_to_the_catalog_tolerates_that_it_exists():
    question = "NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE column_name = 'c')"
    assert operation(block(f"IF {question} THEN ALTER TABLE t ADD COLUMN c int; END IF;")) == op.AddColumn(
        AT, table=Name("t"), column=Column("c", "integer"), if_not_exists=True
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"{CREATE};", TABLE),
        (f"BEGIN {CREATE}; END;", TABLE),
        (f"{CREATE}; EXCEPTION WHEN duplicate_table OR SQLSTATE '42710' THEN RAISE NOTICE 'x';", GUARDED),
        (f"IF to_regclass('t') IS NULL THEN {CREATE}; END IF;", GUARDED),
        (f"IF NOT EXISTS (SELECT FROM pg_tables) THEN {CREATE}; ELSE RAISE NOTICE 'x'; END IF;", GUARDED),
        (f"IF EXISTS (SELECT FROM pg_catalog.pg_class) THEN RETURN; END IF; {CREATE};", GUARDED),
        (f"EXECUTE '{CREATE}';", TABLE),
        (
            "IF EXISTS (SELECT FROM pg_class) THEN DROP TABLE t; END IF;",
            op.DropTable(AT, name=Name("t"), if_exists=True),
        ),
        ("RAISE NOTICE 'nothing';", op.Query(AT)),
        ("PERFORM s.f(1);", op.Query(AT, calls=(Name("f", "s"),))),
        ("PERFORM set_config('lock_timeout', '5s', true);", op.SetSetting(AT, "lock_timeout", ("5s",), local=True)),
        (
            "IF (SELECT count(*) FROM a) > 1 THEN DELETE FROM t WHERE b; END IF;",
            op.Delete(AT, table=Name("t"), bounded=True, where="b"),
        ),
        (
            "LOOP DELETE FROM t WHERE b; EXIT WHEN NOT FOUND; END LOOP;",
            op.Delete(AT, table=Name("t"), bounded=True, where="b"),
        ),
    ],
)
def test_a_static_statement_is_read_with_the_tolerance_of_its_guard(body, expected):
    assert operation(block(body)) == expected


def test_a_primary_key_that_may_be_there_already_is_added():
    body = "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (a); EXCEPTION WHEN SQLSTATE '42P16' THEN null;"
    found = operation(block(body))
    assert isinstance(found, op.AddConstraint)
    assert found.constraint.columns == ("a",)


def test_into_a_variable_makes_no_table():
    found = operations(block("SELECT max(a) INTO n FROM t; n := g(n);", "DECLARE n int;"))
    assert [type(o) for o in found] == [op.Query, op.Query]
    assert found[0].reads == (Name("t"),)
    assert found[1].calls == (Name("g"),)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("EXECUTE format('DROP TABLE %I', 't');", "DO block with dynamic SQL (EXECUTE)"),
        ("EXECUTE 'DROP TABLE ' || 't';", "DO block with dynamic SQL (EXECUTE)"),
        (
            "IF (SELECT count(*) FROM a) > 1 THEN DROP TABLE t; END IF;",
            CONDITION,
        ),
        (f"IF EXISTS (SELECT FROM users) THEN {CREATE}; END IF;", CONDITION),
        (
            f"IF current_setting('x') = 'y' THEN RETURN; END IF; {CREATE};",
            CONDITION,
        ),
        (f"{CREATE}; EXCEPTION WHEN others THEN NULL;", CONDITION),
        (
            f"NULL; EXCEPTION WHEN duplicate_table THEN {CREATE};",
            "DO block whose exception handler changes the schema",
        ),
        (
            f"IF EXISTS (SELECT FROM pg_class) THEN {CREATE}; ELSE DROP TABLE t; END IF;",
            "DO block whose branches change the schema in different ways",
        ),
        (f"LOOP {CREATE}; END LOOP;", "DO block that changes the schema in a loop"),
        ("COMMIT;", "DO block with COMMIT"),
        ("DROP TABEL t;", 'DO block: syntax error at or near "TABEL"'),
    ],
)
def test_a_block_in_doubt_is_opaque_with_the_reason(body, expected):
    assert reason(body) == expected


def test_rows_of_a_loop_run_dynamic_statements():
    body = "FOR r IN SELECT relname FROM pg_class LOOP EXECUTE 'DROP TABLE ' || r.relname; END LOOP;"
    assert reason(body, "DECLARE r record;") == "DO block with dynamic SQL (EXECUTE)"


def test_a_block_in_another_language_is_opaque():
    assert operation("DO LANGUAGE plpython3u 'pass'") == op.Opaque(AT, reason="DO block in plpython3u")
