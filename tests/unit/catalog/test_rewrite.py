import pytest

from midflight.catalog.rewrite import (
    after_parentheses,
    after_relation,
    expand_star,
    identifiers,
    parse_name,
    rename_identifiers,
    rename_relation,
    rename_sequence,
)
from midflight.operations.shapes import Name


def test_strings_comments_and_longer_words_are_not_renamed():
    sql = "a > 'a' AND ab = \"a\" -- a\n AND E'\\'a' = $$ a $$ /* a */"
    assert rename_identifiers(sql, {"a": "b"}) == "b > 'a' AND ab = b -- a\n AND E'\\'a' = $$ a $$ /* a */"


def test_a_new_name_is_quoted_where_it_must_be():
    assert rename_identifiers("x > 1", {"x": "Order"}) == '"Order" > 1'


def test_a_name_with_a_quote_is_found():
    assert rename_identifiers('"a""b" > 1', {'a"b': "c"}) == "c > 1"


def test_an_unclosed_string_ends_nothing():
    assert "b" in identifiers("a = 'unclosed AND b")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT t.a FROM t", "SELECT t.a FROM s.t"),
        ("SELECT public.t.a FROM public.t", "SELECT s.t.a FROM s.t"),
        ("SELECT x.t FROM x", "SELECT x.t FROM x"),
    ],
)
def test_a_moved_table_is_found_in_a_query(sql, expected):
    assert rename_relation(sql, Name("t", "public"), Name("t", "s")) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM t", "SELECT a, b FROM t"),
        ("SELECT x.*, 1 FROM t x", "SELECT x.a, x.b, 1 FROM t x"),
        ("SELECT count(*), 2 * 3, * FROM t", "SELECT count(*), 2 * 3, a, b FROM t"),
    ],
)
def test_a_star_is_expanded(sql, expected):
    assert expand_star(sql, ("a", "b")) == expected


def test_the_rest_of_a_definition_is_found():
    assert after_parentheses("UNIQUE (a, lower(b)) INCLUDE (c)") == " INCLUDE (c)"
    assert after_relation("CREATE INDEX i ON ONLY public.t USING gin (a)", "ON") == " USING gin (a)"
    assert after_relation('FOREIGN KEY (a) REFERENCES "T" (id) ON DELETE CASCADE', "REFERENCES").strip() == (
        "(id) ON DELETE CASCADE"
    )


def test_the_sequence_of_a_default_is_renamed():
    default = "nextval('public.t_id_seq'::regclass)"
    assert rename_sequence(default, Name("t_id_seq", "public"), Name("q", "s")) == "nextval('s.q'::regclass)"
    assert rename_sequence("'t_id_seq'", Name("t_id_seq", "public"), Name("q", "s")) == "'t_id_seq'"


@pytest.mark.parametrize(
    ("text", "name"),
    [("a", Name("a")), ('S."T"', Name("T", "s")), ("a.b.c", None), ("a b", None), ("", None), ("a.", None)],
)
def test_a_name_is_one_or_two_identifiers(text, name):
    assert parse_name(text) == name
