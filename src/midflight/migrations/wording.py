"""Compare two texts of SQL by their words: white space, comments and letter case do not count."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

_TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<verbatim>[eE]'(?:[^'\\]++|\\.|'')*+'?|'[^']*(?:'|\Z)|\"[^\"]*(?:\"|\Z)|`[^`]*(?:`|\Z)"
    r"|\$(?P<tag>(?:[A-Za-z_][A-Za-z_0-9]*)?)\$.*?(?:\$(?P=tag)\$|\Z))"
    r"|(?P<word>\w+|[^\s\w])",
    re.DOTALL,
)
"""Every alternative that opens something also ends at the end of the text, so that one pass is always enough."""

_NEARLY = 0.8


def words(text: str) -> Iterator[str]:
    """The words and signs of SQL in order; quoted text stays as it is, comments are left out."""
    for match in _TOKEN.finditer(text):
        if match["word"]:
            yield match["word"].lower()
        elif match["verbatim"]:
            yield match["verbatim"]


def same_words(left: str, right: str) -> bool:
    """Whether only white space, comments or letter case differ."""
    return left == right or all(one == other for one, other in zip_longest(words(left), words(right)))


def nearly_same(left: str, right: str) -> bool:
    """Whether four words in five are common, counted without regard to order."""
    one, other = Counter(words(left)), Counter(words(right))
    most = max(one.total(), other.total())
    return most == 0 or (one & other).total() >= _NEARLY * most
