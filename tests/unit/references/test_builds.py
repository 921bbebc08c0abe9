"""Which files run where, and which long-lived surfaces reach a database."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from midflight.references.builds import long_lived, run_where
from midflight.references.model import Api, CodeReferences, Mention, Place, TableReference, Verb
from midflight.references.paths import SearchOptions
from midflight.references.surfaces import LIFETIMES, Configured, RunsOn, Surface, Surfaces
from support.trees import tree_of

CLIENT = "import { createClient } from '@supabase/supabase-js';\n"


def lasting(files: dict[str, str], surfaces: Surfaces | None = None) -> list[tuple[str, int]]:
    tree, blobs = tree_of(files)
    found = long_lived((tree,), blobs, surfaces or Surfaces(), SearchOptions())
    return [(runs.surface.value, runs.days) for runs in found]


def test_only_what_does_not_run_on_the_server_is_listed():
    tree, blobs = tree_of({"web/list.tsx": "'use client'\n", "web/a.ts": "", "ios/B.swift": "", "other.ts": ""})
    reference = TableReference(Place("web/list.tsx", 2), "projects", Verb.SELECT, Api.POSTGREST)
    server = TableReference(Place("web/a.ts", 2), "projects", Verb.SELECT, Api.POSTGREST)
    code = CodeReferences("", (reference, server), mentions=(Mention(Place("ios/B.swift", 1), "title"),))

    assert run_where(code, tree, blobs, Surfaces()) == {
        "web/list.tsx": RunsOn(Surface.BROWSER, 1),
        "ios/B.swift": RunsOn(Surface.MOBILE, 180),
    }


def test_code_without_references_is_not_read():
    tree, blobs = tree_of({"web/list.tsx": "'use client'\n"})

    assert run_where(CodeReferences(""), tree, blobs, Surfaces()) == {}
    assert blobs.calls == []


def test_an_app_that_reaches_the_database_lasts():
    assert lasting({"apps/mobile/db.ts": CLIENT, "packages/cli/main.go": 'import "github.com/jackc/pgx/v5"\n'}) == [
        ("mobile", 180),
        ("command-line", 30),
    ]


def test_an_app_that_talks_to_a_server_needs_no_column():
    assert lasting({"apps/mobile/db.ts": "fetch('/api/projects');\n", "web/db.ts": CLIENT}) == []


def test_a_day_is_over_before_any_clean_up():
    assert lasting({"src/List.vue": CLIENT}) == []


def test_tests_and_text_files_are_no_builds():
    assert lasting({"apps/mobile/db.test.ts": CLIENT, "apps/mobile/README.md": CLIENT}) == []


def test_what_the_team_says_decides():
    surfaces = Surfaces((Configured("desktop/**", Surface.COMMAND_LINE, 365),), LIFETIMES)

    assert lasting({"desktop/db.ts": CLIENT}, surfaces) == [("command-line", 365)]
    assert lasting({"apps/mobile/db.ts": CLIENT}, Surfaces((Configured("apps/**", Surface.MOBILE, 0),))) == []
    assert lasting({"api.py": "import psycopg\n"}, Surfaces(lifetimes={**LIFETIMES, Surface.SERVER: 3})) == [
        ("server", 3)
    ]


@dataclass
class Streamed:
    """Contents of one text each, and how many of them were taken."""

    taken: int = 0

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        for blob in blobs:
            self.taken += 1
            yield blob, CLIENT.encode()


def test_reading_stops_where_the_answer_is_known():
    tree, _ = tree_of({f"apps/mobile/{n}.ts": f"{CLIENT}// {n}\n" for n in range(50)})
    contents = Streamed()

    assert long_lived((tree,), contents, Surfaces(), SearchOptions()) == (RunsOn(Surface.MOBILE, 180),)
    assert contents.taken == 1
