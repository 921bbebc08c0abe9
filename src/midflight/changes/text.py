"""Turn a file's bytes into text, or say why that cannot be done."""

import codecs

from midflight.changes.model import NotAnalysed

MAX_BYTES = 5_000_000
"""Larger files are not read as text; real migrations and sources stay far below."""


def decode(path: str, content: bytes, *, limit: int = MAX_BYTES) -> str | NotAnalysed:
    """Give the text of a UTF-8 file (or UTF-16 with a byte order mark), without its byte order mark."""
    if len(content) > limit:
        return too_large(path, len(content), limit=limit)
    encoding, mark = _encoding(content)
    try:
        text = content[mark:].decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in content and encoding == "utf-8":
            return NotAnalysed(path, 1, "binary file")
        at = mark + error.start
        line = content.count(b"\n", 0, at) + 1
        return NotAnalysed(
            path, line, f"not {encoding.removesuffix('-le').removesuffix('-be').upper()} text at byte {at}"
        )
    return NotAnalysed(path, 1, "binary file") if "\0" in text else text


def too_large(path: str, size: int, *, limit: int = MAX_BYTES) -> NotAnalysed:
    """What is said of a file over the bound; for callers that know the size before they read."""
    return NotAnalysed(path, 1, f"larger than {limit:,} bytes ({size:,})")


def _encoding(content: bytes) -> tuple[str, int]:
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8", 3
    if content.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", 2
    if content.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", 2
    return "utf-8", 0
