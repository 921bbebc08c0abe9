"""A check gives the same bytes without kept results, with them, and with a folder that somebody spoiled."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from midflight.cli import cli
from support.repositories import make_repository

MIGRATIONS = "supabase/migrations"
FILES = {
    f"{MIGRATIONS}/20260101000000_a.sql": "create table invoices (id int, settled_at date, note text);\n",
    "src/read.ts": "await supabase.from('invoices').select('settled_at')\n",
    "src/note.py": "db.execute('select note from invoices')\n",
    "src/quiet.ts": "export const one = 1\n",
    "app/models/user.rb": "class User < ApplicationRecord\nend\n",
}
CHANGE = {
    f"{MIGRATIONS}/20260102000000_b.sql": "alter table invoices drop column settled_at;\n",
    "src/new.ts": "export const two = 2\n",
}


def report(repository: Path, *options: str) -> str:
    command = ["check", "--repo", str(repository), "--base", "main", "--head", "feature", "--format", "json"]
    result = CliRunner().invoke(cli, [*command, *options])
    assert result.exit_code == 10, result.output
    return result.output


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * 300)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n" + b"0" * 40 + b".ts")


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("spoil", [overwrite, cut, lengthen, link, replace_by_a_folder, replace_by_a_pipe])
def test_a_spoiled_folder_changes_nothing(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    repository, cache = make_repository(tmp_path / "app", FILES, feature=CHANGE), tmp_path / "cache"
    cold = report(repository)

    assert report(repository, "--cache", str(cache)) == cold
    assert report(repository, "--cache", str(cache)) == cold
    kept = list(cache.iterdir())
    assert kept
    for path in kept:
        spoil(path)
    assert report(repository, "--cache", str(cache)) == cold
