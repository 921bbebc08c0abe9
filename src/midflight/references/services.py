"""How code names what a platform runs beside the database: edge functions and storage buckets.

Sources: the references of supabase-js, -py, -dart, -swift and -kt, "Functions: invoke" and "Storage: from".
"""

import re
from collections.abc import Iterator

from midflight.changes.model import NotAnalysed
from midflight.references.model import HOLE, ServiceKind, ServiceUse
from midflight.references.values import Text, Unknown, Value, shorten

MARK = re.compile(rb"\bfunctions\b|\bstorage\b", re.IGNORECASE)
CALL = re.compile(rb"\.\s*(invoke|from)\s*[(<]")
URL = re.compile(rb"/functions/v1/([A-Za-z0-9_-]{1,100})(?![A-Za-z0-9_-])")
MOST_USES = 2_000

_OWNER = {
    "invoke": (re.compile(r"(?:\A|\.|\b)functions\)?!?\s*\Z", re.IGNORECASE), ServiceKind.FUNCTION),
    "from": (re.compile(r"(?:\A|\.|\b)storage(?:client)?(?:\(\))?\)?!?\s*\Z", re.IGNORECASE), ServiceKind.BUCKET),
}
_NAME = re.compile(r"/?([A-Za-z0-9_-]{1,100})(?:[/?#].*)?\Z", re.DOTALL)
_BUCKET = re.compile(r"[^/]{1,100}\Z")


def kind_of(method: str, owner: str) -> ServiceKind | None:
    """Give what a call of a method of an expression uses, None where that is nothing beside the database."""
    pattern, kind = _OWNER[method]
    return kind if pattern.search(owner) else None


def name_in(kind: ServiceKind, value: Value) -> str:
    """Give the name that a value spells out, empty where only the running program knows it."""
    if not isinstance(value, Text):
        return ""
    found = _NAME.match(value.text) if kind is ServiceKind.FUNCTION else _BUCKET.match(value.text)
    name = found[found.lastindex or 0] if found else ""
    return "" if HOLE in name else name


def variable(path: str, kind: ServiceKind, value: Value) -> NotAnalysed:
    """Give the problem that the name of a function or a bucket is not known."""
    shown = value.text.replace(HOLE, "${...}") if isinstance(value, Text | Unknown) else "..."
    return NotAnalysed(path, value.line, f"{kind} name is a variable: `{shorten(shown)[:80]}`")


def is_elsewhere(problem: NotAnalysed) -> bool:
    """Return whether a place that could not be resolved is about a function or a bucket, and not about a table."""
    return problem.reason.startswith(tuple(f"{kind} name is a variable" for kind in ServiceKind))


def named_in(uses: tuple[ServiceUse, ...], names: frozenset[str]) -> Iterator[ServiceUse]:
    """Yield the uses of some names."""
    return (use for use in uses if use.name in names)
