"""The plan run on a real server: what is proven, and what is said of what is not."""

import pytest

from midflight.adapters.shadow.server import find_server
from midflight.catalog.cost_model import Held, Lock, Work
from midflight.operations.shapes import Name
from midflight.proof.model import Bounds, Grade
from support.shadow_runs import ALONE, proven

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE items (id int PRIMARY KEY, name text, price int DEFAULT 3);
CREATE INDEX items_name ON items (name);
CREATE VIEW names AS SELECT name FROM items;
CREATE TYPE mood AS ENUM ('sad', 'happy');
"""
ITEMS = Name("items", "public")


@pytest.fixture(scope="module")
def run(server):
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found
    return lambda migration, **more: proven(binaries, SCHEMA, migration, bounds=Bounds(), **more)


def test_a_plan_that_restores_the_schema_is_proven(run):
    proof = run("DROP VIEW names; ALTER TABLE items ADD size int; CREATE INDEX items_size ON items (size);")
    assert proof.applied
    assert (proof.rollback.grade, proof.rollback.differences, proof.rollback.again) == (Grade.RESTORED, (), True)
    assert proof.drift == ()


def test_a_column_that_comes_back_last_is_named(run):
    proof = run("ALTER TABLE items DROP COLUMN name CASCADE;")
    assert proof.rollback.grade is Grade.BUT_FOR
    assert proof.rollback.differences == ("column order `public.items` is `id, price, name` and was `id, name, price`",)


def test_a_down_script_that_forgets_an_index_does_not_restore(run):
    proof = run("DROP INDEX items_name;", down="SELECT 1; SELECT 2;", folder=ALONE)
    assert proof.rollback.grade is Grade.NOT_RESTORED
    assert proof.rollback.differences == (
        "index `public.items_name` is lost: `CREATE INDEX items_name ON public.items USING btree (name)`",
    )


def test_a_down_script_that_fails_is_told(run):
    proof = run("DROP INDEX items_name;", down="DROP TABLE nothing;", folder=ALONE)
    (judged,) = proof.downs
    assert 'table "nothing" does not exist (42P01)' in judged.restored.reason


def test_rights_that_a_down_script_gives_away_are_seen(run):
    proof = run("CREATE TABLE t (id int);", down="DROP TABLE t; GRANT SELECT ON items TO PUBLIC;", folder=ALONE)
    (judged,) = proof.downs
    (difference,) = judged.restored.differences
    assert difference == (
        "privileges `public.items` differ from before: `REVOKE SELECT FROM PUBLIC` would put it right"
    )


def test_what_was_computed_is_run_where_a_down_script_is_wrong(run):
    proof = run("DROP INDEX items_name; CREATE TABLE t (id int);", down="DROP TABLE t;", folder=ALONE)
    (judged,) = proof.downs
    assert judged.restored.grade is Grade.NOT_RESTORED
    assert judged.instead == "DROP TABLE IF EXISTS t;\nCREATE INDEX items_name ON items USING btree (name);"
    assert (proof.rollback.grade, proof.rollback.again) == (Grade.RESTORED, True)


def test_a_wrong_down_script_stays_where_nothing_better_can_be_computed(run):
    up = "DO $$ BEGIN EXECUTE 'DROP INDEX items_' || 'name'; END $$; CREATE TABLE t (id int);"
    proof = run(up, down="DROP TABLE t;", folder=ALONE)
    (judged,) = proof.downs
    assert (judged.instead, proof.rollback.grade) == ("", Grade.NOT_RESTORED)


def test_locks_and_work_are_traced_and_agree_with_the_model(run):
    proof = run("ALTER TABLE items ALTER price TYPE bigint; CREATE INDEX items_price ON items (price);")
    first, second = proof.statements
    assert Held(ITEMS, Lock.ACCESS_EXCLUSIVE, Work.REWRITE) in first.held
    assert (first.against, second.against) == ((), ())
    assert second.work is Work.INDEX_BUILD


def test_what_cannot_run_in_a_transaction_runs_as_its_tool_runs_it(run):
    proof = run("CREATE INDEX CONCURRENTLY items_price ON items (price);", folder=ALONE)
    (statement,) = proof.statements
    assert proof.applied
    assert not statement.locks_seen
    assert statement.work is Work.INDEX_BUILD


def test_concurrently_in_the_tool_s_transaction_fails_as_it_will(run):
    proof = run("CREATE INDEX CONCURRENTLY items_price ON items (price);")
    assert not proof.applied
    assert "(25001)" in proof.reason


def test_a_label_that_stays_is_named(run):
    proof = run("ALTER TYPE mood ADD VALUE 'calm';", down="SELECT 1; SELECT 2;", folder=ALONE)
    assert proof.rollback.grade is Grade.BUT_FOR
    assert proof.rollback.differences == ("enum label `public.mood 'calm'` is left behind",)


def test_where_there_is_nothing_to_run_back_the_proof_says_no_more(run):
    proof = run("ALTER TYPE mood ADD VALUE 'calm';", folder=ALONE)
    assert (proof.applied, proof.rollback) == (True, None)


def test_a_role_made_outside_the_migrations_gets_a_stand_in(run):
    proof = run("GRANT SELECT ON items TO reporting;")
    assert proof.applied
    assert proof.stand_ins == ("role reporting",)


def test_a_history_that_does_not_apply_proves_nothing(server):
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found
    proof = proven(binaries, "ALTER TABLE nothing ADD a int;", "CREATE TABLE t (id int);")
    assert not proof.applied
    assert 'relation "nothing" does not exist (42P01)' in proof.reason
