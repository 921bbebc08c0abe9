import pytest

from midflight.changes.model import NotAnalysed
from midflight.changes.text import decode


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(b"", "", id="nothing"),
        pytest.param("SELECT 'ä';\r\n".encode(), "SELECT 'ä';\r\n", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbfSELECT 1;", "SELECT 1;", id="UTF-8 with a mark"),
        pytest.param(b"\xff\xfe" + "SELECT 'ä'".encode("utf-16-le"), "SELECT 'ä'", id="UTF-16 little endian"),
        pytest.param(b"\xfe\xff" + "SELECT 'ä'".encode("utf-16-be"), "SELECT 'ä'", id="UTF-16 big endian"),
    ],
)
def test_text_is_decoded(content, text):
    assert decode("a.sql", content) == text


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        pytest.param(b"a\nb\n\xe9t\xe9", 3, "not UTF-8 text at byte 4", id="Latin-1"),
        pytest.param(b"\xef\xbb\xbfa\xff", 1, "not UTF-8 text at byte 4", id="the mark counts"),
        pytest.param(b"PK\x03\x04\0\0", 1, "binary file", id="NUL"),
        pytest.param(b"\x89PNG\0\0", 1, "binary file", id="NUL and no UTF-8"),
        pytest.param(b"\xff\xfea", 1, "not UTF-16 text at byte 2", id="half a UTF-16 unit"),
        pytest.param("a".encode("utf-32"), 1, "binary file", id="UTF-32"),
        pytest.param(b"x" * 11, 1, "larger than 10 bytes (11)", id="too large"),
    ],
)
def test_what_is_not_text_says_why(content, line, reason):
    assert decode("a.sql", content, limit=10) == NotAnalysed("a.sql", line, reason)
