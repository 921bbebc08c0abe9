"""The statements of old and new code planned on the old and the new schema, as the role that runs them."""

from dataclasses import replace

import pytest

from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.server import find_server
from midflight.compatibility.judge import join
from midflight.compatibility.model import BreakKind, State
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.trying import with_probes
from support.examples import assess_files
from support.shadow_runs import SHORT, watched

pytestmark = pytest.mark.postgres

SUPABASE, PLAIN = "supabase/migrations/2024010{}000000_a.sql", "db/migrations/00000{}_a.up.sql"
SCHEMA = """
CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, price int);
CREATE FUNCTION total(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql STABLE AS 'SELECT a + b';
"""
CLIENT = 'import { createClient } from "@supabase/supabase-js";\nconst supabase = createClient(u, k);\n'


@pytest.fixture(scope="module")
def tried(server):
    """Return a function from a schema, a migration and code to the matrix after its statements were tried."""
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found

    def run(migration, old="", new=None, *, schema=SCHEMA, path=PLAIN, role="", bounds=SHORT):
        base = {path.format(1): schema, "src/a.ts": old}
        head = {**base, path.format(2): migration, "src/a.ts": f"{old}// changed\n" if new is None else new}
        (context,) = assess_files(base, head).contexts
        rollback = plan_rollback([context], [], PlanOptions())
        proof = prove(context, rollback, binaries, bounds, role=role)
        assert proof.applied, proof.reason
        return join([each.matrix for each in with_probes([context], [proof])])

    return run


def query(sql):
    return f'pool.query("{sql}", [a]);\n'


def counts(cell):
    return (cell.tried.hold, cell.tried.fail, cell.tried.incomplete, cell.tried.left_out)


def found(cell):
    return [(each.kind, each.object, each.sqlstate, each.proven) for each in cell.breaks]


def test_a_column_that_goes_away_is_proven_to_break_old_code(tried):
    matrix = tried("ALTER TABLE items DROP COLUMN price;", query("SELECT price FROM items WHERE id = $1"), "")
    assert matrix.old_new.is_proven
    assert found(matrix.old_new) == [(BreakKind.MISSING_COLUMN, "items.price", "42703", True)]
    assert counts(matrix.old_new) == (0, 1, 0, 0)


def test_what_every_statement_survives_is_proven_to_hold(tried):
    code = query("SELECT price FROM items WHERE id = $1") + query("DELETE FROM items WHERE name = $1")
    matrix = tried("ALTER TABLE items ADD size int;", code)
    for cell in (matrix.old_new, matrix.new_old):
        assert (cell.state, cell.is_proven, counts(cell)) == (State.HOLDS, True, (2, 0, 0, 0))


def test_new_code_is_tried_on_the_old_schema(tried):
    matrix = tried("ALTER TABLE items ADD size int;", "", query("UPDATE items SET size = $1"))
    assert found(matrix.new_old) == [(BreakKind.MISSING_COLUMN, "items.size", "42703", True)]
    assert (matrix.new_new.state, matrix.new_new.is_proven) == (State.HOLDS, True)


def test_an_upsert_that_loses_its_unique_key_is_seen_when_it_is_planned(tried):
    code = query("INSERT INTO items (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
    matrix = tried("ALTER TABLE items DROP CONSTRAINT items_name_key;", code)
    assert found(matrix.old_new) == [(BreakKind.UPSERT_TARGET, "items (name)", "42P10", True)]


def test_an_insert_that_leaves_a_required_column_out_is_read_off_the_server(tried):
    matrix = tried("ALTER TABLE items ADD size int NOT NULL;", query("INSERT INTO items (name) VALUES ($1)"))
    assert found(matrix.old_new) == [(BreakKind.REQUIRED_COLUMN, "items.size", "23502", True)]


def test_a_trigger_may_fill_a_required_column_in(tried):
    migration = """
    ALTER TABLE items ADD size int NOT NULL;
    CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.size := 1; RETURN NEW; END';
    CREATE TRIGGER fill BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION fill();
    """
    matrix = tried(migration, query("INSERT INTO items (name) VALUES ($1)"))
    (claimed,) = matrix.old_new.breaks
    assert (claimed.object, claimed.proven) == ("items.size", False)
    assert not matrix.old_new.is_proven


@pytest.mark.parametrize(
    ("migration", "code"),
    [
        ("DROP FUNCTION total;", "{ a: 1 }"),
        ("DROP FUNCTION total; CREATE FUNCTION total(x int) RETURNS int LANGUAGE sql AS 'SELECT x';", "{ a: 1 }"),
        ("DROP FUNCTION total; CREATE FUNCTION total(a int) RETURNS int LANGUAGE sql AS 'SELECT a';", "{ a: 1, b: 2 }"),
    ],
    ids=["gone", "renamed argument", "fewer arguments"],
)
def test_a_routine_is_called_by_the_names_of_its_arguments(tried, migration, code):
    matrix = tried(migration, f'{CLIENT}await supabase.rpc("total", {code});', path=SUPABASE)
    (broken,) = matrix.old_new.breaks
    assert (broken.object, broken.proven) == ("total", True)


def test_an_overload_that_makes_a_call_ambiguous_is_seen(tried):
    migration = "CREATE FUNCTION total(a int, c text DEFAULT '') RETURNS int LANGUAGE sql AS 'SELECT a';"
    matrix = tried(migration, query("SELECT total($1::int)"))
    assert found(matrix.old_new) == [(BreakKind.AMBIGUOUS, "total", "42725", True)]


def test_a_procedure_is_only_analysed(tried):
    schema = "CREATE TABLE log (a int);\nCREATE PROCEDURE note(a int) LANGUAGE sql AS 'INSERT INTO log VALUES (a)';"
    matrix = tried("DROP PROCEDURE note(int);", query("CALL note($1)"), "", schema=schema)
    (broken,) = matrix.old_new.breaks
    assert (broken.kind, broken.proven) == (BreakKind.MISSING_ROUTINE, True)


ROLE = "CREATE ROLE app; GRANT USAGE ON SCHEMA public TO app; GRANT SELECT ON items TO app;"


def test_a_right_that_the_application_loses_breaks_it(tried):
    code = query("SELECT name FROM items WHERE id = $1")
    matrix = tried("REVOKE SELECT ON items FROM app;", code, schema=SCHEMA + ROLE, role="app")
    assert found(matrix.old_new) == [(BreakKind.PRIVILEGE, "items", "42501", True)]
    assert matrix.old_new.state is State.BREAKS


def test_a_new_table_without_a_grant_breaks_new_code_on_no_schema_of_its_own(tried):
    matrix = tried("CREATE TABLE notes (a int);", "", query("SELECT a FROM notes"), schema=SCHEMA + ROLE, role="app")
    assert counts(matrix.new_new) == (0, 0, 1, 0)
    assert matrix.new_new.tried.reasons == (("permission denied for table notes (42501)", 1),)


def test_row_level_security_is_planned_as_the_role(tried):
    migration = """
    CREATE FUNCTION mine() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
    REVOKE ALL ON FUNCTION mine() FROM PUBLIC;
    ALTER TABLE items ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON items FOR SELECT USING (mine());
    """
    code = query("SELECT name FROM items WHERE id = $1")
    matrix = tried(migration, code, schema=SCHEMA + ROLE, role="app")
    assert [(each.kind, each.sqlstate, each.proven) for each in matrix.old_new.breaks] == [
        (BreakKind.PRIVILEGE, "42501", True)
    ]
    assert tried(migration, code).old_new.breaks == ()


def test_what_one_of_several_roles_loses_leaves_the_cell_unproven(tried):
    code = f'{CLIENT}await supabase.from("items").select("name");'
    matrix = tried("REVOKE SELECT ON items FROM anon;", code, path=SUPABASE)
    assert counts(matrix.old_new) == (0, 0, 1, 0)
    assert not matrix.old_new.is_proven
    assert matrix.old_new.tried.reasons == (("what role `anon` may run differs between the schemas", 1),)


def test_a_statement_that_fails_on_its_own_schema_says_nothing(tried):
    matrix = tried("ALTER TABLE items ADD size int;", query("SELECT nothing_like_it FROM items"))
    assert (found(matrix.old_new), counts(matrix.old_new)) == ([], (0, 0, 1, 0))
    assert matrix.old_new.tried.reasons == (('column "nothing_like_it" does not exist (42703)', 1),)


def test_what_old_code_does_not_find_either_is_no_break_of_new_code(tried):
    first = query("SELECT name FROM parts WHERE id = $1")
    second = first + query("SELECT id, name FROM parts")
    matrix = tried("CREATE TABLE parts (id bigint, name text);", first, second)
    assert (matrix.new_old.breaks, counts(matrix.new_old)) == ((), (0, 0, 2, 0))
    assert matrix.new_old.tried.reasons == (('relation "parts" does not exist (42P01)', 2),)


def test_a_parameter_whose_type_nothing_says_proves_nothing(tried):
    matrix = tried("ALTER TABLE items ADD size int;", query("SELECT jsonb_build_object('a', $1) FROM items"))
    assert counts(matrix.old_new) == (0, 0, 1, 0)


def test_no_probe_is_executed(tried):
    schema = SCHEMA + "CREATE SEQUENCE seen;"
    code = query("SELECT nextval('seen'), pg_sleep(5), id FROM items") + query("DELETE FROM items WHERE id = $1")
    matrix = tried("ALTER TABLE items ADD size int;", code, schema=schema)
    assert counts(matrix.old_new) == (2, 0, 0, 0)


SLOW = """
CREATE FUNCTION slow() RETURNS int LANGUAGE plpgsql IMMUTABLE AS
$$ BEGIN LOOP BEGIN PERFORM pg_sleep(1); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;
"""
WRITES = """
CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS $$
BEGIN INSERT INTO items (name) VALUES ('x'); RETURN 1; END $$;
CREATE FUNCTION folds() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM writes(); RETURN 1; END $$;
"""


def test_a_function_that_planning_folds_ends_within_its_bound(tried, monkeypatch):
    with watched(monkeypatch):
        code = query("SELECT slow(), id FROM items") + query("SELECT name FROM items WHERE id = $1")
        matrix = tried("ALTER TABLE items ADD size int;", code, schema=SCHEMA + SLOW)
    assert counts(matrix.old_new) == (1, 0, 1, 0)
    ((reason, _),) = matrix.old_new.tried.reasons
    assert "did not end within" in reason or "canceled" in reason


def test_what_folding_writes_is_gone_again(tried):
    code = query("SELECT folds(), id FROM items")
    migration = "DO $$ BEGIN IF EXISTS (SELECT FROM items) THEN RAISE 'a row was left'; END IF; END $$; SELECT 1;"
    matrix = tried("ALTER TABLE items ADD size int; " + migration, code, schema=SCHEMA + WRITES)
    assert counts(matrix.old_new)[0] + counts(matrix.old_new)[2] == 1


def test_code_that_opens_a_second_statement_sends_nothing(tried):
    code = query("SELECT name FROM items WHERE id = $1; DROP TABLE items")
    matrix = tried("ALTER TABLE items ADD size int;", code)
    assert counts(matrix.old_new) == (0, 0, 0, 1)


def test_what_the_fold_does_not_know_and_the_server_takes_is_no_doubt(tried):
    schema = SCHEMA + "DO $$ BEGIN EXECUTE 'CREATE TABLE hidden (a int)'; END $$;"
    matrix = tried("ALTER TABLE items ADD size int;", "", query("SELECT a FROM hidden"), schema=schema)
    assert (matrix.new_old.state, matrix.new_old.is_proven) == (State.HOLDS, True)


def test_a_bound_on_the_number_of_probes_is_told(tried):
    code = query("SELECT name FROM items WHERE id = $1") + query("SELECT price FROM items WHERE id = $1")
    matrix = tried("ALTER TABLE items ADD size int;", code, bounds=replace(SHORT, probes=1))
    assert counts(matrix.old_new) == (1, 0, 0, 1)
    assert matrix.old_new.tried.reasons == (("the bounds of time and number ended it before 1 more", 1),)


TWO = """
CREATE TABLE people (id bigint PRIMARY KEY, name text);
CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint REFERENCES people (id), checker_id bigint);
GRANT SELECT ON people, tasks TO anon, authenticated, service_role;
"""
EMBED = f'{CLIENT}await supabase.from("tasks").select("id, people(name)");'


def test_an_embed_whose_foreign_key_goes_is_proven_to_break(tried):
    migration = "ALTER TABLE tasks DROP CONSTRAINT tasks_owner_id_fkey;"
    matrix = tried(migration, EMBED, schema=TWO, path=SUPABASE)
    assert found(matrix.old_new) == [(BreakKind.RELATIONSHIP, "tasks with people", "PGRST200", True)]
    assert counts(matrix.old_new) == (2, 1, 0, 0)


def test_an_embed_that_gets_a_second_foreign_key_is_proven_to_break(tried):
    migration = "ALTER TABLE tasks ADD FOREIGN KEY (checker_id) REFERENCES people (id);"
    matrix = tried(migration, EMBED, schema=TWO, path=SUPABASE)
    assert found(matrix.old_new) == [(BreakKind.RELATIONSHIP, "tasks with people", "PGRST201", True)]
    assert matrix.old_new.is_proven


def test_a_foreign_key_that_no_statement_is_read_to_make_is_seen_on_the_server(tried):
    migration = """
    ALTER TABLE people ADD note text;
    DO $$ BEGIN EXECUTE 'ALTER TABLE tasks ' || 'ADD FOREIGN KEY (checker_id) REFERENCES people (id)'; END $$;
    """
    matrix = tried(migration, EMBED, schema=TWO, path=SUPABASE)
    assert found(matrix.old_new) == [(BreakKind.RELATIONSHIP, "tasks with people", "PGRST201", True)]


def test_a_foreign_key_that_stays_refutes_what_was_read(tried):
    schema = TWO + "DO $$ BEGIN EXECUTE 'ALTER TABLE people ' || 'ADD task_id bigint REFERENCES tasks (id)'; END $$;"
    migration = "ALTER TABLE tasks DROP CONSTRAINT tasks_owner_id_fkey;"
    matrix = tried(migration, EMBED, schema=schema, path=SUPABASE)
    assert [each.proven for each in matrix.old_new.breaks] == [False]


def test_tables_that_a_third_one_joins_hold_until_it_loses_a_key(tried):
    schema = """
    CREATE TABLE posts (id bigint PRIMARY KEY);
    CREATE TABLE tags (id bigint PRIMARY KEY, name text);
    CREATE TABLE post_tags (post_id bigint REFERENCES posts (id), tag_id bigint REFERENCES tags (id),
      PRIMARY KEY (post_id, tag_id));
    """
    code = f'{CLIENT}await supabase.from("posts").select("id, tags(name)");'
    held = tried("ALTER TABLE posts ADD size int;", code, schema=schema, path=SUPABASE)
    assert (held.old_new.state, counts(held.old_new)) == (State.HOLDS, (3, 0, 0, 0))
    lost = tried("ALTER TABLE post_tags DROP CONSTRAINT post_tags_tag_id_fkey;", code, schema=schema, path=SUPABASE)
    assert found(lost.old_new) == [(BreakKind.RELATIONSHIP, "posts with tags", "PGRST200", True)]
