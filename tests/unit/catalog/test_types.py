"""Which type changes running code does not notice."""

import pytest

from midflight.catalog.types import widens

CASES = [
    ("text", "text", True),
    ("character varying(10)", "character varying(20)", True),
    ("character varying(20)", "character varying(10)", False),
    ("character varying(10)", "text", True),
    ("text", "character varying(10)", False),
    ("text", "character varying", True),
    ("numeric(10,2)", "numeric(12,2)", True),
    ("numeric(10,2)", "numeric(12,4)", False),
    ("numeric(10,2)", "numeric", True),
    ("smallint", "integer", True),
    ("integer", "bigint", False),
    ("text", "jsonb", False),
    ("timestamp(3) without time zone", "timestamp(6) without time zone", True),
    ("timestamp without time zone", "timestamp with time zone", False),
    ("text[]", "text", False),
    ("public.mood", "text", False),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_a_type_widens_when_every_old_value_reads_the_same(old: str, new: str, expected: bool) -> None:
    assert widens(old, new) is expected
