"""Passes over files in which nothing can be found: one look at the text, in lower case, for all that a search asks."""

from dataclasses import dataclass, field

from ahocorasick_rs import BytesAhoCorasick

from midflight.references import script_mappers
from midflight.references.declaring import NEEDLES
from midflight.references.paths import suffix_of
from midflight.references.words import WordFinder

SCRIPTS = frozenset(".ts .tsx .mts .cts .js .jsx .mjs .cjs .vue .svelte .astro".split())
RAILS = (b"ApplicationRecord", b"ActiveRecord::Base", b"table_name_prefix")
_SCRIPT = (b"drizzle", *script_mappers.LIBRARIES)


@dataclass(slots=True)
class Gate:
    """Knows what a file of each suffix must hold one of to be worth a closer look."""

    words: WordFinder
    by_ending: dict[str, BytesAhoCorasick | None] = field(default_factory=dict)

    def stops(self, path: str, source: bytes) -> bool:
        """Whether a file certainly names no word and declares no model."""
        if path.endswith(".prisma") or "app/models/" in path:
            return False
        ending = path[path.rfind(".") :]  # most are written as their suffix is, and each is taken apart once
        if ending not in self.by_ending:
            self.by_ending[ending] = self._automaton(suffix_of(path))
        automaton = self.by_ending[ending]
        return automaton is None or not automaton.find_matches_as_indexes(source.lower())

    def _automaton(self, suffix: str) -> BytesAhoCorasick | None:
        parts = {*self.words.patterns, *NEEDLES.get(suffix, ())}
        parts |= {*_SCRIPT} if suffix in SCRIPTS else {*RAILS} if suffix == ".rb" else set()
        return BytesAhoCorasick(sorted({part.lower() for part in parts})) if parts else None
