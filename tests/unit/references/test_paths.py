"""Which files count as code: asked of one path, or of all paths of a tree at once."""

import pytest

from midflight.references.paths import SearchOptions, code_paths, is_code

PATHS = [
    "main.ts",
    "src/app.tsx",
    "src/app.test.ts",
    "src/tests/app.ts",
    "test_app.py",
    "src/test_app.py",
    "app/tests.py",
    "app/test.py",
    "app/latest.py",
    "node_modules/left/index.js",
    "vendor/github.com/pkg/errors/errors.go",
    "vendor/engines/billing/app.rb",
    "third_party/zlib/zlib.c",
    "db/migrate/1_users.rb",
    "README.md",
    ".py",
    "src/.ts",
    "src.ts/noext",
    "src/end.",
    "src/UPPER.TS",
]
CODE = ["main.ts", "src/app.tsx", "app/latest.py", "vendor/engines/billing/app.rb", "src/UPPER.TS"]


def test_code_is_what_runs_and_is_ours() -> None:
    options = SearchOptions(migration_folders=("db/migrate",))
    assert [path for path in PATHS if is_code(path, options)] == CODE


@pytest.mark.parametrize(
    "options",
    [
        SearchOptions(),
        SearchOptions(tests=True),
        SearchOptions(roots=("src", "db")),
        SearchOptions(ignore=("src/*.tsx", "vendor/")),
        SearchOptions(migration_folders=("db/migrate",)),
    ],
    ids=["plain", "tests", "roots", "ignore", "migrations"],
)
def test_all_paths_at_once_are_judged_as_each_is(options: SearchOptions) -> None:
    assert list(code_paths(PATHS, options)) == [path for path in PATHS if is_code(path, options)]
