"""Picks the paths of a large tree that hold one of some texts, all paths searched as one text."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from ahocorasick_rs import BytesAhoCorasick

BEGIN = "\0"
"""Stands before each path: a part that opens with it is at the beginning of a path."""


def paths_holding(paths: Iterable[str], parts: tuple[str, ...], *, folded: bool = False) -> Iterator[str]:
    """Yield, in order, the paths that hold one of the parts; git forbids a zero in a path."""
    return texts_holding(as_text(paths), parts, folded=folded)


def as_text(paths: Iterable[str]) -> bytes:
    """Write paths one after the other, each between zeros."""
    return (BEGIN + BEGIN.join(paths) + BEGIN).encode("utf-8", "surrogatepass")


def texts_holding(text: bytes, parts: tuple[str, ...], *, folded: bool = False) -> Iterator[str]:
    """Yield, in order, the paths of `as_text` that hold one of the parts, or with `folded` do so in lower case."""
    searched = text.lower() if folded else text
    done = 0
    for _, start, _ in _automaton(parts).find_matches_as_indexes(searched, overlapping=True):
        if start < done:
            continue
        begin = text.rfind(b"\0", 0, start + 1) + 1
        done = text.index(b"\0", begin)
        yield text[begin:done].decode("utf-8", "surrogatepass")


@lru_cache(maxsize=16)
def _automaton(parts: tuple[str, ...]) -> BytesAhoCorasick:
    return BytesAhoCorasick([part.encode() for part in parts])
