"""`midflight lint` and `midflight rollback`, on folders as the tools lay them out."""

import ast
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from midflight.cli import cli

HISTORY = {
    "db/migrations/000001_users.up.sql": "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
    "db/migrations/000001_users.down.sql": "DROP TABLE users;",
    "db/migrations/000002_index.up.sql": "CREATE INDEX users_email ON users (email);",
    "db/migrations/000002_index.down.sql": "DROP INDEX CONCURRENTLY users_email;",
}
INDEX = "db/migrations/000002_index.up.sql"


def write_files(folder, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_files(tmp_path, HISTORY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str):
    return CliRunner().invoke(cli, words, catch_exceptions=False)


def found(*words: str) -> list[tuple[str, str, bool]]:
    document = json.loads(run("lint", "--format", "json", *words).stdout)
    return [(f["rule"], f["path"], f["suppressed"] is not None) for f in document["findings"]]


def test_a_file_is_judged_on_the_schema_of_the_files_before_it(folder):
    done = run("lint", INDEX)

    assert done.exit_code == 10
    assert done.stdout.startswith(f"{INDEX}:1: error [blocking-index] ")
    assert "cost: `SHARE` on `users`, index build, writers wait" in done.stdout
    assert done.stdout.endswith("1 error in 1 file, 1 statement\n")


def test_the_files_around_are_read_and_not_judged(folder):
    assert found("db/migrations/000001_users.up.sql") == []


def test_a_folder_is_all_of_its_sql_files(folder):
    assert ("blocking-index", INDEX, False) in found("db/migrations")


def test_a_file_of_no_known_layout_is_judged_on_an_unknown_database(folder):
    write_files(folder, {"notes/change.sql": "CREATE INDEX users_email ON users (email);"})

    assert found("notes/change.sql") == [("blocking-index", "notes/change.sql", False)]


def test_alone_the_history_is_not_read(folder):
    write_files(folder, {"db/migrations/000003_more.up.sql": "ALTER TABLE users ADD COLUMN id bigint;"})

    assert "fails-on-apply" in {rule for rule, _, _ in found("db/migrations/000003_more.up.sql")}
    assert found("--alone", "db/migrations/000003_more.up.sql") == []


def test_a_diesel_folder_is_read_with_its_neighbours(tmp_path, monkeypatch):
    files = {
        "diesel.toml": "",
        "migrations/2024-01-01-000000_users/up.sql": "CREATE TABLE users (id bigint PRIMARY KEY);",
        "migrations/2024-01-01-000000_users/down.sql": "DROP TABLE users;",
        "migrations/2024-01-02-000000_index/up.sql": "CREATE INDEX users_i ON users (id);",
        "migrations/2024-01-02-000000_index/down.sql": "DROP INDEX users_i;",
    }
    write_files(tmp_path, files)
    monkeypatch.chdir(tmp_path)

    assert "blocking-index" in {rule for rule, _, _ in found("migrations/2024-01-02-000000_index/up.sql")}


def test_what_cannot_be_read_is_told_and_stops_nothing(folder):
    write_files(folder, {"db/migrations/000003_odd.up.sql": "CREATE TABEL x;\nCREATE INDEX users_id ON users (id);"})
    done = run("lint", "db/migrations/000003_odd.up.sql")

    assert "db/migrations/000003_odd.up.sql:1: not analysed: syntax error" in done.stdout
    assert "000003_odd.up.sql:2: error [blocking-index]" in done.stdout


def test_json_has_every_statement_with_its_cost_and_rules(folder):
    document = json.loads(run("lint", "--format", "json", "db/migrations").stdout)
    statements = {s["path"]: s for s in document["statements"]}

    assert statements["db/migrations/000001_users.up.sql"] == {
        "path": "db/migrations/000001_users.up.sql",
        "line": 1,
        "costs": [],
        "rules": [],
    }
    assert statements[INDEX]["rules"] == ["blocking-index"]
    assert statements[INDEX]["costs"][0]["locks"] == {"users": "SHARE"}


def test_the_configuration_sets_levels_and_small_tables_are_notes(folder):
    write_files(folder, {".github/midflight.yml": "tables:\n  users: {size: small}\n"})
    done = run("lint", INDEX)

    assert done.exit_code == 0
    assert ": note [blocking-index]" in done.stdout
    assert "`users` is small (.github/midflight.yml)" in done.stdout


def test_a_statistics_file_says_which_tables_are_small(folder):
    settings = "statistics: db/rows.csv\n"
    write_files(folder, {".github/midflight.yml": settings, "db/rows.csv": "schema,table,rows\npublic,users,120\n"})
    done = run("lint", INDEX)

    assert done.exit_code == 0
    assert "`users` is small (120 rows in db/rows.csv)" in done.stdout


def test_a_wrong_statistics_file_is_told_with_each_line(folder):
    rows = "schema,table,rows\npublic,users,many\npublic,tags,\npublic,posts,few\n"
    write_files(folder, {".github/midflight.yml": "statistics: rows.csv\n", "rows.csv": rows})
    done = subprocess.run(
        [sys.executable, "-m", "midflight", "lint", INDEX], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "rows.csv:2: rows is 'many'" in done.stderr
    assert "rows.csv:4: rows is 'few'" in done.stderr


def test_a_baseline_lists_what_is_there_and_lets_new_findings_count(folder):
    baseline = ".github/midflight-baseline.json"
    (folder / ".github").mkdir()

    assert run("lint", "db/migrations", "--write-baseline", baseline).exit_code == 0
    write_files(folder, {".github/midflight.yml": "fail_on: warning\n"})
    assert {suppressed for _, _, suppressed in found("db/migrations")} == {True}
    write_files(folder, {"db/migrations/000003_id.up.sql": "CREATE INDEX users_id ON users (id);"})
    counted = [rule for rule, path, suppressed in found("db/migrations") if not suppressed and "000003" in path]
    assert "blocking-index" in counted


def test_a_suppression_in_the_head_of_a_file_holds_for_all_of_it(folder):
    head = "-- midflight: ignore-file[blocking-index] built at night\n\n"
    write_files(folder, {INDEX: f"{head}SELECT 1;\nCREATE INDEX users_email ON users (email);"})

    assert found(INDEX) == [("blocking-index", INDEX, True)]


def test_an_entry_that_ended_counts_no_more_and_is_told_at_its_line(folder):
    entry = "ignore:\n  - rule: blocking-index\n    reason: once\n    until: 2020-01-31\n"
    write_files(folder, {".github/midflight.yml": entry})
    done = run("lint", INDEX)

    assert ": error [blocking-index]" in done.stdout
    assert ".github/midflight.yml:2: warning [suppression] The suppression of `blocking-index` ended on" in done.stdout


def test_an_entry_for_a_migration_that_is_not_there_is_told(folder):
    entry = "ignore:\n  - rule: blocking-index\n    path: db/migrations/000009_gone.up.sql\n    reason: once\n"
    write_files(folder, {".github/midflight.yml": entry})

    assert ("suppression", ".github/midflight.yml", False) in found(INDEX)


def test_a_file_that_is_not_there_is_told(folder):
    done = subprocess.run(
        [sys.executable, "-m", "midflight", "lint", "nowhere.sql"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "There is no file nowhere.sql." in done.stderr


def test_linting_loads_neither_sqlglot_nor_tree_sitter_nor_pydantic(folder):
    words = (
        "import atexit, sys; atexit.register(lambda: print([m for m in sys.modules if '.' not in m]));"
        " from midflight.cli import cli; cli(['lint', 'db/migrations', '--fail-on', 'never', '--output', 'out.txt'])"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=True)

    assert not {"sqlglot", "tree_sitter", "pydantic", "requests", "github", "jinja2", "rich"} & set(
        ast.literal_eval(done.stdout)
    )


def test_rollback_prints_what_takes_a_migration_back(folder):
    write_files(folder, {"db/migrations/000003_email.up.sql": "ALTER TABLE users DROP COLUMN email;"})
    done = run("rollback", "db/migrations/000003_email.up.sql")

    assert done.exit_code == 0
    assert "-- Takes back db/migrations/000003_email.up.sql: what was written since is lost." not in done.stdout
    assert "ALTER TABLE users ADD COLUMN email text;" in done.stdout
    assert "users_email" in done.stdout


def test_rollback_takes_the_last_migration_back_first(folder):
    out = run("rollback", "db/migrations/000001_users.up.sql", INDEX).stdout

    assert out.index("DROP INDEX") < out.index("DROP TABLE")
