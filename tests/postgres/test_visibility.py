"""Rows that a role sees before a change and not after it, counted on generated rows."""

import pytest

from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.server import find_server
from midflight.inspection.finding import Confidence, Level
from midflight.inspection.run import Policy, inspect
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.showing import with_shown
from midflight.rules import load_rules
from support.examples import assess_files
from support.shadow_runs import SHORT

pytestmark = pytest.mark.postgres

RULE = "row-security-enabled"
TABLE = """
CREATE TABLE notes (id bigint PRIMARY KEY, owner_id uuid REFERENCES auth.users, title text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON notes TO anon, authenticated;
"""
EVERYBODY = "CREATE POLICY everybody ON notes FOR SELECT USING (true);"
OWN = "CREATE POLICY own ON notes FOR SELECT TO authenticated USING (owner_id = auth.uid());"
READER = {"src/list.ts": "export const all = () => supabase.from('notes').select('id, title')\n"}


@pytest.fixture(scope="module")
def proved(server):
    """Return a function from a schema, a migration and code to the hidden rows and the findings about them."""
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found

    def run(schema, migration, code=READER, *, rule=RULE):
        base = {"supabase/migrations/20240101000000_a.sql": schema, **code}
        (context,) = assess_files(base, {**base, "supabase/migrations/20240102000000_b.sql": migration}).contexts
        rollback = plan_rollback([context], [], PlanOptions())
        proof = prove(context, rollback, binaries, SHORT, rows=60)
        assert proof.applied, proof.reason
        findings = inspect(with_shown([context], [proof]), load_rules(), Policy({}))
        seen = {each.role: (each.before, each.after) for each in proof.hidden}
        return seen, [each for each in findings if each.rule == rule]

    return run


def test_a_policy_that_admits_fewer_rows_is_told_with_what_each_role_saw(proved):
    migration = "DROP POLICY everybody ON notes; CREATE POLICY own ON notes FOR SELECT USING (owner_id = auth.uid());"
    seen, (finding,) = proved(TABLE + EVERYBODY, migration)
    assert seen["anon"] == (60, 0)
    before, after = seen["authenticated"]
    assert before > after > 0
    assert finding.level is Level.ERROR
    assert "`anon` saw 60 generated rows before it and 0 after" in finding.message
    assert finding.code[0].path == "src/list.ts"


def test_a_routine_that_a_policy_calls_hides_rows_as_well(proved):
    admits = "CREATE FUNCTION admits(uuid) RETURNS bool LANGUAGE sql STABLE AS 'SELECT true';"
    schema = TABLE + admits + "CREATE POLICY admitted ON notes FOR SELECT USING (admits(owner_id));"
    seen, (finding,) = proved(schema, admits.replace("CREATE", "CREATE OR REPLACE").replace("true", "false"))
    assert seen == {"anon": (60, 0), "authenticated": (180, 0)}  # as three users
    assert finding.statement.text.startswith("CREATE OR REPLACE FUNCTION admits")


def test_nothing_is_told_where_every_role_sees_what_it_saw(proved):
    assert proved(TABLE + EVERYBODY, OWN) == ({}, [])


def test_rows_that_the_migration_deletes_are_not_hidden(proved):
    migration = OWN + "DELETE FROM notes WHERE id % 2 = 0;"
    assert proved(TABLE + EVERYBODY, migration) == ({}, [])


def test_hidden_rows_of_a_table_that_no_code_names_are_a_note(proved):
    seen, (finding,) = proved(TABLE + EVERYBODY, "ALTER POLICY everybody ON notes USING (id < 0);", {})
    assert (finding.level, seen["anon"]) == (Level.NOTE, (60, 0))


def test_what_another_finding_says_already_is_not_said_twice(proved):
    _, (finding,) = proved(TABLE + EVERYBODY, "DROP POLICY everybody ON notes;")
    assert "Without policy `everybody`" in finding.message


def test_a_condition_that_never_ends_costs_its_bound(proved):
    forever = "CREATE FUNCTION forever(bigint) RETURNS bool LANGUAGE plpgsql AS 'BEGIN LOOP END LOOP; END';"
    migration = forever + "ALTER POLICY everybody ON notes USING (forever(id));"
    assert proved(TABLE + EVERYBODY, migration) == ({}, [])


ASKED = """
CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL, archived boolean NOT NULL);
CREATE VIEW listed AS SELECT id, title, archived FROM notes;
CREATE FUNCTION shown() RETURNS SETOF notes LANGUAGE sql STABLE AS 'SELECT * FROM notes';
GRANT SELECT ON notes, listed TO anon;
"""
ASKING = {"src/a.ts": "export const all = () => [supabase.from('listed').select('id'), supabase.rpc('shown')]\n"}
VIEW = "CREATE OR REPLACE VIEW listed AS SELECT id, title, archived FROM notes WHERE id < 0;"


def test_a_view_that_gives_fewer_rows_is_told_with_the_counts(proved):
    (finding,) = proved(ASKED, VIEW, ASKING, rule="change-without-flag")[1]
    assert (finding.object, finding.confidence) == ("listed", Confidence.PROVEN)
    assert "on generated rows it gives 0, where it gave 60" in finding.message


def test_a_routine_that_gives_fewer_rows_is_told_with_the_counts(proved):
    less = (
        "CREATE OR REPLACE FUNCTION shown() RETURNS SETOF notes LANGUAGE sql STABLE AS 'SELECT * FROM notes LIMIT 5';"
    )
    (finding,) = proved(ASKED, less, ASKING, rule="change-without-flag")[1]
    assert finding.object == "shown"
    assert "on generated rows it gives 5, where it gave 60" in finding.message


def test_a_view_that_gets_a_column_gives_what_it_gave(proved):
    more = "CREATE OR REPLACE VIEW listed AS SELECT id, title, archived, 1 AS size FROM notes;"
    assert proved(ASKED, more, ASKING, rule="change-without-flag")[1] == []


def test_a_routine_that_may_write_is_not_called(proved):
    writes = "CREATE FUNCTION shown() RETURNS SETOF notes LANGUAGE sql AS 'DELETE FROM notes RETURNING *';"
    schema = ASKED.replace(
        "CREATE FUNCTION shown() RETURNS SETOF notes LANGUAGE sql STABLE AS 'SELECT * FROM notes';", writes
    )
    migration = writes.replace("CREATE", "CREATE OR REPLACE").replace("notes RET", "notes WHERE id < 0 RET")
    (finding,) = proved(schema, migration, ASKING, rule="change-without-flag")[1]
    assert "generated rows" not in finding.message
