"""Diesel models and schema paths against migrations: the columns a struct lists are the columns it needs."""

import pytest

from midflight.compatibility.model import Matrix, State
from support.examples import assess_files

H, B, U = State.HOLDS, State.BREAKS, State.UNDETERMINED

SCHEMA = """CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, note text);
CREATE TABLE bans (id bigint PRIMARY KEY, person bigint NOT NULL);
CREATE TABLE notes (id bigint PRIMARY KEY, note text);
"""
IMPORT = "use crate::schema::posts;\nuse diesel::prelude::*;\n"


def model(derives: str, *columns: str, name: str = "Post", table: str = "posts") -> str:
    fields = "".join(f"    pub {column}: String,\n" for column in columns)
    attribute = f'#[cfg_attr(feature = "full", derive({derives}), diesel(table_name = {table}))]'
    return f"{IMPORT}{attribute}\npub struct {name} {{\n{fields}}}\n"


READS = "Queryable, Selectable"
OLD = model(READS, "id", "title")
WITH_NOTE = model(READS, "id", "title", "note")
FORM = model("Insertable, AsChangeset", "title", name="PostForm")
FORM_WITH_NOTE = model("Insertable, AsChangeset", "title", "note", name="PostForm")
DROP_NOTE = "ALTER TABLE posts DROP COLUMN note;"
ADD = "ALTER TABLE posts ADD COLUMN views bigint;"
RENAME = "ALTER TABLE posts RENAME COLUMN note TO remark;"

CASES = [
    pytest.param(ADD, OLD, OLD, (H, H, H, H), id="a column that no struct knows"),
    pytest.param(ADD, OLD, model(READS, "id", "title", "views"), (H, B, H, H), id="a column added with its field"),
    pytest.param(ADD, FORM, model("Insertable", "title", "views"), (H, B, H, H), id="a column added with its insert"),
    pytest.param(ADD, FORM, model("AsChangeset", "title", "views"), (H, B, H, H), id="a column added with its update"),
    pytest.param(DROP_NOTE, WITH_NOTE, OLD, (B, H, H, H), id="a column dropped with its field"),
    pytest.param(DROP_NOTE, FORM_WITH_NOTE, FORM, (B, H, H, H), id="a column dropped with its insert"),
    pytest.param(DROP_NOTE, OLD, OLD, (H, H, H, H), id="a column dropped that no struct has"),
    pytest.param(
        DROP_NOTE,
        WITH_NOTE,
        WITH_NOTE,
        (B, H, B, H),
        id="a column dropped and the field kept",
    ),
    pytest.param(
        RENAME,
        WITH_NOTE,
        model(READS, "id", "title", "remark"),
        (B, B, H, H),
        id="a column renamed with its field",
    ),
    pytest.param(
        "DROP TABLE bans;",
        OLD,
        OLD,
        (H, H, H, H),
        id="a table dropped that no struct maps",
    ),
    pytest.param(
        "DROP TABLE bans;",
        model(READS, "id", "person", name="Ban", table="bans"),
        "",
        (B, H, H, H),
        id="a table dropped with its struct",
    ),
    pytest.param(
        "CREATE TABLE tags (id bigint PRIMARY KEY);",
        OLD,
        model(READS, "id", name="Tag", table="tags"),
        (H, B, H, H),
        id="a table made with its struct",
    ),
    pytest.param(
        "ALTER TABLE notes DROP COLUMN note;",
        WITH_NOTE,
        WITH_NOTE,
        (H, H, H, H),
        id="the same column dropped in another table",
    ),
    pytest.param(
        DROP_NOTE,
        IMPORT + "fn f() { posts::table.filter(posts::note.is_null()) }",
        IMPORT,
        (B, H, H, H),
        id="a column dropped under a filter",
    ),
    pytest.param(
        DROP_NOTE,
        'fn f() { sqlx::query!("SELECT note FROM posts") }',
        "fn f() {}",
        (B, H, H, H),
        id="a column dropped under a query",
    ),
    pytest.param(
        ADD,
        OLD,
        OLD + "struct View {\n    views: i64,\n}\n",
        (H, U, H, H),
        id="a field of a struct that is not mapped is only a mention",
    ),
]


def matrix(migration: str, old: str, new: str) -> Matrix:
    history, pending = "migrations/2024-01-01-000000_schema/up.sql", "migrations/2024-02-01-000000_change/up.sql"
    always = {"diesel.toml": "", history: SCHEMA}
    return assess_files({**always, "src/models.rs": old}, {**always, pending: migration, "src/models.rs": new}).matrix


@pytest.mark.parametrize(("migration", "old", "new", "expected"), CASES)
def test_the_four_cells(migration: str, old: str, new: str, expected: tuple[State, State, State, State]) -> None:
    found = matrix(migration, old, new)
    states = (found.old_new.state, found.new_old.state, found.new_new.state, found.old_old.state)
    assert states == expected


def test_a_break_points_at_the_line_of_the_field() -> None:
    (found,) = matrix(DROP_NOTE, WITH_NOTE, OLD).old_new.breaks
    assert (found.object, found.place.path, found.place.line, found.sqlstate) == (
        "posts.note",
        "src/models.rs",
        7,
        "42703",
    )


def test_a_generated_schema_is_no_reference() -> None:
    table = "diesel::table! {\n    posts (id) {\n        id -> Int8,\n        note -> Text,\n    }\n}\n"
    generated = "// @generated automatically by Diesel CLI.\n\n" + table
    assert matrix(DROP_NOTE, generated, generated).old_new.state is H
