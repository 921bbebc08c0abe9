"""Escaping: what goes in is what a reader sees, and nothing in it is markup."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from midflight import text

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ZERO_WIDTH = "\u200b"
HOSTILE = "-- $(x) @everyone <!-- -->.sql"
PUNCTUATION = st.text(alphabet="`*_~[](){}<>!#&|$@:/.-+= \\\n\tab1www\"'", max_size=40)
ANYTHING = st.text(max_size=60) | PUNCTUATION


def seen(markup: str) -> list[tuple[str, str]]:
    """The inline tokens of the single paragraph that the markup makes, as (kind, text)."""
    blocks = GITHUB.parse(markup)
    assert [b.type for b in blocks] == ["paragraph_open", "inline", "paragraph_close"]
    return [(token.type, token.content) for token in blocks[1].children or ()]


def words(value: str) -> str:
    """The text as a reader of one line sees it."""
    return re.sub(r"\s+", " ", text.printable(value)).strip(" ")


@given(ANYTHING)
def test_escaped_text_reads_as_it_was_and_makes_no_element(value):
    escaped = text.markdown(value)
    if not words(value):
        assert escaped == ""
        return

    tokens = seen(escaped)

    assert {kind for kind, _ in tokens} <= {"text", "text_special"}
    assert "".join(content for _, content in tokens).replace(ZERO_WIDTH, "") == words(value)


@given(ANYTHING)
def test_escaped_text_cannot_leave_a_table_cell(value):
    table = f"| a | b |\n|--|--|\n| {text.cell(value)} | end |\n"

    inlines = [t.content for t in GITHUB.parse(table) if t.type == "inline"]

    assert len(inlines) == 4
    assert inlines[3] == "end"


@given(ANYTHING)
def test_inline_code_shows_the_text_itself(value):
    markup = "a " + text.code(value) + " b"

    tokens = seen(markup)

    shown = "".join(content for kind, content in tokens if kind != "html_inline")
    assert words(shown.replace(ZERO_WIDTH, "")) == words(f"a {value} b")
    assert {c for kind, c in tokens if kind == "html_inline"} <= {"<code>", "</code>"}
    assert {kind for kind, _ in tokens} <= {"text", "text_special", "code_inline", "html_inline"}


@given(ANYTHING)
def test_inline_code_cannot_leave_a_table_cell(value):
    table = f"| a | b |\n|--|--|\n| {text.code(value)} | end |\n"

    inlines = [t.content for t in GITHUB.parse(table) if t.type == "inline"]

    assert inlines[3] == "end"


@given(ANYTHING, st.sampled_from(["", "sql", "text", "``` evil", "a\nb"]))
def test_a_block_holds_its_text_and_ends_where_we_end_it(value, language):
    blocks = GITHUB.parse(f"{text.code_block(value, language)}\nafter\n")

    assert [b.type for b in blocks] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert blocks[0].content.strip("\n").replace(ZERO_WIDTH, "") == text.printable(value).strip("\n")
    assert blocks[0].info in {"", "sql", "text"}


@given(ANYTHING)
def test_prose_makes_nothing_but_text_and_code(value):
    escaped = text.prose(value)
    if not escaped:
        return

    kinds = {kind for kind, _ in seen(escaped)}

    assert kinds <= {"text", "text_special", "code_inline", "html_inline"}


@given(ANYTHING)
def test_no_text_pings_links_or_fakes_a_marker(value):
    for escaped in (text.markdown(value), text.prose(value.replace("`", ""))):
        assert not re.search(r"@[A-Za-z0-9_-]", escaped)
        assert not re.search(r"(?<!&)#\d", escaped)
        assert "://" not in escaped
        assert "www." not in escaped.lower()
        assert "<" not in escaped
    assert "<!--midflight" not in text.code(value + "<!--midflight")
    assert "<!-- midflight" not in text.code_block(value + "<!-- midflight")


@given(st.text(max_size=40))
def test_printable_text_has_nothing_invisible(value):
    shown = text.printable(value)

    seen = (c in "\n\t\u200c\u200d" or c.isprintable() or c.isspace() or unicodedata.category(c) == "Cn" for c in shown)
    assert all(c > "\u2fff" or visible for c, visible in zip(shown, seen, strict=True))
    assert text.printable(shown) == shown
    assert not any(0xD800 <= ord(c) <= 0xDFFF for c in shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\u202eb", "a<U+202E>b"),
        ("a\x1b[31m", "a<U+001B>[31m"),
        ("a\udc80", "a<U+DC80>"),
        ("a\rb", "a<U+000D>b"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
    ],
)
def test_invisible_characters_are_named(value, shown):
    assert text.printable(value) == shown


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("create_project_atomic", "create_project_atomic"),
        ("_private", "\\_private"),
        ("projects.title", "projects.title"),
        ("@everyone", "@&#8203;everyone"),
        ("a|b", "a&#124;b"),
        ("#12", "#&#8203;12"),
        ("# title", "\\# title"),
        ("1. item", "1\\. item"),
        ("- item", "\\- item"),
        ("GH-12", "GH-&#8203;12"),
        ("https://x.io", "https:&#8203;//x.io"),
        ("two\nlines", "two lines"),
        (HOSTILE, "\\-- &#36;(x) @&#8203;everyone &lt;!-- --&gt;.sql"),
    ],
)
def test_markdown_escapes_what_would_be_markup_and_nothing_else(value, escaped):
    assert text.markdown(value) == escaped


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("a\n  b", "`a b`"),
        ("a|b", "<code>a&#124;b</code>"),
        ("", "<code></code>"),
    ],
)
def test_inline_code_takes_as_many_backticks_as_it_needs(value, escaped):
    assert text.code(value) == escaped


def test_prose_turns_backticks_into_code_and_known_places_into_links():
    places = {"src/a.ts:3": "https://github.com/o/r/blob/abc/src/a.ts#L3"}

    assert text.prose("`t.*` is read at `src/a.ts:3` * once", places) == (
        "`t.*` is read at [`src/a.ts:3`](https://github.com/o/r/blob/abc/src/a.ts#L3) \\* once"
    )
    assert text.prose("one ` only") == "one \\` only"


def test_a_path_is_quoted_for_a_link():
    assert text.url_path("a b/(c)#?.sql") == "a%20b/%28c%29%23%3F.sql"
    assert text.url_path("caf\udcc3\udca9.sql") == "caf%C3%A9.sql"
    assert text.url_path("x\ud800") == "x%3F"


def test_numbers_come_with_their_noun():
    assert text.plural(1, "finding") == "1 finding"
    assert text.plural(0, "finding") == "0 findings"
    assert text.plural(3000, "query", "queries") == "3,000 queries"


@given(st.text(max_size=30), st.integers(1, 20))
def test_shortened_text_keeps_to_its_length(value, length):
    assert len(text.shorten(value, length)) <= length
    assert len(text.shorten_path(value, length)) <= length


def test_a_shortened_path_keeps_its_end():
    assert text.shorten_path("supabase/functions/generate/index.ts", 14) == "…rate/index.ts"
    assert text.shorten("one two three", 8) == "one two…"


def test_length_counts_as_github_may():
    assert text.utf16_length("a\U0001f600") == 3


def test_lone_surrogates_are_replaced_for_machines():
    assert text.utf8("a\udc80b") == "a\ufffdb"
    assert text.utf8("\U0001f600") == "\U0001f600"
