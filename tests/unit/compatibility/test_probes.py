"""The statement that shows on a server whether a reference holds."""

import pytest

from midflight.catalog.model import Catalog
from midflight.compatibility.probes import NoProbe, Probe, probe_of
from midflight.references.languages import extract
from midflight.references.model import (
    HOLE,
    Access,
    Api,
    ColumnUse,
    Place,
    RoutineReference,
    TableReference,
    Verb,
)
from support.schemas import folded

HERE = Place("a.ts", 1)
PUT_IN = "the program puts a part of the statement in when it runs"

CODE = {
    "supabase-js select": (
        "a.ts",
        'await supabase.from("projects").select("id, title").eq("owner", me);',
        ['select t."id", t."title", t."owner" from "public"."projects" as t'],
    ),
    "supabase-js select star": (
        "a.ts",
        'await supabase.from("projects").select("*").order("created_at");',
        ['select t.*, t."created_at" from "public"."projects" as t'],
    ),
    "supabase-js embed": (
        "a.ts",
        'await supabase.from("projects").select("id, forms(name)");',
        [
            'select t."id" from "public"."projects" as t',
            "- `forms` is embedded by the name of a foreign key or a column",
        ],
    ),
    "supabase-js schema": (
        "a.ts",
        'await supabase.schema("crm").from("deals").select("id");',
        ['select t."id" from "crm"."deals" as t'],
    ),
    "supabase-js insert": (
        "a.ts",
        'await supabase.from("projects").insert({ title: t, owner: me });',
        ['insert into "public"."projects" as t ("title", "owner") values ($1, $2)'],
    ),
    "supabase-js insert returning": (
        "a.ts",
        'await supabase.from("projects").insert({ title: t }).select("id");',
        ['insert into "public"."projects" as t ("title") values ($1) returning t."id"'],
    ),
    "supabase-js update": (
        "a.ts",
        'await supabase.from("projects").update({ title: t }).eq("id", id);',
        ['update "public"."projects" as t set "title" = $1 where t."id" is not null'],
    ),
    "supabase-js upsert": (
        "a.ts",
        'await supabase.from("projects").upsert({ slug: s, title: t }, { onConflict: "slug" });',
        [
            (
                'insert into "public"."projects" as t ("slug", "title") values ($1, $2) on conflict ("slug")'
                ' do update set "slug" = excluded."slug", "title" = excluded."title"'
            )
        ],
    ),
    "supabase-js delete": (
        "a.ts",
        'await supabase.from("projects").delete().eq("id", id);',
        ['delete from "public"."projects" as t where t."id" is not null'],
    ),
    "supabase-js rpc": (
        "a.ts",
        'await supabase.rpc("close_project", { p_id: id, p_note: n });',
        ['select * from "public"."close_project"("p_id" => $1, "p_note" => $2)'],
    ),
    "supabase-js rpc none": ("a.ts", 'await supabase.rpc("refresh");', ['select * from "public"."refresh"()']),
    "supabase-js rpc dynamic": (
        "a.ts",
        'await supabase.rpc("close_project", given);',
        ["- the arguments of `close_project` are put together when it runs"],
    ),
    "supabase-js type": ("a.ts", 'const row: Tables<"projects"> = read();', ["- "]),
    "supabase-js watch": (
        "a.ts",
        'supabase.channel("c").on("postgres_changes", { event: "*", schema: "public", table: "projects" }, f);',
        ["- "],
    ),
    "supabase-py select": (
        "a.py",
        'supabase.table("projects").select("id").eq("owner", me).execute()',
        ['select t."id", t."owner" from "public"."projects" as t'],
    ),
    "supabase-py rpc": (
        "a.py",
        'supabase.rpc("close_project", {"p_id": 1}).execute()',
        ['select * from "public"."close_project"("p_id" => $1)'],
    ),
    "pg": (
        "a.ts",
        'pool.query("SELECT id FROM projects WHERE owner = $1 AND title LIKE $2", [a, b]);',
        ["SELECT id FROM projects WHERE owner = $1 AND title LIKE $2"],
    ),
    "postgres.js": (
        "a.ts",
        "await sql`SELECT id FROM projects WHERE owner = ${me} LIMIT ${n}`;",
        ["SELECT id FROM projects WHERE owner = $1 LIMIT $2"],
    ),
    "postgres.js fragment": (
        "a.ts",
        "await sql`SELECT id FROM projects ${where}`;",
        ["- the program puts a part of the statement in when it runs"],
    ),
    "prisma raw": (
        "a.ts",
        "await prisma.$queryRaw`UPDATE projects SET title = ${t} WHERE id = ${id}`;",
        ["UPDATE projects SET title = $1 WHERE id = $2"],
    ),
    "knex raw": (
        "a.ts",
        'knex.raw("SELECT id FROM projects WHERE owner = ?", [me]);',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "psycopg": (
        "a.py",
        "cur.execute(\"SELECT id FROM projects WHERE owner = %s AND title LIKE 'a%%'\", (me,))",
        ["SELECT id FROM projects WHERE owner = $1 AND title LIKE 'a%'"],
    ),
    "psycopg named": (
        "a.py",
        'cur.execute("SELECT id FROM projects WHERE owner = %(o)s OR editor = %(o)s", {"o": me})',
        ["SELECT id FROM projects WHERE owner = $1 OR editor = $1"],
    ),
    "f-string": (
        "a.py",
        'cur.execute(f"SELECT id FROM projects WHERE {column} = 1")',
        ["- the program puts a part of the statement in when it runs"],
    ),
    "sqlalchemy text": (
        "a.py",
        'session.execute(text("SELECT id FROM projects WHERE owner = :owner"))',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "asyncpg": (
        "a.py",
        'await conn.fetch("INSERT INTO projects (title) VALUES ($1) RETURNING id", t)',
        ["INSERT INTO projects (title) VALUES ($1) RETURNING id"],
    ),
    "Go": (
        "a.go",
        'package a\nfunc f() { db.Query("SELECT id FROM projects WHERE owner = $1", me) }',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "Go named": (
        "a.go",
        'package a\nfunc f() { db.NamedExec("UPDATE projects SET title = :title WHERE id = :id", p) }',
        ["UPDATE projects SET title = $1 WHERE id = $2"],
    ),
    "Rust": (
        "a.rs",
        'fn f() { sqlx::query!("SELECT id FROM projects WHERE owner = $1", me); }',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "Java": (
        "A.java",
        'class A { void f() { c.prepareStatement("SELECT id FROM projects WHERE owner = ?"); } }',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "Java call": (
        "A.java",
        'class A { void f() { c.prepareCall("{call close_project(?, ?)}"); } }',
        ["call close_project($1, $2)"],
    ),
    "Java function": (
        "A.java",
        'class A { void f() { c.prepareStatement("SELECT close_project(?)"); } }',
        ["SELECT close_project($1)"],
    ),
    "Kotlin": (
        "a.kt",
        'fun f() { jdbc.queryForList("DELETE FROM projects WHERE id = ?", id) }',
        ["DELETE FROM projects WHERE id = $1"],
    ),
    "C#": (
        "a.cs",
        'class A { void F() { c.Query("SELECT id FROM projects WHERE owner = @owner"); } }',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "Ruby": (
        "a.rb",
        'connection.exec_params("SELECT id FROM projects WHERE owner = $1", [me])',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "Ruby interpolation": (
        "a.rb",
        'connection.execute("SELECT id FROM projects WHERE id IN (#{ids})")',
        ["SELECT id FROM projects WHERE id IN ($1)"],
    ),
    "PHP": (
        "a.php",
        '<?php $db->prepare("SELECT id FROM projects WHERE owner = :owner");',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "Elixir": (
        "a.ex",
        'defmodule A do\n  def f, do: Repo.query("SELECT id FROM projects WHERE owner = $1", [me])\nend',
        ["SELECT id FROM projects WHERE owner = $1"],
    ),
    "sqlc": (
        "queries/a.sql",
        "-- name: GetProject :one\nSELECT id FROM projects WHERE id = $1 AND slug = sqlc.arg(slug);",
        ["SELECT id FROM projects WHERE id = $1 AND slug = $2"],
    ),
    "pgtyped": (
        "a.sql",
        "/* @name GetProject */\nSELECT id FROM projects WHERE id = :id! AND slug IN :slugs;",
        ["SELECT id FROM projects WHERE id = $1 AND slug in ($2)"],
    ),
    "upsert text": (
        "a.py",
        "cur.execute(\"INSERT INTO projects (slug) VALUES (%s) ON CONFLICT (slug) DO UPDATE SET slug = 'a'\", r)",
        ["INSERT INTO projects (slug) VALUES ($1) ON CONFLICT (slug) DO UPDATE SET slug = 'a'"],
    ),
    "merge": (
        "a.py",
        'cur.execute("MERGE INTO projects p USING drafts d ON p.id = d.id WHEN MATCHED THEN UPDATE SET a = d.a")',
        ["MERGE INTO projects p USING drafts d ON p.id = d.id WHEN MATCHED THEN UPDATE SET a = d.a"],
    ),
    "two statements": ("a.py", 'cur.execute("DELETE FROM projects; DROP TABLE projects")', ["- it is 2 statements"]),
    "makes a table": ("a.py", 'cur.execute("SELECT id INTO copied FROM projects")', ["- it makes a table"]),
    "truncates": ("a.py", 'cur.execute("TRUNCATE TABLE projects")', ["- it is no query"]),
    "MySQL": (
        "a.py",
        'cur.execute("SELECT `id` FROM `projects`")',
        ['- PostgreSQL\'s grammar does not read it: syntax error at or near "FROM"'],
    ),
    "literal with a hole": (
        "a.py",
        "cur.execute(f\"SELECT id FROM projects WHERE title LIKE '%{word}%'\")",
        ["SELECT id FROM projects WHERE title LIKE $1"],
    ),
    "json operator": (
        "a.ts",
        'pool.query("SELECT id FROM projects WHERE settings ? $1", [k]);',
        ["SELECT id FROM projects WHERE settings ? $1"],
    ),
    "cast": (
        "a.ts",
        'pool.query("SELECT id::text FROM projects WHERE id = ANY($1::uuid[])", [k]);',
        ["SELECT id::text FROM projects WHERE id = ANY($1::uuid[])"],
    ),
    "Diesel": (
        "schema.rs",
        (
            "diesel::table! { projects (id) { id -> Int4, title -> Text, } }\n"
            "#[derive(Queryable)]\n#[diesel(table_name = projects)]\nstruct Project { id: i32, title: String }"
        ),
        ['select t."id", t."title" from "projects" as t'],
    ),
    "Prisma": (
        "schema.prisma",
        (
            "model Project {\n  id Int @id @default(autoincrement())\n"
            '  title String @map("name")\n  @@map("projects")\n}\n'
        ),
        ['insert into "projects" as t ("name") values ($1)', 'select t."id", t."name" from "projects" as t'],
    ),
}


@pytest.mark.parametrize(("path", "source", "expected"), CODE.values(), ids=CODE)
def test_code_becomes_the_statement_that_it_sends(path, source, expected):
    probes = dict.fromkeys(probe_of(reference) for reference in extract(path, source.encode()).references)
    assert [p.sql if isinstance(p, Probe) else f"- {p.reason}" for p in probes] == expected


def column(name, access=Access.READ, *, shared=False):
    return ColumnUse(name, access, HERE, shared)


def of_text(query):
    return probe_of(TableReference(HERE, "t", Verb.SELECT, Api.SQL, query=query))


def test_parameters_are_counted_and_a_call_is_told_from_a_query():
    assert of_text("UPDATE t SET a = %s WHERE b = %s") == Probe("UPDATE t SET a = $1 WHERE b = $2", 2, "update")
    assert of_text("CALL f(?, ?)") == Probe("CALL f($1, $2)", 2, "call")


def test_numbers_that_leave_gaps_are_closed():
    assert of_text("SELECT $2, $5, $2") == Probe("SELECT $1, $2, $1", 2)


def test_a_parameter_in_braces_keeps_its_cast():
    assert of_text("SELECT a FROM t WHERE b = {{site::uuid}} AND c > {{ from }}") == Probe(
        "SELECT a FROM t WHERE b = $1::uuid AND c > $2", 2
    )


def test_what_looks_like_a_parameter_inside_a_literal_or_a_name_stays():
    query = """SELECT ':a', "b?:c", $x$ :d %s $x$, E'\\':e', f::text -- :g\nFROM t"""
    assert of_text(query) == Probe(query)


def test_a_mapper_writes_its_columns_by_their_exact_names():
    reference = TableReference(HERE, 'odd"name', Verb.SELECT, Api.SQL, columns=(column("createdAt"),), mapped=True)
    assert probe_of(reference) == Probe('select t."createdAt" from "odd""name" as t')


def test_an_upsert_may_name_its_constraint():
    reference = TableReference(
        HERE, "t", Verb.UPSERT, Api.SQL, columns=(column("a", Access.WRITE),), conflict_name="t_a_key"
    )
    (words,) = (probe_of(reference).sql,)
    assert words.endswith('values ($1) on conflict on constraint "t_a_key" do update set "a" = excluded."a"')


def test_an_insert_without_known_columns_takes_the_defaults():
    assert probe_of(TableReference(HERE, "t", Verb.INSERT, Api.SQL)).sql == 'insert into "t" as t default values'


def test_an_update_without_known_columns_looks_whether_the_table_and_its_filter_are_there():
    reference = TableReference(HERE, "t", Verb.UPDATE, Api.SQL, columns=(column("a"),))
    assert probe_of(reference).sql == 'select t."a" from "t" as t'


def test_a_column_that_may_be_another_table_s_is_left_out():
    reference = TableReference(HERE, "t", Verb.SELECT, Api.SQL, columns=(column("a"), column("b", shared=True)))
    assert probe_of(reference).sql == 'select t."a" from "t" as t'


def test_an_embedded_relation_is_tried_where_a_catalog_knows_it():
    reference = TableReference(HERE, "forms", Verb.SELECT, Api.POSTGREST, columns=(column("name"),), embedded=True)
    known = folded("CREATE TABLE forms (name text);")
    assert probe_of(reference, known) == Probe('select t."name" from "public"."forms" as t')
    assert probe_of(reference, Catalog()).reason == "`forms` is embedded by the name of a foreign key or a column"


def test_arguments_by_place_and_by_name_are_given_as_the_code_gives_them():
    reference = RoutineReference(HERE, "f", Api.SQL, arguments=("b",), count=1)
    assert probe_of(reference) == Probe('select * from "f"($1, "b" => $2)', 2)


HOSTILE = {
    "a second statement": "SELECT 1; DROP TABLE t",
    "a second statement behind a comment": "SELECT 1 /* */; -- x\nDELETE FROM t",
    "a block": "DO $$ BEGIN PERFORM 1; END $$",
    "a program": "COPY t FROM PROGRAM 'id'",
    "an end of the transaction": "COMMIT",
    "another role": "RESET ROLE",
    "a plan that runs": "EXPLAIN ANALYZE DELETE FROM t",
    "a prepared one": "EXECUTE p(1)",
    "a new table": "CREATE TABLE x AS SELECT 1",
    "a new table in a query": "WITH a AS (SELECT 1) SELECT * INTO x FROM a",
    "a cursor": "DECLARE c CURSOR FOR SELECT 1",
    "nothing": "   ",
    "too much": f"SELECT {'1,' * 20_000} 1",
    "too deep": f"SELECT {'f(' * 3_000}1{')' * 3_000}",
    "a zero byte": "SELECT '\0'",
    "a lone surrogate": "SELECT '\ud800'",
    "a name put in": f'SELECT "{HOLE}" FROM t',
    "a table put in": f"SELECT a FROM {HOLE}",
    "an open literal": "SELECT 'a",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_one_whole_query_is_never_sent(query):
    probe = of_text(query)
    assert isinstance(probe, NoProbe)
    assert probe.reason


@pytest.mark.parametrize("before", ["WHERE", "AND", "ORDER BY a", "FROM t", "SET", "SELECT a AS"])
def test_a_part_of_the_statement_that_is_no_value_gives_no_probe(before):
    assert of_text(f"SELECT a FROM t {before} {HOLE}") == NoProbe(PUT_IN)


def test_a_number_that_the_program_counts_is_a_parameter():
    assert of_text(f"SELECT a FROM t WHERE b = $1 LIMIT ${HOLE}") == Probe("SELECT a FROM t WHERE b = $1 LIMIT $2", 2)
    assert of_text(f"SELECT a FROM t${HOLE}") == NoProbe(PUT_IN)
