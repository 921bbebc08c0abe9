"""Which tags name versions, and which of them is the newest."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

_VERSION = re.compile(r"(?:.*[^0-9.])?([0-9]{1,18}(?:\.[0-9]{1,18}){0,5})(?:\+[0-9A-Za-z.-]+)?", re.DOTALL)
_UNRELEASED = re.compile(
    r"[0-9][-._]?(?:alpha|beta|rc|pre|preview|dev|nightly|canary|snapshot|next|[ab])(?![a-z])", re.IGNORECASE
)
_LONGEST = 250  # characters of a tag


def newest(tags: Iterable[str], pattern: str = "") -> list[str]:
    """Return the tags that name versions, the newest first: `v1.10.0` before `v1.9.2`.

    With a pattern those that the glob fits, with `1.2.0-rc.1` and the like; without one no such pre-releases.
    """
    fitting = (tag for tag in tags if len(tag) <= _LONGEST and (not pattern or fnmatchcase(tag, pattern)))
    wanted = [tag for tag in fitting if pattern or not _UNRELEASED.search(tag)]
    return sorted((tag for tag in wanted if _numbers(tag)), key=_order, reverse=True)


def _order(tag: str) -> tuple[tuple[int, ...], bool, str, tuple[int, ...], str]:
    """Numbers first; a pre-release comes before its release (Semantic Versioning 2.0.0, 11)."""
    found = _UNRELEASED.search(tag)
    if found is None:
        return _numbers(tag), True, "", (), tag
    kind = found[0][1:].strip("-._").lower()
    numbers = tuple(int(number) for number in re.findall(r"[0-9]{1,18}", tag[found.end() :]))
    return _numbers(tag), False, kind, numbers, tag


def _numbers(tag: str) -> tuple[int, ...]:
    found = _UNRELEASED.search(tag)
    match = _VERSION.fullmatch(tag[: found.start() + 1] if found else tag)
    return tuple(int(part) for part in match[1].split(".")) if match else ()
