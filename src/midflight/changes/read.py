"""One file of a tree as text, and whether a tree has a folder."""

from pathlib import PurePosixPath

from midflight.changes.model import Blobs, EntryKind, NotAnalysed, Tree
from midflight.changes.text import decode


def text_at(tree: Tree, path: str, blobs: Blobs) -> str | None:
    """Return the text of a file, None when the tree has no readable file there."""
    entry = tree.entries.get(path)
    if entry is None or entry.kind is not EntryKind.FILE:
        return None
    for _, content in blobs.read([entry.blob]):
        text = decode(path, content)
        return None if isinstance(text, NotAnalysed) else text
    return None


def holds(tree: Tree, folder: str, *, workspace: str = "") -> bool:
    """Whether a folder of the working directory comes, or may come, out of the tree: what is in it is then the tree's.

    A link of the tree on the way to the folder counts too. `workspace` is where the tree is checked out.
    """
    path = PurePosixPath(folder)
    if path.is_absolute():
        if not workspace or not path.is_relative_to(workspace):
            return False
        path = path.relative_to(workspace)
    if any(str(part) in tree.entries for part in (path, *path.parents)):
        return True
    inside = "" if str(path) == "." else f"{path}/"
    return any(entry.startswith(inside) for entry in tree.entries)
