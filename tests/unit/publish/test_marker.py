"""The marker survives every key, and nothing else is a marker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midflight.publish.marker import Marker, marker_line, parse_marker

HEAD = "0123456789abcdef0123456789abcdef01234567"


def test_the_marker_is_a_hidden_line():
    line = marker_line(Marker("midflight", HEAD))
    assert line == f"<!-- midflight:comment v1 key=midflight head={HEAD} -->"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_every_key_is_read_back_and_ends_no_comment(key):
    line = marker_line(Marker(key, HEAD))
    assert parse_marker(f"{line}\nbody") == Marker(key, HEAD)
    assert line.index("-->") == len(line) - 3
    assert "\n" not in line


def test_a_later_version_is_ours_too():
    assert parse_marker(f"<!-- midflight:comment v2 key=a%20b head={HEAD} -->") == Marker("a b", HEAD)


def test_a_line_end_of_windows_is_no_difference():
    assert parse_marker(f"{marker_line(Marker('k', HEAD))}\r\nbody") == Marker("k", HEAD)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "report",
        f"> <!-- midflight:comment v1 key=k head={HEAD} -->",
        f"text\n<!-- midflight:comment v1 key=k head={HEAD} -->",
        f"<!-- midflight:comment v1 key=k head={HEAD} --> more",
        f"<!-- other:comment v1 key=k head={HEAD} -->",
        "<!-- midflight:comment v1 key=k head=XYZ -->",
    ],
)
def test_anything_else_is_no_marker(body):
    assert parse_marker(body) is None
