import json

import pytest

from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories
from midflight.migrations.format import Reaction
from midflight.migrations.order import find_problems
from support.trees import trees_of


def problems(base, head):
    base_tree, head_tree, blobs = trees_of(base, head)
    (change,) = compare_histories(find_histories(base_tree, blobs), find_histories(head_tree, blobs))
    return find_problems(change)


def told(base, head):
    return [(p.kind.value, p.path, p.other, p.reaction.value) for p in problems(base, head)]


def supabase(*names):
    return {f"supabase/migrations/{name}.sql": f"SELECT '{name}';" for name in names}


def journal(*entries):
    return json.dumps({"dialect": "postgresql", "entries": [{"when": when, "tag": tag} for when, tag in entries]})


CASES = [
    pytest.param(supabase("1_a"), supabase("1_a", "2_b"), [], id="the usual"),
    pytest.param({}, supabase("1_a", "2_b"), [], id="a new database"),
    pytest.param(
        supabase("1_a", "3_c"),
        supabase("1_a", "2_b", "3_c"),
        [("out-of-order", "supabase/migrations/2_b.sql", "supabase/migrations/3_c.sql", "fails")],
        id="Supabase refuses a latecomer",
    ),
    pytest.param(
        {"m/migrations/1_a/up.sql": "A", "m/migrations/3_c/up.sql": "C"},
        {"m/migrations/1_a/up.sql": "A", "m/migrations/2_b/up.sql": "B", "m/migrations/3_c/up.sql": "C"},
        [("out-of-order", "m/migrations/2_b/up.sql", "m/migrations/3_c/up.sql", "applies")],
        id="Diesel applies a latecomer",
    ),
    pytest.param(
        {"migrations/10_a.up.sql": "A"},
        {"migrations/10_a.up.sql": "A", "migrations/9_b.up.sql": "B"},
        [("out-of-order", "migrations/9_b.up.sql", "migrations/10_a.up.sql", "ignores")],
        id="golang-migrate passes a latecomer over, by number",
    ),
    pytest.param(
        {"d/0_a.sql": "A", "d/meta/_journal.json": journal((200, "0_a"))},
        {"d/0_a.sql": "A", "d/1_b.sql": "B", "d/meta/_journal.json": journal((200, "0_a"), (100, "1_b"))},
        [("out-of-order", "d/1_b.sql", "d/0_a.sql", "ignores")],
        id="Drizzle looks at the journal's time, not at the place",
    ),
    pytest.param(
        supabase("1_a"),
        supabase("1_a", "1_b"),
        [("duplicate-version", "supabase/migrations/1_b.sql", "supabase/migrations/1_a.sql", "fails")],
        id="two files of one version",
    ),
    pytest.param(
        {"db/migration/V1.0__a.sql": "A"},
        {"db/migration/V1.0__a.sql": "A", "db/migration/V01__b.sql": "B"},
        [("duplicate-version", "db/migration/V01__b.sql", "db/migration/V1.0__a.sql", "fails")],
        id="Flyway's 1.0 and 01 are one version",
    ),
    pytest.param(
        {"migrations/5_a.sql": "A"},
        {"migrations/5_a.sql": "A", "migrations/005_b.sql": "B"},
        [("duplicate-version", "migrations/005_b.sql", "migrations/5_a.sql", "unknown")],
        id="the same number in plain files",
    ),
    pytest.param(supabase("1_a", "1_b"), supabase("1_a", "1_b", "2_c"), [], id="old duplicates are left alone"),
    pytest.param(
        supabase("1_a"),
        {"supabase/migrations/1_a.sql": "SELECT 2;"},
        [("edited-migration", "supabase/migrations/1_a.sql", "supabase/migrations/1_a.sql", "ignores")],
        id="an edited one",
    ),
    pytest.param(
        {"db/migration/V1__a.sql": "A"},
        {"db/migration/V1__a.sql": "B"},
        [("edited-migration", "db/migration/V1__a.sql", "db/migration/V1__a.sql", "fails")],
        id="Flyway compares checksums",
    ),
    pytest.param(
        {"migrations/1_a/up.sql": "A", "migrations/1_a/down.sql": "x"},
        {"migrations/1_a/up.sql": "A", "migrations/1_a/down.sql": "y"},
        [],
        id="a better way back is no problem",
    ),
    pytest.param(
        {"db/migration/V1__a.sql": "A", "db/migration/R__v.sql": "V"},
        {"db/migration/V1__a.sql": "A", "db/migration/R__v.sql": "W"},
        [],
        id="repeatable ones are meant to be edited",
    ),
    pytest.param(
        supabase("1_a", "2_b"),
        supabase("1_a"),
        [("deleted-migration", "supabase/migrations/2_b.sql", "", "fails")],
        id="a deleted one",
    ),
    pytest.param(
        supabase("1_a", "2_b"),
        {},
        [("deleted-migration", "supabase/migrations", "", "fails")],
        id="all deleted is one problem",
    ),
    pytest.param(
        {"migrations/1_a/up.sql": "SELECT 1;"},
        {"migrations/2_a/up.sql": "SELECT 1;"},
        [("renumbered-migration", "migrations/2_a/up.sql", "migrations/1_a/up.sql", "applies")],
        id="a renumbered one",
    ),
    pytest.param(
        {"old/migrations/1_a/up.sql": "SELECT 1;"},
        {"new/migrations/1_a/up.sql": "SELECT 1;"},
        [],
        id="a folder that moved is no other migration",
    ),
    pytest.param(
        supabase("1_a"),
        supabase("1_a", "draft"),
        [("unrecognised-name", "supabase/migrations/draft.sql", "", "ignores")],
        id="a name that the tool does not know",
    ),
]


@pytest.mark.parametrize(("base", "head", "expected"), CASES)
def test_a_change_has_these_problems(base, head, expected):
    assert told(base, head) == expected


def test_messages_name_both_migrations_and_the_tool():
    (late,) = problems(supabase("1_a", "3_c"), supabase("1_a", "2_b", "3_c"))
    assert late.message == "`2_b` sorts before `3_c`, which is merged already; Supabase refuses to run."


def test_an_edit_of_comments_is_marked():
    (edited,) = problems({"db/migration/V1__a.sql": "SELECT 1;"}, {"db/migration/V1__a.sql": "SELECT 1; -- one"})
    assert (edited.cosmetic, edited.reaction) == (True, Reaction.FAILS)
    assert edited.message == (
        "White space or comments of `1_a`, which is merged, changed here; its SQL stays the same, "
        "but its checksum does not: Flyway refuses to run on databases that have it."
    )
