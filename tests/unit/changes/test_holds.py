"""Whether a folder beside the code comes out of the code's own tree."""

import pytest

from midflight.changes.model import Entry, EntryKind, Tree
from midflight.changes.read import holds


def tree(path: str, kind: EntryKind = EntryKind.FILE) -> Tree:
    return Tree("1", {path: Entry(path, "0" * 40, kind, 1)})


@pytest.mark.parametrize("folder", [".cache", "./.cache", ".cache/", "/home/runner/work/.cache", "."])
def test_a_folder_with_a_file_of_the_tree_is_the_trees(folder: str) -> None:
    assert holds(tree(".cache/silent"), folder, workspace="/home/runner/work")


def test_a_folder_behind_a_link_of_the_tree_is_the_trees() -> None:
    assert holds(tree("kept", EntryKind.SYMLINK), "kept/cache")


@pytest.mark.parametrize("folder", [".cache", ".cache-of-ours", "/elsewhere/src", "sr"])
def test_a_folder_without_files_of_the_tree_is_not(folder: str) -> None:
    assert not holds(tree("src/main.ts"), folder, workspace="/home/runner/work")
