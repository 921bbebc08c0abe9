"""Scripts of Vue, Svelte and Astro components."""

import pytest

from midflight.references.extractors.javascript.scripts import scripts_of
from midflight.references.languages import extract
from support.reference_lines import shown


@pytest.mark.parametrize("suffix", [".vue", ".astro"])
@pytest.mark.parametrize(
    "source",
    [
        "<p>ä</p>\r\n<script>\nlet ö = 1\n</script>\n",
        "---\nlet x\n---\n<p/>",
        "",
        "<script",
        "---",
        "</script><script>",
    ],
)
def test_every_byte_keeps_its_place(source, suffix):
    text = source.encode()
    found = scripts_of(text, suffix)
    assert len(found) == len(text)
    assert [at for at, byte in enumerate(found) if byte in b"\r\n"] == [
        at for at, byte in enumerate(text) if byte in b"\r\n"
    ]


def test_the_columns_of_a_reference_have_their_own_lines():
    source = "<template/>\n<script>\nsupabase.from('t').select(`\n a,\n b`)\n</script>"
    assert shown("a.vue", source) == ["3 select t(a@4 b@5)"]


@pytest.mark.parametrize(
    "piece", [b"<script ", b"<script>", b"<!--", b"<script a='", b"<style>", b"---\n", b"</script "]
)
def test_hostile_markup_is_read_to_its_end(piece):
    text = b"<script>" + piece * (900_000 // len(piece))
    assert len(scripts_of(text, ".astro")) == len(text)
    assert extract("a.astro", text).references == ()
