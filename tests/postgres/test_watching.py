"""What a watch says of a real server: thresholds crossed and not, faults, and what deployments left unfinished."""

import json
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from midflight.adapters.target.connection import Bounds
from midflight.adapters.target.watching import watch_database
from midflight.cli import cli
from midflight.errors import ToolError
from midflight.operations.shapes import Name
from midflight.plan.model import Filling
from midflight.plan.options import MonitoringOptions
from midflight.plan.watching import Kind, Measure, Standing
from support.repositories import add_commit, make_repository

pytestmark = pytest.mark.postgres
QUICK = Bounds(connect=2, statement=0.5, lock=0.2, whole=20)
SCHEMA = """
CREATE TABLE calls (id bigserial PRIMARY KEY, success boolean NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE projects (id bigint PRIMARY KEY, owner bigint);
CREATE FUNCTION find_orphaned_projects() RETURNS SETOF projects LANGUAGE sql STABLE
AS $$ SELECT * FROM projects WHERE owner IS NULL $$;
"""
CALLS = Measure(
    "Calls of create_project",
    "SELECT count(*) AS total_calls, count(*) FILTER (WHERE NOT success) AS failed FROM calls;",
    Kind.CALL_FAILURES,
    series="SELECT id % 3, count(*) FROM calls GROUP BY 1 ORDER BY 1",
)
ORPHANS = Measure("Orphans", "SELECT * FROM find_orphaned_projects()", Kind.ORPHANED_ROWS)


@pytest.fixture
def url(server, database):
    database.execute(SCHEMA)
    return server.dsn(database.info.dbname)


def watch(url, *measures, fillings=(), alert=False):
    return watch_database(url, measures, MonitoringOptions(), fillings, bounds=QUICK, alert=alert)


def objects(found):
    return [(each.object, each.sql) for each in found.leftovers]


def test_a_quiet_database_is_within_all_limits(url):
    found = watch(url, CALLS, ORPHANS)
    assert [(each.value, each.standing) for each in found.measured] == [(0, Standing.FINE), (0, Standing.FINE)]
    assert (found.measured[0].detail, found.standing) == ("no calls", Standing.FINE)


def test_a_share_of_failed_calls_over_ten_percent_is_crossed_and_ten_percent_is_not(url, database):
    database.execute("INSERT INTO calls (success) SELECT n > 1 FROM generate_series(1, 10) n")
    assert watch(url, CALLS).standing is Standing.FINE
    database.execute("INSERT INTO calls (success) VALUES (false)")
    found = watch(url, CALLS)
    assert (found.standing, found.measured[0].detail) == (Standing.CROSSED, "2 of 11")
    assert found.measured[0].points == (3, 4, 4)


def test_one_orphaned_row_is_crossed(url, database):
    database.execute("INSERT INTO projects VALUES (42, NULL)")
    found = watch(url, ORPHANS)
    assert [(each.value, each.limit) for each in found.crossed] == [(1, 0)]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT pg_sleep(5)", "longer than 0.5 seconds"),
        ("SELECT * FROM no_such_table", 'relation "no_such_table" does not exist'),
        ("SELECT nextval('calls_id_seq')", "only reads"),
    ],
)
def test_a_query_without_an_answer_is_told_with_its_reason_and_the_others_count(url, database, sql, why):
    database.execute("INSERT INTO projects VALUES (42, NULL)")
    found = watch(url, Measure("Odd", sql), ORPHANS)
    assert why in found.measured[0].unknown
    assert found.standing is Standing.CROSSED
    assert watch(url, Measure("Odd", sql)).standing is Standing.UNKNOWN


def test_a_table_that_is_locked_is_told_so(url, database, server):
    with server.connect(database.info.dbname) as other, other.transaction():
        other.execute("LOCK TABLE projects IN ACCESS EXCLUSIVE MODE")
        found = watch(url, ORPHANS)
    assert "lock that another session holds" in found.measured[0].unknown


def test_a_server_that_is_not_there_is_an_error_and_no_answer():
    with pytest.raises(ToolError, match="Nothing listens there"):
        watch("host=/nonexistent", ORPHANS)


def test_what_deployments_leave_unfinished_is_found_with_what_ends_it(url, database):
    database.execute(
        """
        INSERT INTO projects VALUES (1, 7), (2, 7);
        ALTER TABLE projects ADD CONSTRAINT "Owner known" CHECK (owner > 10) NOT VALID;
        CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER both_ways BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION nothing();
        ALTER TABLE projects DISABLE TRIGGER both_ways;
        CREATE TABLE events (at date) PARTITION BY RANGE (at);
        """
    )
    with pytest.raises(Exception, match="could not create unique index"):
        database.execute("CREATE UNIQUE INDEX CONCURRENTLY one_owner ON projects (owner)")

    found = watch(url)

    assert objects(found) == [
        ("public.one_owner", "DROP INDEX CONCURRENTLY public.one_owner;"),
        ('"Owner known"', 'ALTER TABLE projects VALIDATE CONSTRAINT "Owner known";'),
        ("both_ways", "ALTER TABLE projects ENABLE TRIGGER both_ways;"),
        ("events", ""),
    ]
    assert (found.standing, watch(url, alert=True).standing) == (Standing.FINE, Standing.CROSSED)


def test_each_statement_that_ends_a_leftover_runs(url, database):
    database.execute(
        """
        CREATE TABLE users (id bigint PRIMARY KEY);
        ALTER TABLE projects ADD CONSTRAINT owned FOREIGN KEY (owner) REFERENCES users NOT VALID;
        ALTER TABLE projects DISABLE TRIGGER ALL;
        """
    )
    found = watch(url)
    assert {each.object for each in found.leftovers} == {"owned"}
    for each in found.leftovers:
        database.execute(each.sql)
    assert objects(watch(url)) == []


def test_a_backfill_that_has_not_ended_is_counted(url, database):
    database.execute("INSERT INTO projects SELECT n, nullif(n % 2, 0) FROM generate_series(1, 10) n")
    owner = Filling(Name("projects", "public"), "owner")
    (left,) = watch(url, fillings=[owner]).leftovers
    assert (left.object, left.what) == ("projects.owner", "a migration fills this column, and 5 rows are still NULL")
    assert watch(url, fillings=[owner], alert=True).standing is Standing.FINE
    database.execute("UPDATE projects SET owner = 1")
    assert watch(url, fillings=[owner]).leftovers == ()


def test_a_backfill_that_cannot_be_counted_in_time_is_estimated(url, database, server):
    database.execute(
        "INSERT INTO projects SELECT n, nullif(n % 2, 0) FROM generate_series(1, 1000) n; ANALYZE projects"
    )
    owner = Filling(Name("projects", "public"), "owner")
    with server.connect(database.info.dbname) as other, other.transaction():
        other.execute("LOCK TABLE projects IN ACCESS EXCLUSIVE MODE")
        (left,) = watch(url, fillings=[owner]).leftovers
    assert left.what == "a migration fills this column, and about 500 rows are still NULL"


def test_a_backfill_of_a_column_that_is_not_there_could_not_be_told(url):
    found = watch(url, fillings=[Filling(Name("projects", "public"), "colour")])
    assert found.unknown == ('Backfill of `projects.colour`: column "colour" does not exist',)
    assert found.standing is Standing.UNKNOWN


def test_a_login_that_may_only_connect_looks_for_leftovers_all_the_same(url, database, server):
    database.execute("CREATE ROLE onlooker LOGIN; ALTER TABLE projects ADD CONSTRAINT c CHECK (owner > 1) NOT VALID")
    try:
        found = watch(server.dsn(database.info.dbname, user="onlooker"), ORPHANS)
    finally:
        database.execute("DROP ROLE onlooker")
    assert ([each.object for each in found.leftovers], found.unknown) == (["c"], ())
    assert found.measured[0].unknown == "this login may not read it"


def test_an_index_that_not_all_partitions_have_is_found(url, database):
    database.execute(
        """
        CREATE TABLE events (at date) PARTITION BY RANGE (at);
        CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE INDEX events_at ON ONLY events (at);
        """
    )
    (left,) = watch(url).leftovers
    assert (left.object, left.what) == ("public.events_at", "not all partitions of `events` have this index")


def test_a_constraint_that_is_not_enforced_is_not_left_unfinished(url, database):
    if database.info.server_version < 180_000:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    database.execute("ALTER TABLE projects ADD CONSTRAINT told CHECK (owner > 1) NOT ENFORCED")
    database.execute("ALTER TABLE projects ADD CONSTRAINT known NOT NULL owner NOT VALID")
    (left,) = watch(url).leftovers
    assert (left.object, left.sql) == ("known", "ALTER TABLE projects VALIDATE CONSTRAINT known;")


def test_watching_leaves_the_database_byte_for_byte_as_it_was(url, database, server):
    dump = shutil.which("pg_dump")
    if dump is None or server.version > 15:
        pytest.skip("no pg_dump that reads this server")
    database.execute("INSERT INTO projects VALUES (1, NULL)")

    def dumped() -> bytes:
        told = subprocess.run([dump, url], capture_output=True, check=True).stdout
        # Newer ones begin and end with a word of chance.
        return b"\n".join(line for line in told.splitlines() if not line.startswith((b"\\restrict", b"\\unrestrict")))

    before = dumped()
    found = watch(url, CALLS, ORPHANS, Measure("Write", "SELECT setval('calls_id_seq', 99)"))
    assert found.standing is Standing.CROSSED
    assert dumped() == before


# --- the command ----------------------------------------------------------------------------------------------------

CONFIGURATION = """
monitoring:
  queries:
    - purpose: No project without an owner
      sql: SELECT * FROM find_orphaned_projects()
      kind: orphaned-rows
"""
BASE = {
    ".github/midflight.yml": CONFIGURATION,
    "supabase/migrations/20251101000000_schema.sql": SCHEMA,
    "README.md": "# App\n",
}
NEXT = "supabase/migrations/20251102000000_colour.sql"


def run_command(folder, url, *options):
    environment = {"DATABASE_URL": url}
    return CliRunner().invoke(cli, ["watch", "--repo", str(folder), *options], env=environment)


def test_the_command_tells_of_the_rollback_plan_of_what_was_deployed(url, database, tmp_path):
    folder = make_repository(tmp_path / "app", BASE)
    sql = "ALTER TABLE projects ADD COLUMN colour text;\nUPDATE projects SET colour = 'red';\n"
    add_commit(folder, "main", {NEXT: sql}, "Add colours")
    database.execute("ALTER TABLE projects ADD COLUMN colour text; INSERT INTO projects VALUES (1, NULL)")

    ran = run_command(folder, url, "--from", "HEAD~1", "--format", "json")

    told = json.loads(ran.stdout)
    assert ran.exit_code == 10
    assert told["headline"] == "1 threshold crossed: No project without an owner; 1 thing left unfinished"
    assert [each["object"] for each in told["leftovers"]] == ["projects.colour"]
    assert [step["speed"] for step in told["rollback"]] == ["code", "database", "database"]
    assert any("DROP COLUMN" in step["sql"] for step in told["rollback"])


def test_the_command_is_quiet_about_a_quiet_database_and_never_shows_its_address(url, tmp_path):
    folder = make_repository(tmp_path / "app", BASE)

    ran = run_command(folder, url)

    assert ran.exit_code == 0
    assert "✅ 1 value within its limit" in ran.output
    assert url not in ran.output


def test_the_command_refuses_queries_that_are_no_single_select(url, tmp_path):
    wrong = CONFIGURATION.replace("SELECT * FROM find_orphaned_projects()", "DELETE FROM projects")
    folder = make_repository(tmp_path / "app", {**BASE, ".github/midflight.yml": wrong})

    ran = run_command(folder, url)

    assert str(ran.exception) == ("monitoring.queries[0].sql: must be one SELECT that only reads, but it is DELETE.")
