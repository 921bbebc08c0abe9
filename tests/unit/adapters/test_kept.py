"""Results in a folder: data alone, bounded, and never the cause of a failure."""

import os
from pathlib import Path

import pytest

from midflight.adapters.kept import MOST_KEPT, FolderStore

NAME = "silent-" + "a" * 64


def test_a_text_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    FolderStore(tmp_path / "new" / "folder").save(NAME, b"text")
    assert FolderStore(tmp_path / "new" / "folder").load(NAME) == b"text"


@pytest.mark.parametrize("name", ["../silent", "silent-a", "/etc/passwd", ""])
def test_a_name_that_is_none_of_ours_is_neither_read_nor_written(tmp_path: Path, name: str) -> None:
    store = FolderStore(tmp_path / "cache")
    store.save(name, b"text")
    assert store.load(name) is None
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"text")
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    assert FolderStore(tmp_path).load(NAME) is None


def test_a_pipe_does_not_stop_the_check(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)
    assert FolderStore(tmp_path).load(NAME) is None


def test_a_folder_in_place_of_a_text_is_none(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    FolderStore(tmp_path).save(NAME, b"text")
    assert FolderStore(tmp_path).load(NAME) is None


def test_a_file_in_place_of_the_folder_keeps_nothing_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")
    store = FolderStore(tmp_path / "cache")
    store.save(NAME, b"text")
    assert store.load(NAME) is None


def test_the_latest_results_stay(tmp_path: Path) -> None:
    for number in range(MOST_KEPT):
        path = tmp_path / f"silent-{number:064x}"
        path.write_bytes(b"old")
        os.utime(path, (number, number))
    FolderStore(tmp_path).save(NAME, b"text")
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == MOST_KEPT
    assert NAME in names
    assert f"silent-{0:064x}" not in names
