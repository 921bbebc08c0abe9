"""Tells the line of an offset, many times for one text."""

import re
from bisect import bisect_left
from functools import lru_cache


def line_at(text: bytes, offset: int) -> int:
    """The 1-based line of an offset."""
    return bisect_left(_breaks(text), offset) + 1


@lru_cache(maxsize=2)
def _breaks(text: bytes) -> list[int]:
    return [found.start() for found in re.finditer(b"\n", text)]
