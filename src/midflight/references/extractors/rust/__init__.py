"""Reads Rust: Diesel's mapped structs and schema paths, and SQL in strings."""

import re

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft, assemble
from midflight.references.extractors.rust.imports import read_imports
from midflight.references.extractors.rust.inserts import find_inserts
from midflight.references.extractors.rust.literals import find_texts
from midflight.references.extractors.rust.models import find_models
from midflight.references.extractors.rust.paths import find_paths
from midflight.references.extractors.rust.syntax import TooManyError, parse
from midflight.references.model import Extracted
from midflight.references.sqltext import candidates

SUFFIXES = frozenset({".rs"})

_DIESEL = re.compile(rb"\bdiesel\b|\bderive\s*\([^()]{0,2000}\b(?:Queryable|Selectable|Insertable|AsChangeset)\b")


def extract(path: str, source: bytes) -> Extracted:
    """Give the references and SQL texts of one file."""
    has_diesel = bool(_DIESEL.search(source))
    if not has_diesel and next(candidates(source), None) is None:
        return Extracted()
    try:
        parsed = parse(path, source)
        drafts = find_texts(parsed)
        if has_diesel:
            imports = read_imports(parsed)
            models = find_models(parsed, imports)
            drafts += [Draft(each.start, each.references) for each in models if each.references]
            drafts += [*find_paths(parsed, imports), *find_inserts(parsed, models)]
    except TooManyError as error:
        return Extracted(unresolved=(NotAnalysed(path, 0, str(error)),))
    return assemble(drafts, [], path)
