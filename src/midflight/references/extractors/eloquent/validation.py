"""Reads the rules that look a value up in a table (Laravel's documentation, "Validation", `exists` and `unique`)."""

import re
from collections.abc import Iterator

from midflight.references.model import Access, Api, ColumnUse, Place, TableReference, Verb
from midflight.references.values import shorten

_LARAVEL = re.compile(
    rb"\bIlluminate\\|\bValidator::|->validate\(|\bfunction\s+rules\(|\bRule::|\$rules\b|[rR]ules\s*="
)
_RULES = re.compile(
    r"(?P<quote>['\"])(?:[^'\"\n]{0,300}\|)?(?:exists|unique):(?P<table>[a-z]\w{0,62})(?:\s*,\s*(?P<column>[A-Za-z_]\w{0,62}))?"
    r"(?=[,|'\"])"
)
_CALLS = re.compile(
    r"\bRule::(?:exists|unique)\(\s*(?P<quote>['\"])(?P<table>[a-z]\w{0,62})(?P=quote)"
    r"(?:\s*,\s*(?P<inner>['\"])(?P<column>[A-Za-z_]\w{0,62})(?P=inner))?\s*[,)]"
)
_NONE = frozenset({"null", "NULL"})


def validated(path: str, source: bytes) -> Iterator[TableReference]:
    """Give the tables and columns in which rules look; a rule that names no column is about its attribute's."""
    if not (b"exists" in source or b"unique" in source) or not _LARAVEL.search(source):
        return
    text = source.decode("utf-8", "replace")
    for pattern in (_RULES, _CALLS):
        for found in pattern.finditer(text):
            place = Place(path, text.count("\n", 0, found.start("table")) + 1)
            column = found["column"]
            uses = (ColumnUse(column, Access.READ, place),) if column and column not in _NONE else ()
            yield TableReference(
                place, found["table"], Verb.SELECT, Api.SQL, columns=uses, text=shorten(found[0].strip("'\""))
            )
