"""Cuts the TypeScript and JavaScript out of Vue, Svelte and Astro components, every byte on its own place.

Sources: the Vue documentation, "SFC Syntax Specification"; the Svelte documentation, ".svelte files"; the Astro
documentation, "Components".
"""

import re
from collections.abc import Iterator

SUFFIXES = frozenset({".vue", ".svelte", ".astro"})
MOST_SCRIPTS = 50

_FENCE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s{0,1000}---[ \t]*\r?\n")
_CLOSING_FENCE = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)
# what a component holds beside markup; a script inside a comment is none
_OPENING = re.compile(rb"<!--|<script(?=[\s>/])|<style(?=[\s>/])", re.IGNORECASE)
_ATTRIBUTES = re.compile(rb"""(?:[^>"']++|"[^"]{0,5000}+"|'[^']{0,5000}+'){0,1000}+>""")
_CLOSING = {kind: re.compile(rb"</" + kind + rb"\s{0,100}>", re.IGNORECASE) for kind in (b"script", b"style")}
_LANGUAGE = re.compile(rb"""\blang\s*=\s*["']?([\w/+-]*)""")
_KIND = re.compile(rb"""\btype\s*=\s*["']?([\w/+-]*)""")
_READ = frozenset({b"", b"ts", b"tsx", b"js", b"jsx", b"typescript", b"javascript", b"module"})
_BLANK = bytes(byte if byte in b"\r\n" else ord(" ") for byte in range(256))


def scripts_of(text: bytes, suffix: str) -> bytes:
    """Give a component with everything but its scripts turned into spaces: offsets, lines and columns are kept."""
    kept: list[bytes] = []
    at = 0
    for start, end in _spans(text, suffix):
        kept += (_blank(text[at:start]), text[start:end])
        at = end
    return b"".join((*kept, _blank(text[at:])))


def _blank(text: bytes) -> bytes:
    """Spaces; the first byte ends the statement of the script before."""
    blank = text.translate(_BLANK)
    return b";" + blank[1:] if blank.startswith(b" ") else blank


def _spans(text: bytes, suffix: str) -> Iterator[tuple[int, int]]:
    """Where each script begins and ends; one that is not closed is not read, since the component does not compile."""
    at = 0
    fence = _FENCE.match(text) if suffix == ".astro" else None
    closing = _CLOSING_FENCE.search(text, fence.end()) if fence else None
    if fence and closing:
        yield fence.end(), closing.start()
        at = closing.end()
    for _ in range(MOST_SCRIPTS * 4):
        opening = _OPENING.search(text, at)
        if opening is None:
            return
        if opening[0] == b"<!--":
            at = text.find(b"-->", opening.end()) + 3
            if at < 3:
                return
            continue
        attributes = _ATTRIBUTES.match(text, opening.end())
        if attributes is None:
            return
        at = begins = attributes.end()
        if attributes[0].endswith(b"/>"):
            continue
        closing = _CLOSING[opening[0][1:].lower()].search(text, begins)
        if closing is None:
            return
        if opening[0].lower() == b"<script" and _is_read(attributes[0]):
            yield begins, closing.start()
        at = closing.end()


def _is_read(attributes: bytes) -> bool:
    """Whether a script is TypeScript or JavaScript: no data (`application/ld+json`), no other language."""
    language, kind = _LANGUAGE.search(attributes), _KIND.search(attributes)
    said = language[1] if language else kind[1].removeprefix(b"text/").removeprefix(b"application/") if kind else b""
    return said.lower() in _READ
