"""`midflight lint --cache`: a second run says the same without work, and what is stale or spoiled is not believed."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import midflight
from midflight.adapters.disk import files_and_surroundings
from midflight.adapters.kept_lint import kept_run
from midflight.cli import cli

FIRST = "db/migrations/000001_users.up.sql"
SECOND = "db/migrations/000002_index.up.sql"
HISTORY = {
    FIRST: "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
    SECOND: "CREATE INDEX users_email ON users (email);",
}
FOUND = "error [blocking-index]"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "db/migrations").mkdir(parents=True)
    for path, text in HISTORY.items():
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, cache: str = "kept"):
    return CliRunner().invoke(cli, ("lint", "--cache", cache, *words, "db/migrations"), catch_exceptions=False)


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "kept").iterdir())


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_second_run_gives_the_same_bytes_and_exit_code(folder, form):
    plain = CliRunner().invoke(cli, ("lint", "--format", form, "db/migrations"))
    first = run("--format", form)
    second = run("--format", form)

    assert (first.stdout, first.exit_code) == (plain.stdout, 10)
    assert (second.stdout, second.exit_code) == (plain.stdout, 10)
    assert len(kept(folder)) == 1


def test_a_second_run_imports_no_rule_and_no_grammar(folder):
    run()
    program = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n'));"
        " from midflight.cli import cli; cli(['lint', '--cache', 'kept', 'db/migrations', '--output', 'out.txt'])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)

    assert FOUND in Path("out.txt").read_text()
    assert done.returncode == 10
    assert not {"postgast", "google.protobuf", "pydantic", "midflight.rules", "midflight.linting"} & {
        *done.stdout.splitlines()
    }


def test_a_changed_file_is_judged_anew(folder):
    run()
    (folder / SECOND).write_text("CREATE INDEX CONCURRENTLY users_email ON users (email);")
    assert FOUND not in run().stdout


def test_a_change_of_a_file_around_counts(folder):
    words = ("lint", "--cache", "kept", SECOND)
    assert FOUND in CliRunner().invoke(cli, words).stdout
    (folder / FIRST).write_text("SELECT 1;")
    (folder / SECOND).write_text(f"{HISTORY[FIRST]} {HISTORY[SECOND]}")
    assert FOUND not in CliRunner().invoke(cli, words).stdout


def test_a_new_file_is_judged(folder):
    run()
    (folder / "db/migrations/000003_drop.up.sql").write_text("DROP TABLE users;")
    assert "000003_drop.up.sql:1: " in run().stdout


def test_the_words_of_the_command_line_count(folder):
    assert run().exit_code == 10
    assert run("--fail-on", "never").exit_code == 0
    run("--alone")
    run("--postgres-version", "12")
    assert len(kept(folder)) == 4


def test_the_configuration_counts(folder):
    (folder / "midflight.yml").write_text("rules:\n  blocking-index: error\n")
    assert FOUND in run("--config", "midflight.yml").stdout
    (folder / "midflight.yml").write_text("rules:\n  blocking-index: off\n")
    assert FOUND not in run("--config", "midflight.yml").stdout


def test_a_file_that_the_configuration_names_counts(folder):
    (folder / ".github").mkdir()
    (folder / ".github/midflight.yml").write_text("baseline: known.txt\n")
    assert run().exit_code == 10
    written = CliRunner().invoke(cli, ("lint", "--write-baseline", "known.txt", "db/migrations"))
    assert written.exit_code == 0
    assert run().exit_code == 0


def test_the_configuration_may_name_the_folder(folder):
    (folder / ".github").mkdir()
    (folder / ".github/midflight.yml").write_text("cache: 'kept'  # between runs\n")
    for _ in range(2):
        assert FOUND in CliRunner().invoke(cli, ("lint", "db/migrations")).stdout
    assert len(kept(folder)) == 1


def test_another_day_is_another_run(folder):
    given = files_and_surroundings(["db/migrations"])
    names = {kept_run(given, "kept", {"day": day}, {}).name for day in ("2026-01-01", "2026-01-02", "2026-01-01")}
    assert len(names) == 2


def test_the_inputs_of_the_action_count_and_its_token_does_not(folder):
    given = files_and_surroundings(["db/migrations"])
    environments = ({}, {"INPUT_DEPLOYS": "code-first"}, {"INPUT_GITHUB_TOKEN": "secret"})
    names = [kept_run(given, "kept", {}, environment).name for environment in environments]
    assert names[0] != names[1]
    assert names[0] == names[2]


def test_other_sources_of_midflight_are_another_run(folder):
    shutil.copytree(Path(midflight.__file__).parent, folder / "src/midflight", ignore=shutil.ignore_patterns("*.pyc"))
    program = (
        f"import sys; sys.path.insert(0, {str(folder / 'src')!r});"
        "from midflight.adapters.disk import files_and_surroundings as around;"
        "from midflight.adapters.kept_lint import kept_run;"
        "print(kept_run(around(['db']), 'kept', {}, {}).name)"
    )

    def name() -> str:
        return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    before = name()
    assert name() == before
    with (folder / "src/midflight/rules/drop_table.py").open("a") as rule:
        rule.write("# another thought\n")
    assert name() != before


SPOILED = (b"", b"\n", b"nonsense", b"\xff\xfe\n{}", b"a" * 64 + b'\n{"text": "", "failed": false, "reads": {}}')
SHAPES = (b"[]", b'{"text": 1, "failed": false, "reads": {}}', b'{"text": ""}', b"[" * 10_000)


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_spoiled_answer_is_worked_out_again(folder, spoiled):
    expected = run().stdout
    (file,) = kept(folder)
    file.write_bytes(spoiled)
    assert run().stdout == expected
    assert file.read_bytes() != spoiled


@pytest.mark.parametrize("document", SHAPES)
def test_an_answer_of_another_shape_is_none(folder, document):
    given = files_and_surroundings(["db/migrations"])
    one = kept_run(given, "kept", {}, {})
    checksum = hashlib.sha256(b"%d\n%s" % (len(document), document)).hexdigest().encode()
    one.store.save(one.name, checksum + b"\n" + document)
    assert one.store.load(one.name)
    assert one.load() is None


def test_a_folder_that_cannot_be_written_harms_nothing(folder):
    (folder / "file").write_text("")
    for _ in range(2):
        assert FOUND in run(cache="file/kept").stdout


def test_a_folder_that_vanishes_harms_nothing(folder):
    expected = run().stdout
    shutil.rmtree(folder / "kept")
    assert run().stdout == expected


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def test_a_folder_that_the_repository_has_is_not_used(folder):
    git(folder, "init")
    done = run()
    assert len(kept(folder)) == 1
    git(folder, "add", "-f", "kept")
    (folder / "kept" / kept(folder)[0].name).unlink()
    assert run().stdout == done.stdout
    assert kept(folder) == []


def test_a_folder_behind_a_link_of_the_repository_is_not_used(folder, tmp_path_factory):
    git(folder, "init")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / "kept").symlink_to(elsewhere)
    assert FOUND in run().stdout
    assert list(elsewhere.iterdir()) == []


def test_answers_push_out_no_results_of_the_search(folder):
    (folder / "kept").mkdir()
    for number in range(20):
        (folder / f"kept/silent-{number:064x}").write_bytes(b"old")
        (folder / f"kept/lint-{number:064x}").write_bytes(b"old")
    run()
    names = [path.name for path in kept(folder)]
    assert sum(name.startswith("silent-") for name in names) == 20
    assert sum(name.startswith("lint-") for name in names) == 20
