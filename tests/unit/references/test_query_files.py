"""Files of SQL that programs run."""

import pytest

from support.reference_lines import shown

PUT_IN = "table name is put in by the code"

NAMED = {
    "sqlc": (
        (
            "-- name: GetUser :one\nSELECT id, name\nFROM users\nWHERE id = $1;\n"
            "\n-- name: Drop :exec\nDELETE FROM users WHERE id = @id::int;\n"
        ),
        ["3 select users(id@2 name@2 id@4)", "7 delete users(id)"],
    ),
    "sqlc_arguments": (
        (
            "-- name: Find :many\nSELECT id FROM users WHERE a = sqlc.arg(a) AND b = sqlc.narg('b')"
            " AND c = ANY(sqlc.slice(ids));"
        ),
        ["2 select users(id c a b)"],
    ),
    "sqlc_embed": (
        "-- name: Find :many\nSELECT sqlc.embed(u), t.name FROM users u JOIN teams t ON t.id = u.team_id;",
        ["2 select users(team_id) *", "2 select teams(name id)"],
    ),
    "sqlc_insert": (
        "-- name: Add :one\nINSERT INTO users (\n  id,\n  name\n) VALUES ($1,$2) RETURNING *;",
        ["2 insert users(+id@3 +name@4) * complete"],
    ),
    "pgtyped": (
        (
            "/* @name FindUsers */\nSELECT id FROM users\nWHERE name = :name! AND id IN :ids;\n"
            "\n/*\n  @name AddUsers\n  @param rows -> ((id, name)...)\n"
            "*/\nINSERT INTO users (id, name) VALUES :rows;"
        ),
        ["2 select users(id name@3 id@3)", "9 insert users(+id +name) complete"],
    ),
    "aiosql": (
        (
            "-- name: get-user^\n-- Gets one.\nselect id from users where name = :name;\n"
            "-- name: add!\ninsert into users (id) values (:id)\n"
        ),
        ["3 select users(id name)", "5 insert users(+id) complete"],
    ),
    "aiosql_without_semicolons": (
        "-- name: a\nselect id from users\n-- name: b\nselect id from teams\n",
        ["2 select users(id)", "4 select teams(id)"],
    ),
    "yesql": (
        "-- name: find-users\nSELECT id FROM users WHERE first_name = :first-name",
        ["2 select users(id first_name)"],
    ),
    "hugsql": (
        "-- :name find-users :? :*\nselect id from users where id in (:v*:ids) and name = :name\n",
        ["2 select users(id name)"],
    ),
    "hugsql_identifier": ("-- :name find :? :*\nselect id from :i:table where id = :id\n", [f"2 ? {PUT_IN}"]),
    "goyesql_template": (
        "-- name: query-users\nSELECT id FROM users WHERE a = 1 %query% ORDER BY %order% LIMIT $1",
        ["2 select users(id a)"],
    ),
    "routine": ("-- name: Close :exec\nSELECT close_account($1,$2);", ["2 call close_account(#2)"]),
    "semicolon_in_a_string": (
        "-- name: A :one\nSELECT id FROM users WHERE a = ';--' AND b = $$;$$;\n-- name: B :one\nSELECT id FROM teams;",
        ["2 select users(id a b)", "4 select teams(id)"],
    ),
    "definition_among_queries": (
        "-- name: create#\nCREATE TABLE users (id int);\n-- name: all\nSELECT id FROM users;",
        ["4 select users(id)"],
    ),
}

UNNAMED = {
    "src/find_user.sql": ("SELECT id\nFROM users\nWHERE id = $1\n", ["2 select users(id@1 id@3)"]),
    "src/add.sql": ("-- Adds.\nINSERT INTO users (id) VALUES (:id);", ["2 insert users(+id) complete"]),
    "app/queries/all.sql": ("SELECT id FROM users", ["1 select users(id)"]),
    "app/sql/report.sql": ("WITH a AS (SELECT id FROM users) SELECT id FROM a", ["1 select users(id)"]),
    "reports/all.sql": ("SELECT id FROM users", []),
    "schema.sql": ("SELECT id FROM users WHERE id = $1", []),
    "db/structure.sql": ("SELECT set_config('a', $1, false) FROM users", []),
    "db/seeds/users.sql": ("INSERT INTO users (id) VALUES (1)", []),
    "sql/users.sql": ("INSERT INTO users (id) VALUES (1)", []),
    "queries/seed_users.sql": ("SELECT id FROM users", []),
    "sql/tables.sql": ("CREATE TABLE users (id int);\nSELECT id FROM users WHERE id = :id", []),
    "sql/20240101_fix.sql": ("-- migrate:up\nUPDATE users SET a = :a", []),
    "migrations/001.up.sql": ("UPDATE users SET name = '$1'", []),
    "models/users.sql": ("SELECT id FROM {{ ref('users') }}", []),
    "src/template.sql": ("SELECT id FROM {{ table }} WHERE id = :id", []),
    "src/function.sql": (
        "CREATE FUNCTION f() RETURNS int AS $$ SELECT id FROM users WHERE id = $1 $$ LANGUAGE sql",
        [],
    ),
}


@pytest.mark.parametrize("case", NAMED)
def test_named_queries_are_run_by_the_program(case):
    source, expected = NAMED[case]
    assert shown("db/users.sql", source) == expected


@pytest.mark.parametrize("path", UNNAMED)
def test_a_file_without_names_is_a_query_where_it_takes_parameters_or_lies_among_queries(path):
    source, expected = UNNAMED[path]
    assert [line for line in shown(path, source) if " ? " not in line] == expected


def test_a_named_query_that_cannot_be_read_is_told():
    (line,) = shown("queries.sql", "-- name: A :one\n\nSELECT id FROM users WHERE (;")
    assert line.startswith("3 ? the SQL could not be parsed")


def test_a_table_from_a_template_is_told():
    assert shown("src/a.sql", "SELECT id\nFROM {{ table }}\nWHERE id = :id") == [f"2 ? {PUT_IN}"]


@pytest.mark.parametrize(
    "source", ["-- name: a\n" + "'" * 20_001, "/* " * 50_000, "$a$" * 30_001, "-- name: a\n" * 9_000]
)
def test_hostile_files_are_read_in_bounded_time(source):
    assert [line for line in shown("a.sql", source) if " ? " not in line] == []
