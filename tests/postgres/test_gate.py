"""The gate before a deployment: what is applied, what the code names, and every way in which asking can fail."""

import json
import subprocess
from contextlib import closing

import pytest
from click.testing import CliRunner

from midflight.adapters.git import GitRepository
from midflight.adapters.target.connection import Bounds
from midflight.adapters.target.gating import gate_of
from midflight.cli import cli
from midflight.errors import SettingsError, ToolError
from midflight.inspection.gate import GateOptions, Verdict
from midflight.migrations.find import DatabaseOptions
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
QUICK = Bounds(connect=2, statement=0.5, lock=0.2, whole=20)
TABLE = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL DEFAULT '');\n"
FUNCTION = (
    "CREATE FUNCTION create_project_atomic(p_title text, p_form bigint DEFAULT NULL) RETURNS bigint "
    "LANGUAGE sql AS $$ SELECT 1::bigint $$;\n"
)
CALL = (
    "export async function create(title: string) {\n"
    "  return supabase.rpc('create_project_atomic', { p_title: title });\n}\n"
)
FIRST, SECOND = "20251101000000", "20251110000000"
MERGED = {
    f"supabase/migrations/{FIRST}_projects.sql": TABLE,
    f"supabase/migrations/{SECOND}_atomic.sql": FUNCTION,
    "supabase/functions/create/index.ts": CALL,
}
HISTORY = (
    "CREATE SCHEMA supabase_migrations; "
    "CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);"
)


def applied(database, version, sql):
    database.execute(sql)
    database.execute("INSERT INTO supabase_migrations.schema_migrations (version) VALUES (%s)", (version,))


@pytest.fixture
def url(server, database):
    database.execute(HISTORY)
    applied(database, FIRST, TABLE)
    return server.dsn(database.info.dbname)


def gate(tmp_path, url, files, **options):
    repository = GitRepository(str(make_repository(tmp_path / "app", files)))
    return gate_of(url, repository.tree("main"), repository, GateOptions(**options), QUICK)[0]


def lines(found):
    return [
        (str(each.kind), each.object, f"{each.place.path}:{each.place.line}", each.migration and each.migration.path)
        for each in found.obstacles
    ]


def run(url, repository, *arguments):
    environment = {"DATABASE_URL": url}
    return CliRunner().invoke(cli, ["gate", "--repo", str(repository), *arguments], env=environment)


def dumped(server, name):
    program = server.binaries.directory / "pg_dump" if hasattr(server, "binaries") else None
    program = program or "/usr/lib/postgresql/15/bin/pg_dump"
    try:
        found = subprocess.run([program, server.dsn(name)], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("pg_dump is not installed")
    lines = found.stdout.splitlines()
    return [line for line in lines if not line.startswith((b"\\restrict", b"\\unrestrict"))]  # a random word each time


def test_the_outage_is_stopped_until_the_migration_is_applied(tmp_path, url, server, database):
    repository = make_repository(tmp_path / "app", MERGED)
    before = dumped(server, database.info.dbname)
    stopped = run(url, repository, "--revision", "main")
    assert stopped.exit_code == 10
    assert "create_project_atomic" in stopped.output
    assert "supabase/functions/create/index.ts:2" in stopped.output
    assert f"supabase/migrations/{SECOND}_atomic.sql" in stopped.output
    assert "supabase.rpc('create_project_atomic'" in stopped.output
    assert dumped(server, database.info.dbname) == before
    applied(database, SECOND, FUNCTION)
    let_through = run(url, repository, "--revision", "main", "--format", "json")
    assert let_through.exit_code == 0
    answer = json.loads(let_through.output)
    assert (answer["verdict"], answer["obstacles"], answer["apply"]) == ("go", [], [])
    assert url not in stopped.output + let_through.output


def test_a_routine_with_other_argument_names_does_not_pass_for_the_one_that_is_called(tmp_path, url, database):
    applied(database, SECOND, FUNCTION.replace("p_title", "title"))
    found = gate(tmp_path, url, MERGED)
    assert [(kind, name) for kind, name, _, _ in lines(found)] == [("signature", "create_project_atomic")]
    assert found.verdict is Verdict.NO_GO


def test_a_table_and_a_column_that_code_names_are_missing_with_their_migration(tmp_path, url):
    files = {
        f"supabase/migrations/{FIRST}_projects.sql": TABLE,
        f"supabase/migrations/{SECOND}_forms.sql": "ALTER TABLE projects ADD form int;\nCREATE TABLE forms (id int);\n",
        "src/a.ts": "supabase.from('projects').select('id, form');\nsupabase.from('forms').select('id');\n",
    }
    path = f"supabase/migrations/{SECOND}_forms.sql"
    assert lines(gate(tmp_path, url, files)) == [
        ("missing-column", "projects.form", "src/a.ts:1", path),
        ("missing-table", "forms", "src/a.ts:2", path),
    ]


def test_a_pending_migration_that_only_drops_waits_for_the_code_and_stops_nothing(tmp_path, url):
    files = {
        f"supabase/migrations/{FIRST}_projects.sql": TABLE,
        f"supabase/migrations/{SECOND}_drop.sql": "ALTER TABLE projects DROP COLUMN title;\n",
        "src/a.ts": "await supabase.from('projects').select('id');\n",
    }
    found = gate(tmp_path, url, files)
    assert (found.verdict, [each.version for each in found.removing]) == (Verdict.GO, [SECOND])


def test_a_pending_migration_that_no_code_needs_stops_unless_only_needed_ones_count(tmp_path, url):
    files = {**MERGED, "supabase/functions/create/index.ts": "export const nothing = 1;\n"}
    assert gate(tmp_path, url, files).reasons == ("1 pending migration must be applied before the code",)
    assert gate(tmp_path, url, files, waits=False).verdict is Verdict.GO


def test_a_migration_of_another_branch_is_told_and_stops_nothing(tmp_path, url, database):
    applied(database, SECOND, FUNCTION)
    applied(database, "20251120000000", "CREATE TABLE others (id bigint)")
    found = gate(tmp_path, url, MERGED)
    assert (found.verdict, found.standing.foreign) == (Verdict.GO, ("20251120000000",))


def test_sql_in_code_that_calls_a_routine_of_a_pending_migration_stops(tmp_path, url):
    made = "CREATE FUNCTION no_such_function(id bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';\n"
    files = {
        f"supabase/migrations/{SECOND}_function.sql": made,
        f"supabase/migrations/{FIRST}_projects.sql": TABLE,
        "src/a.py": "def f(cursor):\n    cursor.execute('SELECT lower(title), no_such_function(id) FROM projects')\n",
    }
    found = gate(tmp_path, url, files)
    assert found.tried == 1
    assert [(name, place) for _, name, place, _ in lines(found)] == [("no_such_function", "src/a.py:2")]
    assert found.obstacles[0].migration == found.standing.pending[0]


def test_what_the_role_of_the_application_may_not_do_stops(tmp_path, url, database):
    database.execute("DROP ROLE IF EXISTS gate_app; CREATE ROLE gate_app")
    database.execute("GRANT USAGE ON SCHEMA public TO gate_app; GRANT SELECT (id) ON projects TO gate_app")
    database.execute(FUNCTION + "REVOKE EXECUTE ON FUNCTION create_project_atomic FROM public")
    database.execute("INSERT INTO supabase_migrations.schema_migrations VALUES (%s)", (SECOND,))
    files = {**MERGED, "src/a.ts": "await supabase.from('projects').select('id, title');\n"}
    try:
        found = gate(tmp_path, url, files, role="gate_app")
        assert [(each.object, each.detail) for each in found.obstacles] == [
            ("projects.title", "`gate_app` has no SELECT on it"),
            ("create_project_atomic", "`gate_app` may not execute it"),
        ]
        unsure = gate(tmp_path, url, files)
        assert (unsure.verdict, len(unsure.obstacles)) == (Verdict.GO, 0)
        assert "`databases[].role`" in unsure.notes[0]
    finally:
        database.execute("DROP OWNED BY gate_app; DROP ROLE gate_app")


@pytest.fixture
def role(database):
    database.execute("DROP ROLE IF EXISTS gate_app; CREATE ROLE gate_app; GRANT USAGE ON SCHEMA public TO gate_app")
    yield
    database.execute("DROP OWNED BY gate_app; DROP ROLE gate_app")


WRITES = "CREATE TABLE notes (id serial PRIMARY KEY, owner text, body text, seen boolean);\n"


@pytest.mark.parametrize(
    ("granted", "code", "lacking"),
    [
        ("SELECT", "update({ body: 'x' }).eq('id', 1)", [("notes", "UPDATE on it")]),
        ("UPDATE (body)", "update({ body: 'x' }).eq('owner', 1)", [("notes", "SELECT on it")]),
        ("UPDATE (body), SELECT (id)", "update({ body: 'x' }).eq('owner', 1)", [("notes.owner", "SELECT on it")]),
        ("UPDATE (body), SELECT", "update({ body: 'x', seen: true }).eq('id', 1)", [("notes.seen", "UPDATE on it")]),
        ("UPDATE (body), SELECT (id)", "update({ body: 'x' }).eq('id', 1)", []),
        ("INSERT, SELECT", "upsert({ id: 1, body: 'x' })", [("notes", "UPDATE on it")]),
        ("INSERT, UPDATE, SELECT", "upsert({ id: 1, body: 'x' })", []),
        ("INSERT, SELECT", "insert({ body: 'x' })", [("notes.id", "USAGE on the sequence `notes_id_seq`")]),
        ("INSERT, SELECT", "insert({ id: 1, body: 'x' })", []),
        ("SELECT, INSERT, UPDATE", "delete().eq('id', 1)", [("notes", "DELETE on it")]),
        ("SELECT (id)", "select('*')", [("notes.owner", "SELECT"), ("notes.body", "SELECT"), ("notes.seen", "SELECT")]),
    ],
)
@pytest.mark.usefixtures("role")
def test_each_right_that_a_call_needs_is_asked_for(tmp_path, url, database, granted, code, lacking):
    applied(database, SECOND, WRITES)
    for each in granted.split(", "):
        database.execute(f"GRANT {each} ON notes TO gate_app")
    files = {**MERGED, f"supabase/migrations/{SECOND}_atomic.sql": WRITES}
    files["supabase/functions/create/index.ts"] = f"await supabase.from('notes').{code};\n"
    found = gate(tmp_path, url, files, role="gate_app")
    said = [(each.object, each.detail.removeprefix("`gate_app` has no ")) for each in found.obstacles]
    assert len(said) == len(lacking)
    assert all(
        object_ == name and text.startswith(right) for (object_, text), (name, right) in zip(said, lacking, strict=True)
    )


def test_a_migration_that_only_takes_away_is_asked_of_what_runs_by_itself(tmp_path, url):
    pending = "ALTER TABLE projects DROP COLUMN title;\n"
    files = {
        f"supabase/migrations/{FIRST}_projects.sql": TABLE,
        f"supabase/migrations/{SECOND}_drop.sql": pending,
        "src/a.ts": "await supabase.from('projects').select('id');\n",
    }
    before = {**files, "src/a.ts": "await supabase.from('projects').select('id, title');\n"}
    repository = make_repository(tmp_path / "app", before, next=files)
    free = run(url, repository, "--revision", "next", "--format", "json")
    assert free.exit_code == 0
    assert json.loads(free.output)["afterwards"]["verdict"] == "go"
    held = run(url, repository, "--revision", "next", "--deployed-ref", "main")
    assert held.exit_code == 0
    assert "Not yet: 1 line of code that runs would fail once they are applied." in held.output
    assert "`main:src/a.ts:1`" in held.output


def test_a_query_of_the_team_says_what_is_applied_where_no_tool_does(tmp_path, server, database):
    database.execute("CREATE TABLE done (file text); INSERT INTO done VALUES ('0001_projects.sql')")
    database.execute(TABLE)
    files = {
        "db/sql/0001_projects.sql": TABLE,
        "db/sql/0002_forms.sql": "CREATE TABLE forms (id bigint);\n",
        "src/a.ts": "await supabase.from('forms').select('id');\n",
    }
    databases = (DatabaseOptions("main", "db/sql", "plain"),)
    dsn = server.dsn(database.info.dbname)
    with pytest.raises(ToolError, match=r"databases\[\]\.applied: .*does not know where `plain`"):
        gate(tmp_path / "without", dsn, files, databases=databases)
    found = gate(tmp_path / "with", dsn, files, databases=databases, query="SELECT file FROM done")
    assert [each.path for each in found.standing.pending] == ["db/sql/0002_forms.sql"]


def test_a_database_that_was_never_migrated_has_everything_pending(tmp_path, server, database):
    found = gate(tmp_path, server.dsn(database.info.dbname), MERGED)
    assert [each.version for each in found.standing.pending] == [FIRST, SECOND]


def test_a_table_in_a_variable_is_told_as_open(tmp_path, url, database):
    applied(database, SECOND, FUNCTION)
    found = gate(tmp_path, url, {**MERGED, "src/a.ts": "await supabase.from(table).select('id');\n"})
    assert found.verdict is Verdict.GO
    assert any("1 place of code using the database" in note and "src/a.ts:1" in note for note in found.notes)


# --- faults: each says why, and none is a go ------------------------------------------------------------------------


def test_a_database_with_tables_but_no_history_is_not_judged(tmp_path, server, database):
    database.execute("CREATE TABLE something (id bigint)")
    with pytest.raises(ToolError, match="tables but no `schema_migrations`"):
        gate(tmp_path, server.dsn(database.info.dbname), MERGED)


def test_a_lock_on_the_history_ends_in_time(tmp_path, url, server, database):
    with closing(server.connect(database.info.dbname)) as other, other.transaction():
        other.execute("LOCK TABLE supabase_migrations.schema_migrations IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(ToolError, match=r"`schema_migrations`: it waited longer than 0\.2 seconds for a lock"):
            gate(tmp_path, url, MERGED)


def test_a_login_that_may_not_read_the_history_is_told_so(tmp_path, url, server, database):
    database.execute("DROP ROLE IF EXISTS gate_reader; CREATE ROLE gate_reader LOGIN")
    try:
        with pytest.raises(ToolError, match=r"`schema_migrations`: this login may not read it\. Grant SELECT"):
            gate(tmp_path, server.dsn(database.info.dbname, user="gate_reader"), MERGED)
    finally:
        database.execute("DROP ROLE gate_reader")


def test_a_server_that_is_not_there_is_an_error_of_the_tool(tmp_path):
    repository = make_repository(tmp_path / "app", MERGED)
    found = run("postgresql://tom:hunter2@127.0.0.1:1/shop", repository)
    assert isinstance(found.exception, ToolError)
    assert "hunter2" not in str(found.exception)


def test_without_an_address_the_setting_is_named(tmp_path):
    with pytest.raises(SettingsError, match="database_url"):
        gate(tmp_path, "", MERGED)


def test_a_role_that_is_not_there_is_a_wrong_setting(tmp_path, url):
    with pytest.raises(SettingsError, match=r"databases\[\]\.role: the database has no role `nobody_at_all`"):
        gate(tmp_path, url, MERGED, role="nobody_at_all")
