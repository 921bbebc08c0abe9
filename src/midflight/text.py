"""Escaping and wording: text of any origin made safe to show in Markdown.

Inputs are hostile. What comes out of `markdown`, `prose`, `code`, `cell` and `code_block` can be placed into a comment:
it makes no element that the layout does not mean, mentions nobody, links nothing by itself and holds no marker.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

ELLIPSIS = "…"
_BREAK = "&#8203;"  # zero-width space: keeps GitHub from linking and mentioning, invisible to the reader
_JOINERS = "\u200c\u200d"  # part of ordinary text in some scripts and of emoji
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")
_BACKTICKS = re.compile(r"`+")
_LANGUAGE = re.compile(r"[a-z0-9+-]*\Z")
_OWN_MARKER = re.compile(r"<!(?=--\s*midflight)", re.IGNORECASE)
_LINE_START = re.compile(r"\A(?:[-+=]|#(?!\d)|\d{1,9}(?=[.)]))")
_SPECIAL = re.compile(
    r"""[\\`*\[\]~]                                # emphasis, code, links, strike-through
      | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9])       # emphasis; an underscore inside a word is none
      | [&<>|$]                                    # HTML, tables, mathematics
      | @(?=[\w-])                                 # mentions and addresses
      | \#(?=\d) | (?<=\bGH)-(?=\d)                # issue numbers
      | :(?=//) | (?<=www)\.                       # bare links
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "$": "&#36;"}
_BROKEN = {"@": f"@{_BREAK}", "#": f"#{_BREAK}", "-": f"-{_BREAK}", ":": f":{_BREAK}", ".": f"{_BREAK}."}
_REPLACEMENT = {**_ENTITIES, **_BROKEN}
NO_LINKS: Mapping[str, str] = MappingProxyType({})


def printable(text: str) -> str:
    """Return the text with everything invisible made visible as `<U+202E>`.

    That is: control characters, bidirectional overrides and other format characters, lone surrogates, line and
    paragraph separators. Newlines and tabs stay, `\\r\\n` becomes a newline.
    """
    plain = text.replace("\r\n", "\n")
    return "".join(_visible(c) for c in plain) if not plain.isascii() or not plain.isprintable() else plain


def _visible(character: str) -> str:
    if character in "\n\t" or character in _JOINERS or unicodedata.category(character) not in _INVISIBLE:
        return character
    return f"<U+{ord(character):04X}>"


def markdown(text: str) -> str:
    """Return the text for use inside a line of Markdown: it reads as it was, and nothing in it is markup."""
    return _inline(_one_line(text).strip(" "))


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", printable(text))


def _inline(line: str) -> str:
    escaped = _SPECIAL.sub(lambda found: _REPLACEMENT.get(found[0], f"\\{found[0]}"), line)
    start = _LINE_START.match(line)
    if start is None or escaped[: start.end()] != start[0]:
        return escaped
    kept = start[0] if start[0].isdigit() else ""
    return f"{kept}\\{escaped[len(kept) :]}"


def prose(text: str, links: Mapping[str, str] = NO_LINKS) -> str:
    """Return a sentence of ours, in which backticks mean code, for use inside a line of Markdown.

    `links` maps the text of a code span ("src/app.ts:12") to the address that it should lead to. A backtick without
    a partner is a backtick.
    """
    parts = _one_line(text).strip(" ").split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return "".join(_span(part, links) if at % 2 else _inline(part) for at, part in enumerate(parts))


def _span(part: str, links: Mapping[str, str]) -> str:
    if not part.strip():
        return _inline(f"`{part}`")
    return f"[{code(part)}]({links[part]})" if part in links else code(part)


def code(text: str) -> str:
    """Return the text as inline code, on one line, with enough backticks; safe in a table too."""
    line = _OWN_MARKER.sub("<!\u200b", _one_line(text))
    if "|" in line or not line.strip(" "):
        return f"<code>{_inline(line)}</code>"  # a bar ends a table's cell even inside backticks
    ticks = "`" * (_longest(line) + 1)
    pad = " " if line[0] in "` " or line[-1] in "` " else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def code_block(text: str, language: str = "") -> str:
    """Return the text as a fenced block whose fence is longer than any inside."""
    body = _OWN_MARKER.sub("<!\u200b", printable(text)).strip("\n")
    fence = "`" * max(3, _longest(body) + 1)
    return f"{fence}{language if _LANGUAGE.match(language) else ''}\n{body}\n{fence}"


def _longest(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def cell(text: str) -> str:
    """Return the text for a table's cell; an empty one gets a dash, so that every cell says something."""
    return markdown(text) or "–"


def url_path(path: str) -> str:
    """Return a file's path as the path of a URL; bytes that were no UTF-8 keep their value."""
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = path.encode("utf-8", "replace")
    return quote(raw, safe="/")


def plural(count: int, noun: str, many: str = "") -> str:
    """Return the number with its noun: "1 finding", "2 findings", "3,000 findings"."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def shorten(text: str, length: int) -> str:
    """Return at most `length` characters, the last of them an ellipsis where something was cut."""
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + ELLIPSIS


def shorten_path(path: str, length: int) -> str:
    """Return at most `length` characters of a path: its end, which tells files apart."""
    return path if len(path) <= length else ELLIPSIS + path[len(path) - max(length - 1, 0) :]


def utf16_length(text: str) -> int:
    """Return the length as GitHub may count it: characters outside the basic plane count twice."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def utf8(text: str) -> str:
    """Return the text with lone surrogates replaced, so that any program can read it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
