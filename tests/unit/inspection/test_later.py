import pytest

from midflight.compatibility.consumers import Consumer
from midflight.inspection.assess import Scope, assess
from midflight.inspection.later import Watched
from midflight.references.model import Place
from midflight.references.surfaces import Configured, Surface, Surfaces
from support.examples import assess_files
from support.trees import tree_of

SCHEMA = """CREATE TABLE users (id bigint PRIMARY KEY, email text, nickname text);
CREATE TABLE invoices (id bigint PRIMARY KEY, paid boolean);
CREATE FUNCTION list_users() RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;
"""
MIGRATION = {"supabase/migrations/20240101000000_schema.sql": SCHEMA}
WATCHED = Watched(days=14, today="2026-03-01")
BOTH = 'db.query("SELECT id, email, nickname FROM users");\n'
ONE = 'db.query("SELECT id, email FROM users");\n'


def _later(base, head, **options):
    scope = Scope(watched=WATCHED, **options)
    found = assess_files({**MIGRATION, **base}, {**MIGRATION, **head}, scope).later
    return [(each.name, each.after) for each in found]


def test_a_column_that_the_change_stops_naming_may_be_dropped_when_the_days_are_over():
    assert _later({"a.ts": BOTH}, {"a.ts": ONE}) == [("users.nickname", "2026-03-15")]


def test_without_the_day_of_the_check_nothing_is_told():
    base, head = {**MIGRATION, "a.ts": BOTH}, {**MIGRATION, "a.ts": ONE}
    assert assess_files(base, head, Scope()).later == ()


def test_a_table_is_told_and_its_columns_are_not():
    old = 'db.query("SELECT id, paid FROM invoices");\n'
    assert _later({"a.ts": BOTH, "b.ts": old}, {"a.ts": BOTH}) == [("invoices", "2026-03-15")]


def test_a_routine_that_nothing_calls_any_more_is_told():
    assert _later({"a.ts": "await db.rpc('list_users');\n"}, {}) == [("list_users", "2026-03-15")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("b.ts", BOTH),
        ("b.ts", "const shown = row.nickname;\n"),
        ("b.py", "nick = row['nickname']\n"),
    ],
    ids=["a-query", "a-property", "a-key"],
)
def test_what_another_file_names_stays(path, text):
    assert _later({"a.ts": BOTH, path: text}, {"a.ts": ONE, path: text}) == []


@pytest.mark.parametrize(
    "text",
    [
        'db.query("SELECT * FROM users");\n',
        "await supabase.from('users').select('*');\n",
        "db.query(\"INSERT INTO users VALUES (1, 'a', 'b')\");\n",
    ],
    ids=["sql", "postgrest", "by-place"],
)
def test_a_column_stays_while_whole_rows_of_its_table_are_taken(text):
    assert _later({"a.ts": BOTH, "b.ts": text}, {"a.ts": ONE, "b.ts": text}) == []


def test_whole_rows_of_another_table_keep_nothing():
    other = 'db.query("SELECT * FROM invoices"); // users pay them\n'
    assert _later({"a.ts": BOTH, "b.ts": other}, {"a.ts": ONE, "b.ts": other}) == [("users.nickname", "2026-03-15")]


def test_a_model_that_lists_no_columns_keeps_them():
    model = "class User < ApplicationRecord\nend\n"
    app = {"app/models/user.rb": model}
    assert _later({"a.ts": BOTH, **app}, {"a.ts": ONE, **app}) == []


def test_a_field_that_leaves_a_model_is_told():
    before = "model users {\n  id BigInt @id\n  email String?\n  nickname String?\n}\n"
    after = "model users {\n  id BigInt @id\n  email String?\n}\n"
    found = _later({"prisma/schema.prisma": before}, {"prisma/schema.prisma": after})
    assert found == [("users.nickname", "2026-03-15")]


def test_what_a_routine_of_the_database_names_stays():
    body = "CREATE FUNCTION nick(bigint) RETURNS text LANGUAGE sql AS $$ SELECT nickname FROM users WHERE id = $1 $$;"
    more = {"supabase/migrations/20240102000000_nick.sql": body}
    assert _later({"a.ts": BOTH, **more}, {"a.ts": ONE + "await db.rpc('nick', { id });\n", **more}) == []


def test_what_code_reads_through_a_view_stays():
    first = "CREATE VIEW people AS SELECT id, nickname FROM users;"
    more = {"supabase/migrations/20240102000000_v.sql": first + "CREATE VIEW shown AS SELECT * FROM people;"}
    used = {"b.ts": "await db.from('shown').select('*');\n", **more}
    assert _later({"a.ts": BOTH, **more, **used}, {"a.ts": ONE, **used}) == []
    assert _later({"a.ts": BOTH, **more}, {"a.ts": ONE, **more}) == [("users.nickname", "2026-03-15")]


def test_what_the_change_itself_drops_or_makes_is_not_told():
    drop = {"supabase/migrations/20240201000000_drop.sql": "ALTER TABLE users DROP COLUMN nickname;"}
    assert _later({"a.ts": BOTH}, {"a.ts": ONE, **drop}) == []
    add = {"supabase/migrations/20240201000000_add.sql": "ALTER TABLE users ADD COLUMN alias text;"}
    early = 'db.query("SELECT id, email, alias FROM users");\n'
    assert _later({"a.ts": early}, {"a.ts": ONE, **add}) == []


def test_what_was_never_named_in_the_changed_files_is_not_told():
    assert _later({"a.ts": ONE}, {"a.ts": ONE + "// more\n"}) == []


def test_old_mobile_builds_prolong_the_wait():
    surfaces = Surfaces(configured=(Configured("phone/*", Surface.MOBILE, 90),))
    found = assess_files(
        {**MIGRATION, "phone/a.ts": BOTH},
        {**MIGRATION, "phone/a.ts": ONE},
        Scope(watched=WATCHED, surfaces=surfaces),
    ).later
    assert [(each.name, each.after, each.keeps.days) for each in found] == [("users.nickname", "2026-05-30", 90)]


@pytest.mark.parametrize("uses", ["users", "users.nickname", "public.users.nickname"])
def test_what_another_team_is_said_to_use_stays(uses):
    consumer = Consumer("billing", "", ((uses, Place("midflight.yml", 1)),))
    assert _later({"a.ts": BOTH}, {"a.ts": ONE}, consumers=(consumer,)) == []


def test_another_column_that_a_team_uses_keeps_nothing():
    consumer = Consumer("billing", "", (("users.email", Place("midflight.yml", 1)),))
    assert _later({"a.ts": BOTH}, {"a.ts": ONE}, consumers=(consumer,)) == [("users.nickname", "2026-03-15")]


def test_a_second_look_is_only_taken_where_something_is_let_go():
    unchanged = {**MIGRATION, **{f"src/{n}.ts": f"export const n{n} = {n};\n" for n in range(3)}}
    reads = {}
    for name, new in (("kept", BOTH + "// the same\n"), ("let go", ONE)):
        base, old = tree_of({**unchanged, "a.ts": BOTH}, "base")
        head, blobs = tree_of({**unchanged, "a.ts": new}, "head")
        blobs |= old
        assess(base, head, blobs, Scope(watched=WATCHED))
        reads[name] = any(head.entries["src/1.ts"].blob in call for call in blobs.calls)
    assert reads == {"kept": False, "let go": True}
