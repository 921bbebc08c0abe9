import pytest

from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories
from support.trees import trees_of

LONG = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, mail text NOT NULL, created timestamptz);"


def compared(base, head):
    base_tree, head_tree, blobs = trees_of(base, head)
    return compare_histories(find_histories(base_tree, blobs), find_histories(head_tree, blobs))


def told(change):
    return [
        (c.status.value + (" cosmetic" if c.cosmetic else ""), c.before and c.before.path, c.after and c.after.path)
        for c in change.changes
    ]


A, B, C = "migrations/1_a.sql", "migrations/2_b.sql", "migrations/3_c.sql"
BASE = {A: "SELECT 'a';", B: LONG}

CASES = [
    pytest.param(BASE, BASE, [], [], id="nothing"),
    pytest.param(BASE, {**BASE, C: "c"}, [("added", None, C)], ["3"], id="an added one is pending"),
    pytest.param(BASE, {A: BASE[A]}, [("deleted", B, None)], [], id="a deleted one"),
    pytest.param(BASE, {**BASE, B: "x"}, [("edited", B, B)], [], id="an edited one is not pending"),
    pytest.param(
        BASE, {**BASE, A: "-- why\nselect\n 'a' ;"}, [("edited cosmetic", A, A)], [], id="only comments and case"
    ),
    pytest.param(BASE, {**BASE, A: "SELECT 'A';"}, [("edited", A, A)], [], id="the case of a string counts"),
    pytest.param(
        BASE,
        {A: BASE[A], "migrations/4_b.sql": LONG},
        [("moved", B, "migrations/4_b.sql")],
        [],
        id="renumbered",
    ),
    pytest.param(
        BASE,
        {A: BASE[A], "migrations/4_users.sql": LONG},
        [("moved", B, "migrations/4_users.sql")],
        [],
        id="renamed and renumbered",
    ),
    pytest.param(
        BASE,
        {A: BASE[A], "migrations/4_b.sql": LONG.replace("timestamptz", "date")},
        [("moved", B, "migrations/4_b.sql")],
        [],
        id="renumbered with a touch",
    ),
    pytest.param(
        BASE,
        {A: BASE[A], "migrations/4_b.sql": "DROP TABLE orders;"},
        [("added", None, "migrations/4_b.sql"), ("deleted", B, None)],
        ["4"],
        id="another script of the same name",
    ),
    pytest.param(
        {A: "-- nothing"},
        {B: "-- at all"},
        [("added", None, B), ("deleted", A, None)],
        ["2"],
        id="scripts without SQL do not move",
    ),
    pytest.param(
        {"supabase/migrations/1_a.sql": "A"},
        {"supabase/migrations/1_b.sql": "B"},
        [("edited", "supabase/migrations/1_a.sql", "supabase/migrations/1_b.sql")],
        [],
        id="a recorded version is not applied again under another name",
    ),
    pytest.param(
        {"db/migration/V1__a.sql": "A", "db/migration/R__v.sql": "V"},
        {"db/migration/V1__a.sql": "A", "db/migration/R__v.sql": "W", "db/migration/V2__b.sql": "B"},
        [("added", None, "db/migration/V2__b.sql"), ("edited", "db/migration/R__v.sql", "db/migration/R__v.sql")],
        ["2", ""],
        id="an edited repeatable one is applied again, last",
    ),
    pytest.param(
        {"old/migrations/1_a/up.sql": "A", "old/migrations/2_b/up.sql": "B"},
        {"new/migrations/1_a/up.sql": "A", "new/migrations/2_b/up.sql": "B", "new/migrations/3_c/up.sql": "C"},
        [
            ("moved", "old/migrations/1_a/up.sql", "new/migrations/1_a/up.sql"),
            ("moved", "old/migrations/2_b/up.sql", "new/migrations/2_b/up.sql"),
            ("added", None, "new/migrations/3_c/up.sql"),
        ],
        ["3"],
        id="a folder that moved",
    ),
    pytest.param(
        {},
        {A: "A", B: "B"},
        [("added", None, A), ("added", None, B)],
        ["1", "2"],
        id="a new database is all pending",
    ),
    pytest.param({A: "A"}, {}, [("deleted", A, None)], [], id="a database that is gone"),
    pytest.param(
        {"migrations/1_a/up.sql": "A", "migrations/1_a/down.sql": "x"},
        {"migrations/1_a/up.sql": "A", "migrations/1_a/metadata.toml": "run_in_transaction = false"},
        [("edited", "migrations/1_a/up.sql", "migrations/1_a/up.sql")],
        [],
        id="other transactions are an edit",
    ),
]


@pytest.mark.parametrize(("base", "head", "changes", "pending"), CASES)
def test_a_history_differs_by(base, head, changes, pending):
    (change,) = compared(base, head)
    assert told(change) == changes
    assert [migration.version for migration in change.pending] == pending


def test_renumbered_migrations_keep_to_their_names():
    base = {f"migrations/{n}_{name}/up.sql": "SELECT 1;" for n, name in enumerate("abc")}
    head = {f"migrations/{n + 10}_{name}/up.sql": "SELECT 1;" for n, name in enumerate("cab")}
    (change,) = compared(base, head)
    assert [(c.before.name, c.after.name) for c in change.changes] == [("c", "c"), ("a", "a"), ("b", "b")]


def test_an_unchanged_database_is_given_too():
    base = {"a/migrations/1_x.sql": "A", "b/migrations/1_x.sql": "B"}
    changes = compared(base, {**base, "b/migrations/2_y.sql": "C"})
    assert [(c.database, len(c.changes)) for c in changes] == [("a", 0), ("b", 1)]


def test_a_folder_that_another_tool_takes_over_is_the_same_database():
    (change,) = compared(
        {"migrations/1_a.sql": "A"},
        {"migrations/1_a.sql": "-- +goose Up\nA", "migrations/2_b.sql": "-- +goose Up\nB"},
    )
    assert (change.base.format, change.head.format) == ("plain", "goose")
    assert [migration.version for migration in change.pending] == ["2"]
