"""Generated rows on a real server: what they satisfy, what they show, and what a rollback loses of them."""

from contextlib import ExitStack, closing

import pytest
from psycopg import OperationalError

from midflight.adapters.shadow.history import build_template
from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.rows import seed
from midflight.adapters.shadow.server import Lockdown, ShadowServer, find_server
from midflight.migrations.model import History
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.model import Bounds, Grade
from support.examples import assess_files
from support.shadow_runs import ALONE, proven

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN mail AS text CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN few AS integer CHECK (VALUE > 10 AND VALUE <= 40);
CREATE TABLE tenants (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, mail mail, few few NOT NULL);
CREATE TABLE projects (
  tenant_id bigint NOT NULL REFERENCES tenants, id uuid DEFAULT gen_random_uuid(), mood mood NOT NULL,
  status varchar(10) NOT NULL CHECK (status IN ('open', 'closed')), price numeric(6, 2) CHECK (price BETWEEN 1 AND 99),
  code char(3) CHECK (length(code) = 3), PRIMARY KEY (tenant_id, id));
CREATE TABLE tasks (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, project uuid NOT NULL,
  parent int REFERENCES tasks, slug text CHECK (slug ~ '^[a-z0-9_]+$'), during tstzrange, body jsonb NOT NULL,
  twice bigint GENERATED ALWAYS AS (tenant_id * 2) STORED, EXCLUDE USING gist (during WITH &&), tags text[] NOT NULL,
  FOREIGN KEY (tenant_id, project) REFERENCES projects);
CREATE TABLE members (
  tenant_id bigint REFERENCES tenants, task_id int REFERENCES tasks, PRIMARY KEY (tenant_id, task_id));
CREATE TABLE events (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2030 PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
CREATE TABLE shards (id bigint PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE shard_0 PARTITION OF shards FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE left_one (id int PRIMARY KEY, other int NOT NULL);
CREATE TABLE other_one (id int PRIMARY KEY, other int REFERENCES left_one);
ALTER TABLE left_one ADD FOREIGN KEY (other) REFERENCES other_one;
CREATE TABLE numbered (id int PRIMARY KEY, place int UNIQUE DEFERRABLE);
CREATE TABLE either_one (id int PRIMARY KEY, a int, b int, c int, CHECK (num_nonnulls(a, b, c) = 1));
CREATE TABLE one_of (
  id int PRIMARY KEY, a int, b int, CHECK ((a IS NULL AND b IS NOT NULL) OR (a IS NOT NULL AND b IS NULL)));
CREATE TABLE odd (id int PRIMARY KEY, CHECK (id < 0 AND id > 0));
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('f', 'c') AND conrelid <> 0 AND conparentid = 0 AND coninhcount = 0
"""


@pytest.fixture(scope="module")
def binaries(server):
    return find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found


@pytest.fixture(scope="module")
def run(binaries):
    def of(migration, *, schema="CREATE TABLE items (id int PRIMARY KEY, name text, size int NOT NULL);", **more):
        return proven(binaries, schema, migration, bounds=Bounds(), rows=100, **more)

    return of


@pytest.fixture(scope="module")
def seeded(server):
    template = server.create_database()
    with closing(server.connect(template)) as connection:
        connection.execute(SCHEMA.encode())
    return seed(server, template, Bounds(), rows=200)


def test_every_table_has_its_rows_and_one_that_takes_none_is_named(seeded):
    assert {table.name: count for table, count in seeded.filled.items()} == dict.fromkeys(
        "tenants projects tasks members events_2030 shard_0 left_one other_one numbered either_one one_of".split(), 200
    )
    assert [(table.name, reason) for table, reason in seeded.empty] == [("odd", "its checks refuse all that was tried")]


def test_the_rows_satisfy_every_constraint(seeded, server):
    with closing(server.connect(seeded.database)) as connection:
        found = connection.execute(CONSTRAINTS.encode()).fetchall()
        assert len(found) > 10
        for table, name, definition in found:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())


def test_nullable_columns_hold_nulls_and_others_values_that_come_again(seeded, server):
    with closing(server.connect(seeded.database)) as connection:
        query = b"SELECT count(*) > count(price), count(price) > count(DISTINCT price) FROM projects"
        assert connection.execute(query).fetchone() == (True, True)


def test_counters_go_on_behind_the_rows(seeded, server):
    with closing(server.connect(seeded.database)) as connection:
        query = b"SELECT max(id) FROM tasks UNION ALL SELECT nextval('tasks_id_seq')"
        (last,), (following,) = connection.execute(query).fetchall()
        assert following == last + 1


def test_only_what_is_written_afterwards_is_younger_than_the_rows(server):
    template = server.create_database()
    with closing(server.connect(template)) as connection:
        connection.execute(b"CREATE TABLE first (id int PRIMARY KEY); CREATE TABLE second (id int PRIMARY KEY)")
    seeded = seed(server, template, Bounds(), rows=20)
    query = b"SELECT count(*) FILTER (WHERE xmin::text::int8 > %s) FROM %s"
    with closing(server.connect(seeded.database)) as connection:
        connection.execute(b"UPDATE second SET id = -id WHERE id IN (SELECT min(id) FROM second)")
        younger = [
            connection.execute(query % (str(seeded.transaction).encode(), table)).fetchone()
            for table in (b"first", b"second")
        ]
    assert younger == [(0,), (1,)]


def test_the_same_schema_gets_the_same_rows(server):
    databases = []
    for _ in range(2):
        template = server.create_database()
        with closing(server.connect(template)) as connection:
            connection.execute(SCHEMA.encode())
        databases.append(seed(server, template, Bounds(), rows=50).database)
    query = b"SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM tasks t"
    found = []
    for database in databases:
        with closing(server.connect(database)) as connection:
            found.append(connection.execute(query).fetchone())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("migration", "sqlstate"),
    [
        ("ALTER TABLE items ALTER name SET NOT NULL;", "23502"),
        ("CREATE UNIQUE INDEX once ON items (size);", "23505"),
        ("ALTER TABLE items ALTER name TYPE int USING name::int;", "22P02"),
        ("ALTER TABLE items ADD weight int NOT NULL;", "23502"),
    ],
)
def test_what_only_rows_show_is_told_and_the_rest_is_proven_without_them(run, migration, sqlstate):
    proof = run(migration)
    assert (proof.applied, proof.refused.on_rows, proof.refused.sqlstate) == (True, True, sqlstate)
    assert proof.rollback.grade is Grade.RESTORED


def test_what_the_schema_refuses_is_refused_with_and_without_rows(run):
    proof = run("ALTER TABLE items ADD name text;")
    assert (proof.applied, proof.refused.on_rows, proof.refused.sqlstate) == (False, False, "42701")


def test_the_values_that_a_rollback_loses_are_counted(run):
    proof = run("ALTER TABLE items DROP COLUMN name;")
    assert proof.rollback.grade is Grade.BUT_FOR
    assert proof.rollback.losses == ("`items.name` (91 of 91 values)",)


def test_the_rows_that_a_rollback_loses_are_counted(run):
    proof = run("DELETE FROM items WHERE id <= 40; ALTER TABLE items ADD a int;")
    assert proof.rollback.losses == ("40 of 100 rows of `items`",)


def test_a_rollback_that_keeps_every_value_loses_nothing(run):
    proof = run("ALTER TABLE items ALTER size TYPE bigint; ALTER TABLE items RENAME name TO title;")
    assert (proof.rollback.grade, proof.rollback.losses) == (Grade.RESTORED, ())


def test_values_that_a_data_change_overwrites_are_lost(run):
    proof = run("UPDATE items SET size = 0 WHERE id <= 10; ALTER TABLE items ADD a int;")
    assert proof.rollback.losses == ("`items.size` (10 of 100 values)",)


def test_a_rollback_that_rows_stop_says_so(run):
    proof = run("ALTER TABLE items DROP COLUMN size;")
    assert proof.rollback.grade is Grade.RESTORED
    assert "(23502)" in proof.rollback.on_rows


def test_an_author_s_down_script_is_judged_by_itself(run):
    proof = run("CREATE INDEX by_name ON items (name);", down="SELECT 1; COMMENT ON TABLE items IS NULL;", folder=ALONE)
    (judged,) = proof.downs
    assert (judged.path, judged.restored.grade) == ("db/migrations/000002_b.down.sql", Grade.NOT_RESTORED)
    assert judged.restored.differences == (
        "index `public.by_name` is left behind: `CREATE INDEX by_name ON public.items USING btree (name)`",
    )


def test_the_plan_is_run_after_each_statement_that_a_failure_would_leave(binaries):
    history = "-- +goose Up\nCREATE TABLE items (id int PRIMARY KEY);\n-- +goose Down\nDROP TABLE items;\n"
    pending = (
        "-- +goose NO TRANSACTION\n-- +goose Up\nALTER TABLE items ADD a int;\n"
        "CREATE INDEX CONCURRENTLY i ON items (a);\nALTER TABLE items ADD b int;\n-- +goose Down\n{}\n"
    )
    found = {}
    for down in ("", "DROP INDEX i; ALTER TABLE items DROP a; ALTER TABLE items DROP b;"):
        base = {"db/migrations/20240101000000_a.sql": history}
        head = {**base, "db/migrations/20240102000000_b.sql": pending.format(down)}
        (context,) = assess_files(base, head).contexts
        proof = prove(context, plan_rollback([context], [], PlanOptions()), binaries)
        found[bool(down)] = [(each.statement.line, each.restored.grade) for each in proof.partial]
    assert found == {
        False: [(4, Grade.RESTORED), (5, Grade.RESTORED)],
        True: [(4, Grade.NOT_RESTORED), (5, Grade.NOT_RESTORED)],
    }


def test_what_one_transaction_holds_together_has_no_half_way(run):
    assert run("ALTER TABLE items ADD a int; ALTER TABLE items ADD b int;").partial == ()


def test_the_owner_has_no_more_connections_than_the_bound(binaries):
    given = "anything"
    with ShadowServer(binaries, lockdown=Lockdown("root_of_it", "q")) as shadow:
        template = build_template(
            shadow, History("db", "sql", "postgres", "db"), password=given, bounds=Bounds(connections=2)
        )
        with ExitStack() as opened:
            for _ in range(2):
                opened.enter_context(closing(shadow.connect(template.name, user="postgres", password=given)))
            with pytest.raises(OperationalError, match="too many connections for role"):
                shadow.connect(template.name, user="postgres", password=given)


def test_a_platform_s_table_has_rows_where_others_refer_to_it(binaries):
    schema = "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users, name text);"
    proof = proven(binaries, schema, "ALTER TABLE profiles DROP COLUMN name;", bounds=Bounds(), rows=100)
    assert proof.unfilled == ()
    assert proof.rollback.losses == ("`profiles.name` (91 of 91 values)",)
