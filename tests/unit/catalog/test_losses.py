"""What values lose when their column's type changes."""

import pytest

from midflight.catalog.losses import REPEATED, ZONED, loss_of


@pytest.mark.parametrize(
    ("old", "new", "loss"),
    [
        ("numeric(12,4)", "numeric(12,2)", "rounds each value to 2 digits behind the point"),
        ("numeric(12,4)", "numeric(12,1)", "rounds each value to 1 digit behind the point"),
        ("numeric", "numeric(10)", "rounds each value to 0 digits behind the point"),
        ("numeric", "integer", "rounds each value to a whole number"),
        ("double precision", "bigint", "rounds each value to a whole number"),
        ("double precision", "numeric(10,2)", "rounds each value to 2 digits behind the point"),
        ("numeric", "double precision", "keeps 15 digits of each value"),
        ("double precision", "real", "keeps 6 digits of each value"),
        ("bigint", "double precision", "rounds whole numbers of more than 15 digits"),
        ("timestamp without time zone", "date", "drops the time of day"),
        ("timestamp with time zone", "date", ZONED),
        ("timestamp without time zone", "timestamp with time zone", ZONED),
        ("timestamp with time zone", "timestamp without time zone", ZONED),
        ("date", "timestamp with time zone", ZONED),
        ("timestamp without time zone", "timestamp(3) without time zone", "rounds fractions of a second to 3 digits"),
        ("interval", "interval(0)", "rounds fractions of a second to 0 digits"),
        ("json", "jsonb", REPEATED),
    ],
)
def test_a_value_loses_what_the_new_type_has_no_room_for(old: str, new: str, loss: str) -> None:
    assert loss_of(old, new, cast=False) == loss


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("numeric(10,2)", "numeric(14,4)"),
        ("numeric(10,2)", "numeric"),
        ("numeric(10)", "bigint"),
        ("integer", "bigint"),
        ("integer", "double precision"),
        ("real", "double precision"),
        ("integer", "numeric(10,2)"),
        ("timestamp(3) without time zone", "timestamp without time zone"),
        ("timestamp(3) without time zone", "timestamp(6) without time zone"),
        ("date", "timestamp without time zone"),
        ("text", "character varying(10)"),
        ("text", "jsonb"),
        ("mood", "text"),
        ("text[]", "character varying(10)[]"),
    ],
)
def test_a_value_that_fits_or_is_refused_loses_nothing(old: str, new: str) -> None:
    assert loss_of(old, new, cast=False) == ""


@pytest.mark.parametrize(
    ("old", "new", "loss"),
    [
        ("text", "character varying(10)", "cuts texts to 10 characters"),
        ("character varying(20)", "character(5)", "cuts texts to 5 characters"),
        ("text", "character", "cuts texts to 1 characters"),
        ("character varying(5)", "character varying(10)", ""),
    ],
)
def test_a_cast_cuts_texts(old: str, new: str, loss: str) -> None:
    assert loss_of(old, new, cast=True) == loss
