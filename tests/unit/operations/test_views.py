"""Views: what they give and what they read."""

import pytest

from midflight.operations import model as op
from midflight.operations.shapes import Name
from support.sql_scripts import AT, operation


def view(query: str) -> op.CreateView:
    found = operation(f"CREATE VIEW v AS {query}")
    assert isinstance(found, op.CreateView)
    return found


def test_a_view_knows_its_columns_its_relations_and_its_definition():
    assert operation("CREATE VIEW s.v AS SELECT a.x, b.y AS z FROM t a JOIN s.u b ON a.id = b.t_id") == op.CreateView(
        AT,
        name=Name("v", "s"),
        columns=("x", "z"),
        query="SELECT a.x, b.y AS z FROM t a JOIN s.u b ON a.id = b.t_id",
        definition="CREATE OR REPLACE VIEW s.v AS SELECT a.x, b.y AS z FROM t a JOIN s.u b ON a.id = b.t_id",
        depends=(Name("t"), Name("u", "s")),
        reads=(
            (Name("t"), "x"),
            (Name("u", "s"), "y"),
            (Name("t"), "id"),
            (Name("u", "s"), "t_id"),
        ),
    )


def test_options_of_a_view_are_kept():
    found = operation("create or replace temp view v with (security_invoker) as select 1 as a with local check option")
    assert isinstance(found, op.CreateView)
    assert found.options == ("security_invoker=true", "check_option=local")
    assert (found.or_replace, found.temporary) == (True, True)
    assert found.definition.startswith("create or replace temp view v")


def test_a_materialized_view_cannot_be_replaced():
    found = operation("CREATE MATERIALIZED VIEW IF NOT EXISTS v (k) AS SELECT a FROM t WITH NO DATA")
    assert isinstance(found, op.CreateView)
    assert (found.materialized, found.if_not_exists, found.with_data) == (True, True, False)
    assert found.columns == ("k",)
    assert found.definition.startswith("CREATE MATERIALIZED VIEW IF NOT EXISTS v")


def test_refresh_of_a_view():
    assert operation("REFRESH MATERIALIZED VIEW CONCURRENTLY s.v") == op.RefreshView(
        AT, name=Name("v", "s"), concurrently=True
    )


@pytest.mark.parametrize(
    ("targets", "columns"),
    [
        ("a, t.b, s.t.c, d AS e", ("a", "b", "c", "e")),
        ("*, t.*, 1 AS n", ("*", "*", "n")),
        ("count(*), max(a), s.f(b)", ("count", "max", "f")),
        ("a::text, 'x'::text, 1", ("a", "text", "?column?")),
        ("coalesce(a, 1), nullif(a, 1), greatest(a, 1), least(a, 1)", ("coalesce", "nullif", "greatest", "least")),
        ("CASE WHEN a THEN 1 END, CASE WHEN a THEN 1 ELSE b END", ("case", "b")),
        ("CASE WHEN a THEN 1 ELSE '2'::int END, 1::int::text, (SELECT 1::int)", ("case", "text", "int4")),
        ("CASE WHEN a THEN b ELSE (SELECT 1 AS q) END, (SELECT 1)", ("q", "?column?")),
        (
            "current_timestamp(3), extract(year from a), xmlelement(name x)",
            ("current_timestamp", "extract", "xmlelement"),
        ),
        (
            "json_object('a': 1), json_array(1), json_value(a, '$'), JSON('1')",
            ("json_object", "json_array", "json_value", "json"),
        ),
        ("ARRAY[1], ROW(1, 2), (a).b, a[1]", ("array", "row", "b", "a")),
        ("EXISTS (SELECT 1), ARRAY(SELECT 1), (SELECT max(x) FROM u)", ("exists", "array", "max")),
        ('current_date, current_user, a COLLATE "C", a + 1', ("current_date", "current_user", "a", "?column?")),
    ],
)
def test_columns_are_named_as_the_server_names_them(targets, columns):
    assert view(f"SELECT {targets} FROM t").columns == columns


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT a FROM t UNION SELECT b FROM u", ("a",)),
        ("VALUES (1, 2), (3, 4)", ("column1", "column2")),
        ("WITH c AS (SELECT 1) SELECT n FROM c", ("n",)),
    ],
)
def test_the_first_branch_names_the_columns(query, columns):
    assert view(query).columns == columns


def test_a_column_list_renames_the_first_columns():
    found = operation("CREATE VIEW v (p) AS SELECT a, b FROM t")
    assert isinstance(found, op.CreateView)
    assert found.columns == ("p", "b")


def test_a_column_list_over_a_star_leaves_the_rest_open():
    found = operation("CREATE VIEW v (p, q) AS SELECT * FROM t")
    assert isinstance(found, op.CreateView)
    assert found.columns == ("p", "q", "*")


@pytest.mark.parametrize(
    ("query", "depends"),
    [
        ("WITH c AS (SELECT 1 FROM a) SELECT 1 FROM c, s.c", (Name("a"), Name("c", "s"))),
        ("SELECT 1 FROM (SELECT 1 FROM a) x LEFT JOIN b ON true", (Name("a"), Name("b"))),
        ("SELECT (SELECT 1 FROM a) WHERE EXISTS (SELECT 1 FROM b)", (Name("a"), Name("b"))),
        ("SELECT 1 FROM f(1) x, LATERAL (SELECT 1 FROM a) y", (Name("a"),)),
        ("SELECT 1 FROM a UNION SELECT 2 FROM b EXCEPT SELECT 3 FROM a", (Name("a"), Name("b"))),
        ("SELECT 1", ()),
    ],
)
def test_a_view_depends_on_every_relation_in_its_query_but_not_on_its_own_ctes(query, depends):
    assert set(view(query).depends) == set(depends)


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("SELECT a, max(b) FROM t WHERE c GROUP BY d ORDER BY e", {("t", x) for x in "abcde"}),
        ("SELECT a AS z FROM t ORDER BY z", {("t", "a")}),
        ("SELECT t.a, b FROM t, u", {("t", "a")}),
        ("SELECT * FROM t", {("t", "*")}),
        ("SELECT t.* FROM t, u", {("t", "*")}),
        ("SELECT row_to_json(x) FROM t x", {("t", "*")}),
        ("SELECT x.a FROM (SELECT b FROM t) x", {("t", "b")}),
        ("SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)", {("u", "t_id"), ("t", "id")}),
        ("SELECT 1 FROM t WHERE EXISTS (SELECT c FROM u)", set()),
        ("WITH u AS (SELECT a FROM t) SELECT u.a, b FROM u", {("t", "a")}),
        ("SELECT a FROM t UNION ALL SELECT b FROM u", {("t", "a"), ("u", "b")}),
    ],
)
def test_a_column_is_read_where_the_text_ties_it_to_one_relation(query, reads):
    assert {(relation.name, column) for relation, column in view(query).reads} == reads
