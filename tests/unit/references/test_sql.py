"""SQL texts, and SQL in the strings of TypeScript."""

import pytest

from midflight.references.extractors import sql
from midflight.references.model import HOLE, Place, SqlText
from support.reference_lines import lines

QUERIES = {
    "aliases": (
        "SELECT p.id, f.name FROM projects p\nJOIN x.forms f ON f.project_id = p.id",
        ["1 select projects(id id@2)", "2 select x.forms(name@1 project_id)"],
    ),
    "one_relation": ("SELECT a, b FROM t WHERE c = $1 ORDER BY d", ["1 select t(a b c d)"]),
    "unqualified_in_a_join_is_left_out": (
        "SELECT a, t.b FROM t JOIN u ON u.c = t.d",
        ["1 select t(b d)", "1 select u(c)"],
    ),
    "names_are_folded": ('SELECT A, "B" FROM Tab', ["1 select tab(a B)"]),
    "star": ("SELECT * FROM t", ["1 select t() *"]),
    "star_of_one": ("SELECT t.*, u.a FROM t, u", ["1 select t() *", "1 select u(a)"]),
    "count_star": ("SELECT count(*) FROM t", ["1 select t()"]),
    "output_names": (
        "SELECT a AS n, count(*) AS total FROM t GROUP BY n ORDER BY total",
        ["1 select t(a)"],
    ),
    "using": ("SELECT t.a FROM t JOIN u USING (id)", ["1 select t(id a)", "1 select u(id)"]),
    "sub_query": (
        "SELECT a FROM t WHERE b IN (SELECT c FROM u WHERE u.d = t.e)",
        ["1 select t(a b e)", "1 select u(c d)"],
    ),
    "derived": ("SELECT x.a FROM (SELECT a FROM t) x", ["1 select t(a)"]),
    "common_table": (
        "WITH recent AS (SELECT id FROM projects) SELECT r.id FROM recent r JOIN t ON t.id = r.id",
        ["1 select t(id)", "1 select projects(id)"],
    ),
    "common_table_of_the_same_name": (
        "WITH projects AS (SELECT a FROM projects) SELECT a FROM projects",
        ["1 select projects(a)"],
    ),
    "writing_common_table": (
        "WITH gone AS (DELETE FROM t WHERE a = 1 RETURNING id) INSERT INTO log (id) SELECT id FROM gone",
        ["1 insert log(+id) complete", "1 delete t(id a)"],
    ),
    "union": ("SELECT a FROM t UNION SELECT b FROM u", ["1 select t(a)", "1 select u(b)"]),
    "insert": ("INSERT INTO t (a, b) VALUES ($1, $2)", ["1 insert t(+a +b) complete"]),
    "insert_without_columns": ("INSERT INTO t VALUES (1, 2)", ["1 insert t()"]),
    "insert_select": (
        "INSERT INTO t (a) SELECT b FROM u RETURNING id",
        ["1 insert t(+a id) complete", "1 select u(b)"],
    ),
    "upsert": (
        "INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING *",
        ["1 upsert t(+a +b b a) * complete conflict=a"],
    ),
    "do_nothing": (
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO NOTHING",
        ["1 insert t(+a a) complete conflict=a"],
    ),
    "update_from": (
        "UPDATE t SET a = 1, (b, c) = (2, 3) FROM u WHERE t.id = u.t_id",
        ["1 update t(+a +b +c id) complete", "1 select u(t_id)"],
    ),
    "delete_using": ("DELETE FROM t USING u WHERE t.a = u.b", ["1 delete t(a)", "1 select u(b)"]),
    "truncate": ("TRUNCATE TABLE t", ["1 delete t()"]),
    "merge": (
        "MERGE INTO t USING u ON t.a = u.b WHEN MATCHED THEN DELETE",
        ["1 update t(a)", "1 select u(b)"],
    ),
    "call": ("CALL do_it($1,$2)", ["1 call do_it(#2)"]),
    "function": ("SELECT create_project_atomic($1,$2)", ["1 call create_project_atomic(#2)"]),
    "function_named": ("SELECT f(1, a => 2, b := 3)", ["1 call f(#1 a, b)"]),
    "function_schema": ("SELECT x.f($1)", ["1 call x.f(#1)"]),
    "function_in_from": ("SELECT *\nFROM get_stats($1) s", ["2 call get_stats(#1)"]),
    "own_functions_only": (
        "SELECT now(), coalesce(a, 1), jsonb_build_object('a', b), gen_random_uuid(), auth.uid() FROM t",
        ["1 select t(a b)"],
    ),
    "json_operators": ("SELECT a->>'x' FROM t WHERE b @> '{}' AND c ? 'k'", ["1 select t(a b c)"]),
    "casts": ("SELECT a::text FROM t WHERE id = ANY($1::uuid[])", ["1 select t(a id)"]),
    "system": ("SELECT ctid, a FROM t", ["1 select t(a)"]),
    "catalogs": ("SELECT table_name FROM information_schema.tables", []),
    "whole_row": ("SELECT f(t) FROM t", ["1 select t()", "1 call f(#1)"]),
    "backticks": ("SELECT `a` FROM `t`", ["1 select t(a)"]),
    "dynamic_table": ("SELECT a FROM □", ["1 ? table name is put in by the code"]),
    "dynamic_schema": ('SELECT a FROM "□".t', ["1 ? schema name is put in by the code"]),
    "part_of_a_name": ("SELECT a FROM log_□", ["1 ? table name is put in by the code"]),
    "dynamic_value": ("SELECT a FROM t WHERE b = □ AND c IN □ LIMIT □", ["1 select t(a b c)"]),
    "dynamic_end": ("SELECT a FROM t WHERE b = 1 □ ORDER BY □", ["1 select t(a b)"]),
    "dynamic_columns": ("INSERT INTO t (□) VALUES (□)", ["1 insert t()"]),
    "dynamic_insert": ("INSERT INTO t □ RETURNING id", ["1 insert t(id)"]),
    "dynamic_set": ("UPDATE t SET □ WHERE id = 1", ["1 update t(id)"]),
    "braces": ("SELECT a FROM t WHERE b = {{id::uuid}} AND c > {{ since }}", ["1 select t(a b c)"]),
    "clickhouse_functions": ("SELECT blob1 FROM t WHERE timestamp >= toDateTime('2026-01-01') GROUP BY blob1", []),
    "analytics_engine": (
        "SELECT toStartOfInterval(timestamp, INTERVAL '1' DAY) AS d, sum(double1) FROM t GROUP BY d",
        [],
    ),
    "analytics_engine_columns": ("SELECT index1 AS app, COUNT(DISTINCT blob1) FROM t GROUP BY index1", []),
    "not_clickhouse": ("SELECT blob1 FROM t WHERE b >= to_date(c)", ["1 select t(blob1 b c)"]),
    "clickhouse": ("SELECT a FROM t WHERE b = {id:UUID} AND c IN {all:Array(String)}", []),
    "dynamic_text": ("SELECT a FROM t WHERE b LIKE '%□%'", ["1 select t(a b)"]),
}


@pytest.mark.parametrize("case", QUERIES)
def test_queries(case):
    text, expected = QUERIES[case]
    assert lines(sql.read(SqlText(Place("a", 1), text.replace("□", HOLE), certain=True))) == expected


def test_what_is_certainly_sql_and_cannot_be_read_is_told():
    text = "SELECT FROM WHERE"
    assert len(sql.read(SqlText(Place("a", 7), text, certain=True)).unresolved) == 1
    assert sql.read(SqlText(Place("a", 7), text, certain=True)).unresolved[0].line == 7
    assert sql.read(SqlText(Place("a", 7), text, certain=False)).unresolved == ()


def test_a_command_that_is_not_read_is_told():
    found = sql.read(SqlText(Place("a", 1), "VACUUM t", certain=True))
    assert lines(found) == ["1 ? the SQL command VACUUM is not read"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT a FROM t -- " + "x" * 200_000, "the SQL text is longer than 200 KB"),
        ("SELECT " + "(" * 10_000 + "1" + ")" * 10_000, "the SQL text is nested too deeply"),
        ("SELECT " + "f(" * 90 + "1" + ")" * 90, "the SQL text is nested too deeply"),
        ("SELECT " + "NOT " * 5_000 + "a FROM t", "the SQL text is nested too deeply"),
    ],
)
def test_hostile_texts_are_skipped_with_the_reason(text, reason):
    assert lines(sql.read(SqlText(Place("a", 1), text))) == [f"1 ? {reason}"]
