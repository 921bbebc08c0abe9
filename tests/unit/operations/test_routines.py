"""Functions, procedures, aggregates, triggers, policies and rules."""

import pytest

from midflight.operations import model as op
from midflight.operations.shapes import Mode, Name, Parameter, Policy, Routine, RoutineKind, Trigger
from support.sql_scripts import AT, operation


def routine(sql: str) -> Routine:
    found = operation(sql)
    assert isinstance(found, op.CreateRoutine)
    return found.routine


def test_a_function_keeps_its_signature_options_body_and_text():
    sql = """CREATE FUNCTION app.create_project(p_name text, p_size int DEFAULT 1, OUT id uuid)
    LANGUAGE plpgsql SECURITY DEFINER STABLE STRICT SET search_path = '' AS $$ BEGIN; END $$"""
    assert operation(sql) == op.CreateRoutine(
        AT,
        routine=Routine(
            name=Name("create_project", "app"),
            parameters=(
                Parameter("p_name", "text"),
                Parameter("p_size", "integer", default="1"),
                Parameter("id", "uuid", Mode.OUT),
            ),
            returns="uuid",
            language="plpgsql",
            definition=sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
            body=" BEGIN; END ",
            security_definer=True,
            volatility="STABLE",
            strict=True,
            settings=(("search_path", "''"),),
        ),
    )


def test_a_function_that_is_replaced_keeps_its_text():
    sql = "create or replace function f() returns int language sql as 'select 1'"
    found = operation(sql)
    assert isinstance(found, op.CreateRoutine)
    assert (found.or_replace, found.routine.definition, found.routine.body) == (True, sql, "select 1")


@pytest.mark.parametrize(
    ("signature", "returns"),
    [
        ("f() RETURNS void", "void"),
        ("f() RETURNS trigger", "trigger"),
        ("f() RETURNS SETOF app.users", "SETOF app.users"),
        ("f() RETURNS int[]", "integer[]"),
        ('f() RETURNS TABLE (a int, "B" varchar(5))', 'TABLE(a integer, "B" character varying(5))'),
        ("f(OUT a int, INOUT b text)", "record"),
        ("f(INOUT b text)", "text"),
        ("f(a users.id%TYPE) RETURNS users.id%TYPE", "users.id%TYPE"),
    ],
)
def test_the_result_is_written_as_the_server_prints_it(signature, returns):
    assert routine(f"CREATE FUNCTION {signature} LANGUAGE sql AS ''").returns == returns


def test_the_key_of_an_overload_is_its_input_types():
    found = routine("CREATE FUNCTION f(int, OUT o text, INOUT b bool, VARIADIC c text[]) LANGUAGE sql AS ''")
    assert found.signature == "f(integer, boolean, text[])"


def test_a_procedure_returns_nothing():
    found = routine("CREATE PROCEDURE p(a int) LANGUAGE sql AS 'select 1'")
    assert (found.kind, found.returns) == (RoutineKind.PROCEDURE, "")


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("RETURN a + 1", "RETURN a + 1"),
        ("BEGIN ATOMIC SELECT 1; SELECT 2; END", "BEGIN ATOMIC SELECT 1; SELECT 2; END"),
    ],
)
def test_a_standard_sql_body_is_a_body(text, body):
    assert routine(f"CREATE FUNCTION f(a int) RETURNS int {text}").body == body


def test_an_aggregate_returns_its_state():
    found = routine("CREATE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int)")
    assert (found.kind, found.name, found.returns) == (RoutineKind.AGGREGATE, Name("total", "s"), "integer")
    assert found.parameters == (Parameter("", "integer"),)


def test_alter_function_gives_its_options_as_sql():
    sql = "ALTER FUNCTION f(int) SECURITY INVOKER STABLE CALLED ON NULL INPUT SET search_path TO a, b"
    assert operation(sql) == op.AlterRoutine(
        AT,
        name=Name("f"),
        arguments=("integer",),
        options=("SECURITY INVOKER", "STABLE", "CALLED ON NULL INPUT", "SET search_path TO a, b"),
    )


@pytest.mark.parametrize(
    ("written", "timing", "events", "columns"),
    [
        ("BEFORE INSERT OR UPDATE OF a, b", "BEFORE", ("INSERT", "UPDATE"), ("a", "b")),
        ("AFTER DELETE", "AFTER", ("DELETE",), ()),
        ("INSTEAD OF UPDATE", "INSTEAD OF", ("UPDATE",), ()),
        ("AFTER TRUNCATE", "AFTER", ("TRUNCATE",), ()),
    ],
)
def test_a_trigger_knows_when_it_fires(written, timing, events, columns):
    sql = f"CREATE TRIGGER x {written} ON s.t EXECUTE FUNCTION app.f()"
    assert operation(sql) == op.CreateTrigger(
        AT, trigger=Trigger("x", Name("t", "s"), Name("f", "app"), sql, timing, events, columns)
    )


def test_a_policy_knows_its_roles_and_conditions():
    sql = 'CREATE POLICY own ON t AS RESTRICTIVE FOR UPDATE TO authenticated, "Admin" USING (a = 1) WITH CHECK (true)'
    assert operation(sql) == op.CreatePolicy(
        AT,
        policy=Policy(
            "own",
            Name("t"),
            sql,
            command="UPDATE",
            permissive=False,
            roles=("authenticated", '"Admin"'),
            using="a = 1",
            check="true",
        ),
    )


def test_a_policy_without_more_is_for_everybody_and_everything():
    found = operation("CREATE POLICY own ON t USING (true)")
    assert isinstance(found, op.CreatePolicy)
    assert (found.policy.command, found.policy.permissive, found.policy.roles) == ("ALL", True, ("public",))


def test_alter_policy_leaves_what_it_does_not_name():
    assert operation("ALTER POLICY own ON t USING (b)") == op.AlterPolicy(AT, name="own", table=Name("t"), using="b")


def test_a_rule_keeps_its_text():
    sql = "CREATE RULE r AS ON DELETE TO s.t DO INSTEAD NOTHING"
    assert operation(sql) == op.CreateRule(AT, name="r", table=Name("t", "s"), definition=sql)
