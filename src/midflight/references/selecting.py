"""Picks the code that people write out of every path of a large tree; few paths are worth more than one question."""

from collections.abc import Collection, Iterable

from midflight.changes.entries import holding
from midflight.changes.holding import BEGIN
from midflight.references.generated import FOLDERS, NAMES, is_named_generated
from midflight.references.paths import CODE, DEPENDENCIES, TEST_FOLDERS, TEST_NAMES, SearchOptions, code_paths, prefix

_ENDINGS = frozenset(suffix[1:] for suffix in CODE)
_FOLDERS = sorted(DEPENDENCIES | TEST_FOLDERS | FOLDERS)
_DOUBTFUL = tuple(
    part.lower()
    for part in (
        *(f"{before}{folder}/" for folder in _FOLDERS for before in ("/", BEGIN)),
        *("/.", f"{BEGIN}.", "vendor/", "prisma/"),
        *TEST_NAMES,
        *NAMES,
    )
)
"""One of these is, in lower case, in whatever path with a code's suffix is no code or is generated."""


def written_paths(paths: Collection[str], options: SearchOptions) -> list[str]:
    """Give in order what `code_paths` accepts and `is_named_generated` does not."""
    code = [path for path in paths if path.rpartition(".")[2].lower() in _ENDINGS]
    migrations = tuple(prefix(folder).lower() for folder in options.migration_folders)
    if options.ignore or options.roots or "" in migrations:
        return sorted(_asked(code, options))
    doubtful = frozenset(holding(paths, (*_DOUBTFUL, *(BEGIN + each for each in migrations)), folded=True))
    plain = [path for path in code if path not in doubtful and path.isascii()]
    rest = [path for path in code if path in doubtful or not path.isascii()]
    return sorted([*plain, *_asked(rest, options)])


def _asked(paths: Iterable[str], options: SearchOptions) -> Iterable[str]:
    return (path for path in code_paths(paths, options) if not is_named_generated(path))
