"""Tells which of several declarations of one name is nearest to the file that uses it."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Protocol, TypeVar

from midflight.references.model import Place


class Placed(Protocol):
    """What stands in a file."""

    @property
    def place(self) -> Place:
        """Where."""


One = TypeVar("One", bound=Placed)


def nearest(known: Sequence[One], path: str) -> list[One]:
    """Give those that share most folders with a file."""
    shared = [shared_folders(each.place.path, path) for each in known]
    most = max(shared, default=0)
    return [each for each, count in zip(known, shared, strict=True) if count == most]


def shared_folders(one: str, other: str) -> int:
    """How many folders two files share; a file with itself shares most."""
    if one == other:
        return 1_000
    count = 0
    for first, second in zip(PurePosixPath(one).parent.parts, PurePosixPath(other).parent.parts, strict=False):
        if first != second:
            break
        count += 1
    return count
