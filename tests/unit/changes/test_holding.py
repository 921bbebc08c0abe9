"""Many paths searched as one text give what one search of each would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midflight.changes.holding import BEGIN, paths_holding

PARTS = ("ab", ".sql", "/a", f"{BEGIN}b")
TEXT = st.text(st.sampled_from("ab/.sqlé\n\udcff"), min_size=1, max_size=12)


@given(st.lists(TEXT, max_size=8))
def test_a_path_is_given_once_and_in_order(paths: list[str]) -> None:
    expected = [path for path in paths if any(part in f"{BEGIN}{path}" for part in PARTS)]

    assert list(paths_holding(paths, PARTS)) == expected


@pytest.mark.parametrize("paths", [[], ["c"], ["xb", "c/b"]])
def test_a_part_does_not_reach_from_one_path_into_the_next(paths: list[str]) -> None:
    assert list(paths_holding(paths, PARTS)) == []
