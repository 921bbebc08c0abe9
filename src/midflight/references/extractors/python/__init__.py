"""Reads Python: supabase-py and postgrest-py chains, declarative models, and SQL in strings."""

import re

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import assemble
from midflight.references.extractors.python.calls import find_calls
from midflight.references.extractors.python.fallbacks import find_attempts
from midflight.references.extractors.python.flags import Flags
from midflight.references.extractors.python.literals import find_texts
from midflight.references.extractors.python.models import MARKS, find_models
from midflight.references.extractors.python.querysets import find_querysets, may_ask_models
from midflight.references.extractors.python.syntax import TooDeepError, parse
from midflight.references.model import Extracted
from midflight.references.sqltext import candidates

SUFFIXES = frozenset({".py"})

_MARKS = re.compile(rb"\.\s*(?:table|from_|rpc)\s*\(")


def extract(path: str, source: bytes) -> Extracted:
    """Give the references and SQL texts of one file."""
    is_django = may_ask_models(path, source)
    marked = is_django or _MARKS.search(source) or MARKS.search(source)
    if not marked and next(candidates(source), None) is None:
        return Extracted()
    parsed = parse(path, source)
    flags = Flags(parsed)
    try:
        drafts = [*find_calls(parsed, flags), *find_texts(parsed, flags), *find_models(parsed)]
        drafts += find_querysets(parsed, flags) if is_django else []
        return assemble(drafts, find_attempts(parsed), path)
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(path, 0, "the code is nested too deeply"),))
