"""Reads TypeScript and JavaScript: supabase-js chains, SQL in strings, and types that name a table."""

import re

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import assemble
from midflight.references.extractors.javascript.calls import find_calls
from midflight.references.extractors.javascript.fallbacks import find_attempts
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.literals import find_texts, find_types
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import TooDeepError, parse
from midflight.references.model import Extracted
from midflight.references.sqltext import candidates

SUFFIXES = frozenset({".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte"})

_MARKS = re.compile(rb"\.\s*(?:from|rpc)\s*[(<]|postgres_changes|\bTables(?:Insert|Update)?\s*[<\"']")


def extract(path: str, source: bytes) -> Extracted:
    """Give the references and SQL texts of one file."""
    if not _MARKS.search(source) and next(candidates(source), None) is None:
        return Extracted()
    parsed = parse(path, source)
    names = Names(parsed)
    flags = Flags(names)
    try:
        drafts = [*find_calls(names, flags), *find_texts(names, flags), *find_types(names)]
        return assemble(drafts, find_attempts(parsed), path)
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(path, 0, "the code is nested too deeply"),))
