"""Tables that no migration makes and other statements do, and names that an inner query may take from around it."""

import pytest

from midflight.compatibility.model import State
from support.examples import assess_files

HISTORY = {"migrations/20240101000000_users.up.sql": "CREATE TABLE users (id bigint PRIMARY KEY, name text);"}
PENDING = "migrations/20240201000000_change.up.sql"
CODE = "package a\nfunc A(db DB) { db.Query(`INSERT INTO copy_of_users (id) VALUES (1)`) }\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("copy/begin.sql", "ALTER TABLE users RENAME TO copy_of_users;", State.UNDETERMINED, id="renamed"),
        pytest.param(
            "tests/other/1.sql", 'CREATE TABLE IF NOT EXISTS x."copy_of_users" ();', State.UNDETERMINED, id="another's"
        ),
        pytest.param(
            "schema.sql", "CREATE TABLE users ();\nCREATE TABLE copy_of_users ();", State.BREAKS, id="the same database"
        ),
        pytest.param("copy/fill.sql", "INSERT INTO copy_of_users VALUES (1);", State.BREAKS, id="only filled"),
        pytest.param("copy/begin.sql", "CREATE TABLE copy_of_users_2 ();", State.BREAKS, id="another name"),
    ],
)
def test_a_table_that_the_code_makes_by_itself_is_for_no_migration_to_make(path, text, expected):
    base = {**HISTORY, "other/begin.sql": "SELECT 1;"}
    head = {**base, path: text, "a.go": CODE, PENDING: "ALTER TABLE users ADD COLUMN title text;"}
    assert assess_files(base, head).matrix.new_new.state is expected


def test_what_makes_the_table_is_told():
    head = {**HISTORY, "copy/begin.sql": "-- first\nCREATE TEMP TABLE copy_of_users ();", "a.go": CODE}
    doubts = assess_files(HISTORY, {**head, PENDING: "SELECT 1;"}).matrix.new_new.doubts
    assert [(each.reason, each.place.path) for each in doubts] == [
        ("copy_of_users: copy/begin.sql:2 makes it, which is no migration", "a.go")
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT (SELECT u.name FROM users u WHERE u.id = owner) FROM orders o", State.HOLDS),
        ("UPDATE orders SET label = (SELECT name FROM users WHERE id = owner)", State.HOLDS),
        ("SELECT name FROM users WHERE id = owner", State.BREAKS),
        ("SELECT q.name FROM (SELECT name, owner FROM users) q", State.BREAKS),
        ("WITH q AS (SELECT owner FROM users) SELECT 1 FROM orders", State.BREAKS),
        ("INSERT INTO orders (owner) SELECT owner FROM users", State.BREAKS),
        ("SELECT 1 FROM orders WHERE id IN (SELECT u.owner FROM users u)", State.BREAKS),
    ],
)
def test_a_name_without_a_table_may_be_of_the_query_around(query, expected):
    orders = "CREATE TABLE orders (id bigint, owner bigint, label text);"
    base = {**HISTORY, "migrations/20240102000000_orders.up.sql": orders}
    head = {**base, "a.go": f"package a\nfunc A(db DB) {{ db.Query(`{query}`) }}\n", PENDING: "SELECT 1;"}
    assert assess_files(base, head).matrix.new_new.state is expected


@pytest.mark.parametrize(
    ("into", "expected"),
    [("varchar(40)", State.HOLDS), ("text", State.HOLDS), ("varchar(10)", State.BREAKS), ("bytea", State.BREAKS)],
)
def test_padded_characters_may_become_others_with_room_for_them(into, expected):
    base = {
        "migrations/20240101000000_logs.up.sql": "CREATE TABLE logs (id bigint, kind char(20));",
        "A.java": 'class A { void m(C c) { c.prepareStatement("INSERT INTO logs (id, kind) VALUES (?, ?)"); } }',
    }
    head = {**base, PENDING: f"ALTER TABLE logs ALTER COLUMN kind TYPE {into} USING kind::{into};"}
    assert assess_files(base, head).matrix.old_new.state is expected


@pytest.mark.parametrize(
    ("path", "code", "expected"),
    [
        ("a.ts", "await db.from('logs').insert({ id: 1, at: now.toISOString() });\n", State.HOLDS),
        (
            "A.java",
            'class A { void m(C c) { c.prepareStatement("INSERT INTO logs (id, at) VALUES (?, ?)"); } }',
            State.BREAKS,
        ),
    ],
)
def test_a_time_that_gets_a_zone_is_text_to_postgrest_alone(path, code, expected):
    base = {"supabase/migrations/20240101000000_logs.sql": "CREATE TABLE logs (id bigint, at timestamp);", path: code}
    migration = "ALTER TABLE logs ALTER COLUMN at TYPE timestamptz;"
    head = {**base, "supabase/migrations/20240201000000_zone.sql": migration}
    assert assess_files(base, head).matrix.old_new.state is expected
