"""Paths of a tree as text, whatever bytes they are made of."""

from collections.abc import Container


def readable_path(raw: bytes, taken: Container[str]) -> str:
    """Decode a path; bytes that are no UTF-8 become `\\xff`, and a path that is taken gets a backslash more.

    Two files share a readable path when one is named like the escaped form of the other; neither may hide the other.
    """
    path = raw.decode("utf-8", "backslashreplace")
    while path in taken:
        path += "\\"
    return path
