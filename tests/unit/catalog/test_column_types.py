"""What `table.column%TYPE` means in the signature of a routine."""

import pytest

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
