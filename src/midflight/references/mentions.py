"""Finds the lines of a file that hold a changed name outside any reference."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from midflight.references.model import Mention, Place
from midflight.references.words import WordFinder

MOST_IN_FILE = 1_000
_COMMENT_ONLY = re.compile(rb"\s*(?://|#(?!\[|include|define|if)|--|\*|/\*|<!--|\{/\*|;;|\"\"\"|%%)")


def mentions_in(path: str, source: bytes, finder: WordFinder, *, covered: frozenset[int]) -> Iterator[Mention]:
    """Yield one mention for each line and word; lines in `covered`, and lines that are only a comment, are left out."""
    starts: list[int] = []
    seen: set[tuple[int, str]] = set()
    for offset, word in finder.occurrences(source):
        starts = starts or [0, *(found.end() for found in re.finditer(rb"\n", source))]
        line = bisect_right(starts, offset)
        if line in covered or (line, word) in seen:
            continue
        if len(seen) >= MOST_IN_FILE:
            return
        seen.add((line, word))
        end = starts[line] if line < len(starts) else len(source)
        text = source[starts[line - 1] : end]
        if not _COMMENT_ONLY.match(text):
            yield Mention(Place(path, line), word, text[:400].decode("utf-8", "replace").strip()[:200])
