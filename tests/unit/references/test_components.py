"""Scripts of Vue, Svelte and Astro components."""

import pytest

from midflight.references.extractors.javascript.scripts import scripts_of
from midflight.references.languages import extract
from support.reference_lines import shown

QUERY = "supabase.from('t').select('a')"

COMPONENTS = {
    "vue_setup": ("a.vue", f"<template>\n<p/>\n</template>\n<script setup lang='ts'>\n{QUERY}\n</script>\n", [5]),
    "vue_generic_with_an_angle_bracket": (
        "a.vue",
        f'<script setup lang="ts" generic="T extends Record<string, X>">\n{QUERY}\n</script>',
        [2],
    ),
    "two_scripts_of_one_component": (
        "a.svelte",
        f"<script module>\nconst x = 1\n</script>\n<script lang='ts'>\n({QUERY})\n</script>\n<p/>",
        [5],
    ),
    "on_one_line": ("a.svelte", f"<script>{QUERY}</script><script>{QUERY}</script>", [1, 1]),
    "upper_case_tags": ("a.vue", f"<SCRIPT>\n{QUERY}\n</SCRIPT >", [2]),
    "carriage_returns": ("a.vue", f"<p/>\r\n<script>\r\n{QUERY}\r\n</script>", [3]),
    "astro_front_matter": (
        "a.astro",
        f"---\nimport x from 'y'\nconst {{ data }} = await {QUERY}\n---\n<p>---</p>",
        [3],
    ),
    "astro_front_matter_that_returns": (
        "a.astro",
        f"---\nif (!x) return Astro.redirect('/')\n{QUERY}\n---\n<script>\n{QUERY}\n</script>",
        [3, 6],
    ),
    "markup_is_no_script": ("a.vue", f"<template>{{{{ {QUERY} }}}}</template><script>supabase</script>", []),
    "a_comment_is_no_script": ("a.svelte", f"<!-- <script>\n{QUERY}\n</script> -->", []),
    "data_is_no_script": ("a.astro", f'<script type="application/ld+json">\n{QUERY}\n</script>', []),
    "another_language_is_no_script": ("a.vue", f'<script lang="coffee">\n{QUERY}\n</script>', []),
    "a_style_that_names_a_script": (
        "a.vue",
        f'<style>a::before {{ content: "<script>" }}</style>\n<script>\n{QUERY}\n</script>',
        [3],
    ),
    "a_script_without_an_end": ("a.vue", f"<script>\n{QUERY}\n", []),
    "an_empty_tag": ("a.vue", f'<script src="./a.ts" />\n<script>\n{QUERY}\n</script>', [3]),
    "front_matter_is_astro_alone": ("a.svelte", f"---\n{QUERY}\n---\n", []),
    "a_comment_without_an_end": ("a.vue", f"<!-- \n<script>\n{QUERY}\n</script>", []),
}


@pytest.mark.parametrize("case", COMPONENTS)
def test_scripts_keep_their_lines(case):
    path, source, expected = COMPONENTS[case]
    assert shown(path, source) == [f"{line} select t(a)" for line in expected]


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
