"""The small languages inside PostgREST calls."""

import pytest

from midflight.references.model import HOLE
from midflight.references.postgrest import Selection, column_path, parse_logic, parse_select


def tree(selection: Selection) -> list[object]:
    """Column names and `*`, and for each embedded relation its table, alias, hint and own tree."""
    found: list[object] = ["*"] if selection.star else []
    found += [column.name for column in selection.columns]
    found += [(embed.table, embed.alias, embed.hint, tree(embed.selection)) for embed in selection.embeds]
    return found


SELECTS = {
    "a, b": ["a", "b"],
    "*": ["*"],
    "": [],
    "alias:a": ["a"],
    "alias:a::text": ["a"],
    "a::text": ["a"],
    "a->b->>c": ["a"],
    "x:a->>'b'": ["a"],
    '"Odd name", b': ["Odd name", "b"],
    "count": [],
    "total:count()": [],
    "amount.sum()": ["amount"],
    "s:amount.sum()::text": ["amount"],
    "a,rel(b,c)": ["a", ("rel", "rel", "", ["b", "c"])],
    "x:rel!fk(b)": [("rel", "x", "fk", ["b"])],
    "rel!inner(b)": [("rel", "rel", "", ["b"])],
    "rel!fk!left(b)": [("rel", "rel", "fk", ["b"])],
    "...rel(b)": [("rel", "rel", "", ["b"])],
    "rel(b, deep(c, *))": [("rel", "rel", "", ["b", ("deep", "deep", "", ["*", "c"])])],
    "rel()": [("rel", "rel", "", [])],
    "rel(b": [("rel", "rel", "", ["b"])],
}


@pytest.mark.parametrize("text", SELECTS)
def test_select_lists(text):
    assert tree(parse_select(text, 1)) == SELECTS[text]


def test_an_unbalanced_list_says_that_a_part_is_missing():
    assert parse_select("a) , b", 1).holes


def test_a_list_with_a_hole_keeps_the_rest():
    selection = parse_select(f"a, {HOLE}, b", 1)
    assert (tree(selection), selection.holes) == (["a", "b"], True)


def test_columns_know_their_lines():
    selection = parse_select("\n a,\n rel(\n  b\n )", 10)
    assert [(column.name, column.line) for column in selection.columns] == [("a", 11)]
    assert (selection.embeds[0].line, selection.embeds[0].selection.columns[0].line) == (12, 13)


@pytest.mark.parametrize("text", ["a(" * 60 + "b", "x" * 60_000])
def test_lists_beyond_all_bounds_are_left_unread(text):
    assert parse_select(text, 1).holes


LOGIC = {
    "a.eq.1": ["a"],
    "a.eq.1,b.gt.2": ["a", "b"],
    "and(a.eq.1,b.eq.2),c.is.null": ["a", "b", "c"],
    "not.and(a.eq.1,b.eq.2)": ["a", "b"],
    "a.in.(1,2,3),b.eq.x": ["a", "b"],
    "a.cs.{1,2},b.eq.x": ["a", "b"],
    'a.eq."x,y.eq.z",b.eq.1': ["a", "b"],
    "a.not.is.null": ["a"],
    "a->>b.eq.1": ["a"],
    "a.like(any).{x,y}": ["a"],
    "a.wfts(english).word": ["a"],
    f"a.eq.{HOLE},b.eq.1": ["a", "b"],
    f"{HOLE}.eq.1,b.eq.1": ["b"],
    "nonsense": [],
}


@pytest.mark.parametrize("text", LOGIC)
def test_logic(text):
    assert [column.name for column in parse_logic(text, 1)] == LOGIC[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ((), "a")),
        ("rel.a", (("rel",), "a")),
        ("rel.deep.a", (("rel", "deep"), "a")),
        ("a->>'x.y'", ((), "a")),
        ("rel(a)", (("rel",), "a")),
        ("data::text", ((), "data")),
    ],
)
def test_column_paths(text, expected):
    assert column_path(text) == expected
