"""Which files of a tree are code that is deployed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from midflight.references.kept import Store

CODE = frozenset(
    ".ts .tsx .mts .cts .js .jsx .mjs .cjs .vue .svelte .astro .py .pyi .rb .erb .rake .go .rs .java .kt .kts"
    " .scala .groovy .php .cs .fs .vb .ex .exs .erl .swift .dart .lua .pl .pm .r .jl .clj .cljs .hs .ml .elm .c"
    " .cc .cpp .h .hpp .m .zig .prisma .graphql .gql .sql .sh .ps1 .ipynb".split()
)
TEST_FOLDERS = frozenset(
    "test tests __tests__ __mocks__ spec specs e2e cypress playwright testing fixtures __fixtures__ testdata stories"
    " .storybook integration-test integration-tests integration_test integration_tests".split()
)
_TESTS = re.compile(
    r"\A(?:test_.*|tests?|conftest)\.py\Z|_test\.(?:py|go|ts|js|rb|exs|dart)\Z|_spec\.rb\Z"
    r"|\.(?:test|spec|cy|e2e|stories|story|mock|fixture)\.\w+\Z|Tests?\.(?:java|kt|cs|swift|scala|php)\Z",
    re.DOTALL,
)
TEST_NAMES = tuple("test_ test. tests. _spec. .spec. .cy. .e2e. .stories. .story. .mock. .fixture.".split())
"""One of these is, in lower case, in whatever name is a test's."""
# other people's code, which names no table of ours; `vendor` alone does not say so: teams keep code of their own there
DEPENDENCIES = frozenset(
    "node_modules bower_components site-packages third-party third_party .venv .yarn Pods Carthage".split()
)
_VENDORED = re.compile(r"(?:\A|/)vendor/(?:[\w-]+\.[a-z]{2,}|bundle|cache|assets|javascript|composer)/")


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Where to look for references.

    `ignore` are glob patterns on whole paths (`*` also matches `/`), `roots` the only folders to look in (none: all),
    `tests` whether test files count, `migration_folders` what holds migrations and therefore no code. `beside` gives
    the tables of words that are only a column's name: such a word is a mention only in files that name one of them.
    `rows` are tables whose rows change shape: queries count that take whole rows of them, with no word in them.
    `store` keeps results between runs.
    """

    ignore: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    tests: bool = False
    migration_folders: tuple[str, ...] = ()
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rows: frozenset[str] = frozenset()
    store: "Store | None" = None


def is_code(path: str, options: SearchOptions) -> bool:
    """Whether a path is a file of code that the options let us look into."""
    if suffix_of(path) not in CODE or _is_dependency(_folder(path)):
        return False
    if options.roots and not any(_inside(path, root) for root in options.roots):
        return False
    if options.migration_folders and any(_inside(path, folder) for folder in options.migration_folders):
        return False
    if any(matches(path, pattern) for pattern in options.ignore):
        return False
    return options.tests or not is_test(path)


def code_paths(paths: Iterable[str], options: SearchOptions) -> Iterator[str]:
    """Yield the paths that `is_code` accepts: the same, fast enough for every path of a large tree."""
    simple = not options.ignore and not options.roots
    outside = DEPENDENCIES if options.tests else DEPENDENCIES | TEST_FOLDERS
    migrations = tuple(prefix(folder) for folder in options.migration_folders)
    folders: dict[str, bool] = {}
    for path in paths:
        cut = path.rfind("/") + 1
        at = path.rfind(".", cut + 1)
        if at < 0 or path[at:].lower() not in CODE:
            continue
        folder = path[:cut]
        inside = folders.get(folder)
        if inside is None:
            inside = outside.isdisjoint(folder.split("/")) and not _is_vendored(folder)
            inside = folders[folder] = inside and not folder.startswith(migrations)
        if inside and (options.tests or not _is_named_test(path[cut:])) and (simple or is_code(path, options)):
            yield path


def is_test(path: str) -> bool:
    """Whether a path looks like a test, a fixture or a story: code that is not deployed."""
    return _is_for_tests(_folder(path)) or _is_named_test(path[path.rfind("/") + 1 :])


def _is_named_test(name: str) -> bool:
    """Whether a file's name is a test's; two cheap questions answer for most names."""
    return ("est" in name or "pec" in name or name.count(".") > 1) and bool(_TESTS.search(name))


def suffix_of(path: str) -> str:
    """Return the suffix of a path in lower case with its dot, as `PurePosixPath` cuts it: every path is asked."""
    name = path[path.rfind("/") + 1 :]
    at = name.rfind(".")
    return name[at:].lower() if 0 < at < len(name) - 1 else ""


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _is_dependency(folder: str) -> bool:
    return not DEPENDENCIES.isdisjoint(folder.split("/")) or _is_vendored(folder)


def _is_vendored(folder: str) -> bool:
    return "vendor/" in folder and bool(_VENDORED.search(folder))


def _is_for_tests(folder: str) -> bool:
    return not TEST_FOLDERS.isdisjoint(folder.split("/"))


def is_below(path: str, root: str) -> bool:
    """Return whether a file is below a folder, or below one that a glob fits."""
    if any(c in root for c in "*?["):
        return matches(path, f"{root.rstrip('/')}/*")
    return _inside(path, root)


def _inside(path: str, folder: str) -> bool:
    return path.startswith(prefix(folder))


def prefix(folder: str) -> str:
    """Return what the paths in a folder begin with."""
    folder = folder.strip("/").removeprefix("./")
    return "" if folder in {"", "."} else f"{folder}/"


def matches(path: str, pattern: str) -> bool:
    """Return whether a glob on whole paths fits; `*` also matches `/`, a closing `/` means everything below."""
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    return fnmatchcase(path, pattern) or (pattern.startswith("**/") and fnmatchcase(path, pattern[3:]))
