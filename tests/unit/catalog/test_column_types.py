"""What `table.column%TYPE` means in the signature of a routine, and which casts follow a renamed type."""

import pytest

from midflight.catalog.rewrite import rename_cast
from midflight.operations.shapes import Name
from support.shadow_runs import context_of

SCHEMA = "CREATE TABLE account (id integer, amount numeric(10,2)); CREATE SCHEMA other; CREATE TABLE other.t (id uuid);"


def signatures(migration):
    return {(key.types, routine.returns) for key, routine in context_of(SCHEMA, migration).after.routines.items()}


@pytest.mark.parametrize(
    ("declared", "signature"),
    [
        ("f(a account.id%TYPE) RETURNS account.amount%TYPE", (("integer",), "numeric")),
        ("f(a other.t.id%TYPE) RETURNS SETOF public.account.id%TYPE", (("uuid",), "SETOF integer")),
        ("f(a unknown.id%TYPE) RETURNS integer", (("unknown.id%TYPE",), "integer")),
    ],
)
def test_it_is_the_type_of_the_column_without_its_size(declared, signature):
    assert signatures(f"CREATE FUNCTION {declared} LANGUAGE sql AS $$ SELECT NULL $$;") == {signature}


def test_the_routine_keeps_the_type_when_the_column_gets_another():
    made = "CREATE FUNCTION f(a account.id%TYPE) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;"
    assert signatures(f"{made} ALTER TABLE account ALTER COLUMN id TYPE bigint;") == {(("integer",), "integer")}


def test_a_drop_may_name_the_type_in_either_way():
    made = "CREATE FUNCTION f(a account.id%TYPE) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;"
    assert signatures(f"{made} DROP FUNCTION f(integer);") == set()
    assert signatures(f"{made} DROP FUNCTION f(account.id%TYPE);") == set()


@pytest.mark.parametrize(
    ("written", "then"),
    [
        ("'A'::\"Kind\"", "'A'::\"Flow\""),
        ('CASE WHEN "Kind" > 0 THEN \'A\' :: public."Kind" END', 'CASE WHEN "Kind" > 0 THEN \'A\' :: "Flow" END'),
        ('CAST(x AS "Kind")', 'CAST(x AS "Flow")'),
        ('\'::"Kind"\'::other."Kind"', '\'::"Kind"\'::other."Kind"'),
    ],
)
def test_a_cast_follows_its_type_and_a_column_of_that_name_does_not(written, then):
    assert rename_cast(written, Name("Kind", "public"), Name("Flow", "public")) == then


def test_a_default_and_a_generated_column_follow_their_type():
    made = (
        "CREATE TYPE kind AS ENUM ('A'); CREATE TABLE t (n int, a kind DEFAULT 'A'::kind,"
        " b kind GENERATED ALWAYS AS (CASE WHEN n > 0 THEN 'A'::kind END) STORED);"
    )
    after = context_of(made, "ALTER TYPE kind RENAME TO flow;").after
    table = after.relation(Name("t"))
    assert table.column("a").default == "'A'::flow"
    assert "'A'::flow" in table.column("b").expression
