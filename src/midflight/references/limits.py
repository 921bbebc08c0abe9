"""Reads so many things of a file and no more, and says so where there are more."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

One = TypeVar("One")


class TooManyUsesError(Exception):
    """A file holds more of something than we read; what was read before counts."""


def at_most(most: int, found: Iterable[One]) -> Iterator[One]:
    """Give what was found until there is too much of it."""
    for count, one in enumerate(found):
        if count >= most:
            raise TooManyUsesError
        yield one
