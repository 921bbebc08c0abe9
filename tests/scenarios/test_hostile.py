"""Hostile pull requests end in a report, in a process of its own that must not crash."""

import json
import re
import subprocess
import sys

import pytest
from markdown_it import MarkdownIt

from support.repositories import make_repository

BASE = {"supabase/migrations/20240101000000_schema.sql": "CREATE TABLE projects (id bigint PRIMARY KEY);\n"}
NEXT = "supabase/migrations/20240201000000_change.sql"
NAME = "supabase/migrations/20240301000000_-- $(x) @everyone <!-- -->.sql"
ADD = "ALTER TABLE projects ADD COLUMN x text;\n"

CASES = {
    "a line of two megabytes": {NEXT: f"INSERT INTO projects VALUES {'(1),' * 500_000}(2);\n{ADD}"},
    "ten thousand parentheses": {NEXT: f"SELECT {'(' * 10_000}1{')' * 10_000};\n{ADD}"},
    "ten thousand open parentheses": {NEXT: f"{ADD}SELECT {'(' * 10_000};"},
    "invalid UTF-8": {NEXT: b"\xff\xfe\x00ALTER \xc3\x28 TABLE"},
    "a name that tries everything": {NAME: ADD},
    "an identifier that tries everything": {
        NEXT: 'ALTER TABLE projects ADD COLUMN "`|\n@everyone <!-- midflight:comment --> [x](javascript:1)"'
        " text NOT NULL;"
    },
    "nested comments": {NEXT: f"{'/*' * 20_000}\n{ADD}"},
    "an endless chain": {NEXT: f"SELECT {'1 + ' * 50_000}1;\n{ADD}"},
    "code nested ten thousand deep": {"web/app.ts": f"x = {'(' * 10_000}1{')' * 10_000};\n", NEXT: ADD},
    "SQL in code nested deep": {
        "web/app.ts": f"db.query(`SELECT {'(' * 5_000}1{')' * 5_000} FROM projects`);\n",
        NEXT: ADD,
    },
    "a binary file": {NEXT: b"\x00\x01\x02" * 1000, "web/app.ts": b"\x00\xff" * 1000},
}


def check(repository, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "midflight",
        "check",
        "--repo",
        str(repository),
        "--base",
        "main",
        "--head",
        "evil",
    ]
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_ends_in_a_report(case, tmp_path):
    repository = make_repository(tmp_path / "app", BASE, evil=CASES[case])
    done = check(repository, "--format", "json")

    assert done.returncode in {0, 10}, done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert report["version"] == 1


@pytest.mark.parametrize("case", ["ten thousand parentheses", "invalid UTF-8", "nested comments", "a binary file"])
def test_what_could_not_be_read_is_listed_and_never_a_success(case, tmp_path):
    repository = make_repository(tmp_path / "app", BASE, evil=CASES[case])
    report = json.loads(check(repository, "--format", "json").stdout)

    assert report["coverage"]["opaque"] or report["coverage"]["not_analysed"]
    assert report["verdict"] != "success"


@pytest.mark.parametrize("case", ["a name that tries everything", "an identifier that tries everything"])
def test_no_name_escapes_into_the_comment(case, tmp_path):
    repository = make_repository(tmp_path / "app", BASE, evil=CASES[case])
    comment = check(repository, "--format", "markdown").stdout

    assert "<!-- midflight:comment" not in comment
    page = MarkdownIt("gfm-like", {"linkify": False}).render(comment)
    assert 'href="javascript' not in page
    assert "@everyone" not in re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", page, flags=re.DOTALL)
