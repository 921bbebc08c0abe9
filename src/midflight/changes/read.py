"""One file of a tree as text."""

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
