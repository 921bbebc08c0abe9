"""Paths and version numbers as migration tools write them."""

import re

_NUMBER = re.compile(r"[0-9]+")


def folder_of(path: str) -> str:
    """The folder of a path; empty at the top."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def join(folder: str, name: str) -> str:
    """A path in a folder."""
    return f"{folder}/{name}" if folder else name


def ancestors(folder: str) -> tuple[str, ...]:
    """The folder and all that hold it, the nearest first, the top (empty) last."""
    parts = folder.split("/") if folder else []
    return tuple("/".join(parts[:count]) for count in range(len(parts), -1, -1))


def within(path: str, folder: str) -> bool:
    """Whether the path is the folder or in it."""
    return not folder or path == folder or path.startswith(folder + "/")


def natural(version: str) -> tuple[tuple[int, str], ...]:
    """The numbers of a version, comparable at any length: `1.10` after `1.9`, `010` equal to `10`.

    Not `int`: Python refuses numbers of more than 4300 digits, and a file name may have them.
    """
    numbers = [digits.lstrip("0") for digits in _NUMBER.findall(version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple((len(digits), digits) for digits in numbers)
