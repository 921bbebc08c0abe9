"""The bodies of routines on the schema after a change: none is run, and what was broken before is not the change's."""

from contextlib import closing

import pytest

from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.server import find_server
from midflight.inspection.run import Policy, inspect
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.showing import with_shown
from midflight.rules import load_rules
from support.examples import assess_files
from support.shadow_runs import SHORT

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE items (id bigint PRIMARY KEY, name text NOT NULL, price int, note text);
CREATE FUNCTION total(a int, b int) RETURNS int LANGUAGE sql STABLE AS 'SELECT a + b';
"""
RULE = "routine-names-missing-column"


def plpgsql(name, body, returns="void", arguments=""):
    return f"CREATE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE plpgsql AS $$\n{body}\n$$;\n"


def in_sql(name, body, returns="SETOF text"):
    return f"CREATE FUNCTION {name}() RETURNS {returns} LANGUAGE sql AS $$ {body} $$;\n"


@pytest.fixture(scope="module")
def proved(server):
    """Return a function from routines and a migration to the proof and the findings about bodies."""
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found

    def run(routines, migration, *, bounds=SHORT):
        base = {"db/migrations/001_a.up.sql": SCHEMA, "db/migrations/002_b.up.sql": routines}
        (context,) = assess_files(base, {**base, "db/migrations/003_c.up.sql": migration}).contexts
        proof = prove(context, plan_rollback([context], [], PlanOptions()), binaries, bounds)
        assert proof.applied, proof.reason
        assert proof.drift == ()
        findings = inspect(with_shown([context], [proof]), load_rules(), Policy({}))
        return proof.bodies, [each for each in findings if each.rule == RULE]

    return run


@pytest.fixture(params=["its checker", "twins"])
def checker(request, server, monkeypatch):
    """Ask with the checker for PL/pgSQL, where the server has one, and without."""
    if request.param == "twins":
        monkeypatch.setattr("midflight.adapters.shadow.proving.bring_checker", lambda server, database: False)
        return
    with closing(server.connect()) as root:
        if root.execute(b"SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'").fetchone() is None:
            pytest.skip(f"the server {server.version} has no plpgsql_check")


def test_a_body_in_sql_that_loses_its_column_is_broken(proved):
    bodies, (finding,) = proved(in_sql("notes", "SELECT note FROM public.items"), "ALTER TABLE items DROP COLUMN note;")
    assert [body.signature for body in bodies.broken] == ["public.notes()"]
    assert (finding.place.path, finding.place.line) == ("db/migrations/003_c.up.sql", 1)
    assert "The body of `notes()`" in finding.message
    assert '42703, `column "note" does not exist`' in finding.message


def test_what_holds_and_what_was_broken_before_is_no_finding(proved):
    routines = "SET check_function_bodies = off;" + in_sql("lost", "SELECT gone FROM public.items")
    routines += in_sql("names", "SELECT name FROM public.items")
    bodies, findings = proved(routines, "ALTER TABLE items DROP COLUMN note;")
    assert ([body.name for body in bodies.sound], bodies.before, findings) == (["lost", "names", "total"], 1, [])


def test_a_routine_of_the_change_itself_is_held_against_the_new_schema(proved):
    migration = "SET check_function_bodies = off;\n" + in_sql("notes", "SELECT nothing FROM public.items")
    _, (finding,) = proved("", migration)
    assert finding.place.line == 2
    assert "as this statement writes it" in finding.message


def test_a_statement_in_a_branch_that_never_runs_is_checked(proved, checker):
    body = plpgsql("clear", "BEGIN\n IF false THEN\n  UPDATE public.items SET note = NULL;\n END IF;\nEND")
    bodies, (finding,) = proved(body, "ALTER TABLE items DROP COLUMN note;")
    (fault,) = bodies.broken[0].faults
    assert (fault.sqlstate, fault.line) == ("42703", 4)
    assert "line 4" in finding.message


def test_a_trigger_that_reads_a_lost_column_is_broken(proved, checker):
    routines = plpgsql("stamp", "BEGIN NEW.note := 'x'; RETURN NEW; END", "trigger")
    routines += "CREATE TRIGGER stamp BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION stamp();"
    _, (finding,) = proved(routines, "ALTER TABLE items RENAME COLUMN note TO remark;")
    assert "`stamp()`" in finding.message
    assert "42703" in finding.message


@pytest.mark.parametrize("path", ["''", "public, ''", '"$user", public'])
def test_a_routine_is_read_with_its_own_search_path(proved, checker, path):
    body = plpgsql("named", "BEGIN\nUPDATE public.items SET note = 'x';\nEND").replace(
        " AS $$", f" SET search_path = {path} AS $$"
    )
    bodies, found = proved(body, "ALTER TABLE items DROP COLUMN note;")
    assert bodies.unchecked == ()
    assert ["note" in each.object for each in found] == [True]


def test_a_call_of_a_routine_that_is_dropped_is_found(proved, checker):
    body = plpgsql("sum", "BEGIN RETURN public.total(1, 2); END", "int")
    _, (finding,) = proved(body, "DROP FUNCTION total(int, int);")
    assert "42883" in finding.message
    assert finding.statement.text.startswith("DROP FUNCTION total")


def test_a_name_that_only_looks_like_the_lost_column_is_no_finding(proved, checker):
    body = "DECLARE r record; BEGIN SELECT i.id, 'x' AS note INTO r FROM public.items i; RETURN r.note; END"
    bodies, findings = proved(plpgsql("label", body, "text"), "ALTER TABLE items DROP COLUMN note;")
    assert ([body.name for body in bodies.broken], findings) == ([], [])


def test_a_table_that_the_body_makes_itself_is_there_when_it_runs(proved, checker):
    body = "BEGIN CREATE TEMP TABLE found AS SELECT 1 AS a; PERFORM a FROM found; END"
    bodies, findings = proved("", plpgsql("collect", body))
    assert (len(bodies.broken), findings) == (0, [])


def test_a_function_that_planning_would_run_forever_costs_its_bound_and_no_more(proved, checker):
    routines = plpgsql("forever", "BEGIN LOOP END LOOP; END", "int").replace("LANGUAGE", "IMMUTABLE LANGUAGE")
    migration = routines + plpgsql("waits", "BEGIN RETURN public.forever(); END", "int")
    bodies, findings = proved("", migration)
    assert ([body.name for body in bodies.broken], findings) == ([], [])


MANY = """
<<outermost>>
DECLARE
  r record; n CONSTANT int NOT NULL := 3; label text DEFAULT CASE WHEN n > 1 THEN 'a' ELSE 'b' END;
  c CURSOR FOR SELECT i.id FROM items i;
BEGIN
  FOR at IN REVERSE 10 .. n BY 2 LOOP
    CONTINUE WHEN at = n;
  END LOOP;
  FOR r IN SELECT i.id, i.name AS called FROM items i LOOP
    RAISE NOTICE 'seen % %', r.id, r.called USING HINT = label;
  END LOOP;
  CASE n WHEN 1, 2 THEN NULL; ELSE label := 'x'; END CASE;
  WHILE n < 1 LOOP EXIT; END LOOP;
  INSERT INTO items (id, name) VALUES (n, outermost.label) RETURNING id INTO STRICT r;
  EXECUTE format('SELECT %I', label) INTO r;
  IF r.unknown THEN RETURN NEXT 1; ELSIF FOUND THEN NULL; END IF;
  RETURN QUERY SELECT i.id FROM items i ORDER BY i.price;
EXCEPTION WHEN unique_violation OR no_data_found THEN
  RAISE WARNING '%', SQLERRM;
END
"""


def test_all_that_a_body_may_hold_is_read_and_its_one_lost_column_found_on_its_line(proved, checker):
    body = plpgsql("many", MANY, "SETOF bigint")
    bodies, _ = proved(body, "ALTER TABLE items DROP COLUMN price;")
    assert [each.name for each in bodies.unchecked] == []
    ((fault,),) = [each.faults for each in bodies.broken]
    assert (fault.sqlstate, fault.message, fault.line) == ("42703", "column i.price does not exist", 19)


def test_a_body_with_a_statement_that_no_server_plans_is_no_proof_without_the_checker(proved, monkeypatch):
    monkeypatch.setattr("midflight.adapters.shadow.proving.bring_checker", lambda server, database: False)
    bodies, _ = proved(plpgsql("clear", "BEGIN TRUNCATE items; END"), "ALTER TABLE items DROP COLUMN note;")
    assert [(each.name, each.reason) for each in bodies.unchecked] == [("clear", "`TRUNCATE` in it is not planned")]


def test_a_twin_plans_a_body_and_runs_nothing_of_it(proved, monkeypatch):
    monkeypatch.setattr("midflight.adapters.shadow.proving.bring_checker", lambda server, database: False)
    routines = plpgsql("boom", "BEGIN RAISE division_by_zero; END", "int")
    body = "DECLARE n int := boom(); r record; BEGIN SELECT boom() AS a INTO r; PERFORM boom(); RETURN r.a; END"
    bodies, findings = proved(routines, plpgsql("calls", body, "int"))
    assert ([each.name for each in bodies.sound], findings) == (["boom", "calls", "total"], [])
