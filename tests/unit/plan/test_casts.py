import pytest

from midflight.plan.inverse.casts import cast_back, grade_of, keeps
from midflight.plan.model import Reversibility


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("character varying(20)", "character varying(50)"),
        ("character varying(20)", "text"),
        ("smallint", "bigint"),
        ("integer", "numeric"),
        ("date", "timestamp without time zone"),
    ],
)
def test_a_wider_type_keeps_every_value(old, new):
    assert keeps(old, new)
    assert not keeps(new, old)


@pytest.mark.parametrize(
    ("now", "then", "cast"),
    [
        ("text", "integer", "c::integer"),
        ("text", "jsonb", "c::jsonb"),
        ("jsonb", "text", ""),
        ("integer", "text", ""),
        ("bigint", "integer", ""),
        ("timestamp with time zone", "date", ""),
        ("integer", "boolean", "c::boolean"),
        ("mood", "other_mood", "c::text::other_mood"),
        ("text", "text[]", "c::text[]"),
        ("text[]", "text", ""),
    ],
)
def test_the_way_back_is_cast_where_the_server_does_not(now, then, cast):
    assert cast_back("c", now, then) == cast


@pytest.mark.parametrize(
    ("then", "now", "using", "grade"),
    [
        ("text", "character varying(50)", None, Reversibility.LOSSLESS),  # what does not fit is refused
        ("text", "character varying(50)", "left(c, 50)", Reversibility.IRREVERSIBLE),
        ("numeric(10,4)", "numeric(10,2)", None, Reversibility.IRREVERSIBLE),
        ("double precision", "integer", None, Reversibility.IRREVERSIBLE),
        ("bigint", "integer", None, Reversibility.LOSSLESS),
        ("integer", "bigint", None, Reversibility.LOSSY),
        ("timestamp without time zone", "date", None, Reversibility.IRREVERSIBLE),
        ("text", "jsonb", "to_jsonb(c)", Reversibility.LOSSY),
    ],
)
def test_the_grade_says_what_the_way_there_and_the_way_back_cost(then, now, using, grade):
    assert grade_of(then, now, using)[0] is grade
