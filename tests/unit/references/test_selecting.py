"""A large tree's code is picked by a few questions to all paths at once, and is what each path alone would say."""

import pytest

from midflight.changes.entries import Entries
from midflight.references.generated import is_named_generated
from midflight.references.paths import SearchOptions, code_paths
from midflight.references.selecting import written_paths

CODE = ["src/a.ts", "b.PY", "lib/prismatic/c.rb", "latest/d.go", "größe/e.ts", "vendor/acme/f.php", "supabase/seed.sql"]
OTHER = [
    "README",
    "a.md",
    ".ts",
    "src/.py",
    "src.ts/readme",
    "Makefile.",
    "tests/a.py",
    "src/__tests__/a.ts",
    "src/a.test.ts",
    "src/UserTests.java",
    "conftest.py",
    "x/test_a.py",
    "spec/a_spec.rb",
    "lib/a_spec.rb",
    "src/a.stories.tsx",
    "größe/a.spec.ts",
    "node_modules/a/index.js",
    "ios/Pods/a.swift",
    "vendor/github.com/a/b.go",
    "src/a.D.TS",
    "src/a.min.js",
    "src/a_pb2_grpc.py",
    "src/A.Designer.cs",
    "src/app-bundle.mjs",
    "src/Database-Types.ts",
    ".next/a.js",
    "x/prisma/client/index.js",
    "supabase/migrations/a.sql",
    "Supabase/migrations.sql.d/../.ts",
]


def one_by_one(paths: list[str], options: SearchOptions) -> list[str]:
    return sorted(path for path in code_paths(paths, options) if not is_named_generated(path))


def test_code_that_people_write_is_picked() -> None:
    options = SearchOptions(migration_folders=("supabase/migrations",))
    entries = Entries(dict.fromkeys((*CODE, *OTHER), f"100644 blob {'1' * 40}      12"))

    assert written_paths(entries, options) == sorted(CODE)
    assert written_paths(frozenset([*CODE, *OTHER]), options) == sorted(CODE)


@pytest.mark.parametrize(
    "options",
    [
        SearchOptions(),
        SearchOptions(tests=True),
        SearchOptions(migration_folders=("",)),
        SearchOptions(migration_folders=("Supabase", "lib/prismatic/")),
        SearchOptions(ignore=("src/*",)),
        SearchOptions(roots=("src", "lib")),
    ],
)
def test_options_count_as_they_do_for_each_path(options: SearchOptions) -> None:
    assert written_paths([*CODE, *OTHER], options) == one_by_one([*CODE, *OTHER], options)
