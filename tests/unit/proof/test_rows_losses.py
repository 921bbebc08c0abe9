"""What is lost of rows, and what checks are read to want."""

import pytest

from midflight.operations.shapes import Name
from midflight.proof.losses import Kept, losses
from midflight.proof.values import Types, Wanted, value_of
from midflight.proof.wanted import wanted_of

T = Name("items", "public")


def kept(before, after, keys=(0,)):
    return [Kept(T, ("id", "name"), frozenset(keys), tuple(before), tuple(after))]


def test_equal_rows_in_another_order_lose_nothing():
    assert losses(kept([(1, 7), (2, None)], [(2, None), (1, 7)])) == ()


def test_rows_that_are_gone_are_counted_and_their_values_are_not_counted_again():
    assert losses(kept([(1, 7), (2, 8)], [(1, 7)])) == ("1 of 2 rows of `items`",)


def test_values_are_counted_of_those_that_there_were():
    assert losses(kept([(1, 7), (2, 8), (3, None)], [(1, None), (2, 9), (3, None)])) == (
        "`items.name` (2 of 2 values)",
    )


def test_without_a_primary_key_values_are_compared_as_a_whole():
    assert losses(kept([(1, 7), (2, 8)], [(1, 8), (2, 9)], keys=())) == ("`items.name` (1 of 2 values)",)


@pytest.mark.parametrize(
    ("check", "wanted"),
    [
        ("((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))", Wanted(("'x'", "'y'"))),
        ("((a >= 1) AND (a <= 5))", Wanted(low=1, high=5)),
        ("(a > (0)::numeric)", Wanted(low=1)),
        ("(length((a)::text) = 5)", Wanted(shortest=5, longest=5)),
        ("(char_length(a) <= 20)", Wanted(longest=20)),
        ("(a ~ '^[a-z]+$'::text)", Wanted(pattern=True)),
        ("(other > 3)", Wanted()),
        ("(aa > 3)", Wanted()),
    ],
)
def test_checks_are_read_for_what_they_want(check, wanted):
    assert wanted_of("a", [check]) == wanted


def test_a_type_without_a_known_value_has_none():
    assert value_of("made_up", Types(), Wanted(), distinct=False) == ""
