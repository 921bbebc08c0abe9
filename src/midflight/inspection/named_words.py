"""Which of certain words the code of a revision has, anywhere in it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from midflight.changes.entries import Content, files_at
from midflight.changes.model import Blobs, Entry, Tree
from midflight.references.find import LARGEST_SEARCHED
from midflight.references.generated import is_generated
from midflight.references.paths import SearchOptions
from midflight.references.selecting import written_paths
from midflight.references.surfaces import SERVER, RunsOn, Surfaces, projects_of
from midflight.references.words import WordFinder

_REPEATS = frozenset({"schema.rb", "structure.sql", "schema.sql"})
"""Files that repeat the whole schema and use nothing of it."""


def used_files(entries: Mapping[str, Entry], options: SearchOptions) -> Iterator[Content]:
    """Yield the files of code in which a word counts as a use."""
    for each in files_at(entries, written_paths(entries, options)):
        if each.size <= LARGEST_SEARCHED and PurePosixPath(each.path).name not in _REPEATS:
            yield each


def words_in(text: bytes, finder: WordFinder) -> frozenset[str]:
    """Return the words of a file's text; what a program wrote uses nothing."""
    return frozenset() if is_generated("", text) else frozenset(word for _, word in finder.occurrences(text))


@dataclass(slots=True)
class NamedWords:
    """Which words the code of a commit names; a content is read once, however many commits have it."""

    tree_of: Callable[[str], Tree]
    blobs: Blobs
    options: SearchOptions
    finder: WordFinder
    by_blob: dict[str, frozenset[str]] = field(default_factory=dict)
    by_commit: dict[str, frozenset[str]] = field(default_factory=dict)

    def keeps(self, sha: str, names: frozenset[str], surfaces: Surfaces) -> RunsOn:
        """Which surface of those that name a word in a commit has the builds that live the longest."""
        entries = self.tree_of(sha).entries
        files = files_at(entries, written_paths(entries, self.options))
        named = [each.path for each in files if not names.isdisjoint(self.by_blob.get(each.blob, frozenset()))]
        projects = projects_of(entries)
        return max((surfaces.runs_on(path, projects) for path in named), key=lambda runs: runs.days, default=SERVER)

    def of(self, sha: str) -> frozenset[str]:
        """Return the words that the code of a commit names."""
        if sha not in self.by_commit:
            wanted = {each.blob for each in used_files(self.tree_of(sha).entries, self.options)}
            for blob, text in self.blobs.read(sorted(wanted - self.by_blob.keys())):
                self.by_blob[blob] = words_in(text, self.finder)
            self.by_commit[sha] = frozenset().union(*(self.by_blob.get(blob, frozenset()) for blob in wanted))
        return self.by_commit[sha]
