"""Finds whole identifiers in source text, fast, and in the spellings that programs give them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ahocorasick_rs import BytesAhoCorasick

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def spellings(word: str) -> frozenset[str]:
    """A schema's name as it is, in camelCase and in PascalCase."""
    parts = [part for part in re.split(r"[_\s]+", word) if part]
    pascal = "".join(part[0].upper() + part[1:] for part in parts)
    camel = pascal[:1].lower() + pascal[1:]
    return frozenset({word, camel, pascal} - {""})


@dataclass(frozen=True, slots=True)
class WordFinder:
    """An automaton over the spellings of `words`."""

    automaton: BytesAhoCorasick | None
    words: tuple[str, ...]
    patterns: tuple[bytes, ...] = ()

    def occurrences(self, text: bytes) -> Iterator[tuple[int, str]]:
        """Yield the offset and the word of each place where a spelling stands as a whole identifier."""
        if self.automaton is None:
            return
        for pattern, start, end in self.automaton.find_matches_as_indexes(text, overlapping=True):
            before = start == 0 or text[start - 1] not in _WORD
            after = end == len(text) or text[end] not in _WORD
            if before and after:
                yield start, self.words[pattern]

    def found_in(self, text: bytes) -> bool:
        """Whether any spelling stands in the text."""
        return next(self.occurrences(text), None) is not None


def _singular(word: str) -> str:
    """A table's name as a model is called: `company_profiles` gives `company_profile`; English plurals only."""
    for plural, ending in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if word.endswith(plural) and not word.endswith("ss"):
            return word[: -len(plural)] + ending
    return word


def word_finder(words: frozenset[str], *, singular: bool = False) -> WordFinder:
    """Build the automaton once for all files; with `singular` it finds `Project` and `project` for `projects` too."""
    names = {(word, word) for word in words if word}
    if singular:
        names |= {(_singular(word), word) for word in words if word}
    pairs = sorted({(spelling, word) for name, word in names for spelling in spellings(name)})
    patterns = [spelling.encode() for spelling, _ in pairs]
    automaton = BytesAhoCorasick(patterns) if patterns else None
    return WordFinder(automaton, tuple(word for _, word in pairs), tuple(patterns))
