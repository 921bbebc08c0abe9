"""Knows every extractor: a module of `extractors` with `SUFFIXES` and `extract` is one, imported when needed."""

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import PurePosixPath

from midflight.changes.model import NotAnalysed
from midflight.references import extractors, sql_texts
from midflight.references.entities import Entity
from midflight.references.flag_reads import with_reads
from midflight.references.mapping import MappedModel, ModelCall
from midflight.references.model import Extracted, Reference, ServiceUse

Extractor = Callable[[str, bytes], Extracted]


_SCRIPTS = ".ts .tsx .mts .cts .js .jsx .mjs .cjs .vue .svelte .astro"
EXTRACTORS = {
    "active_record": ".rb .rake",
    "csharp": ".cs",
    "dart": ".dart",
    "django": ".py",
    "ecto": ".ex .exs",
    "ef_core": ".cs",
    "ef_core_calls": ".cs",
    "elixir": ".ex .exs",
    "eloquent": ".php",
    "go": ".go",
    "gorm": ".go",
    "gorm_calls": ".go",
    "java": ".java",
    "javascript": _SCRIPTS,
    "jpa": ".java .kt",
    "jpa_calls": ".java .kt",
    "kotlin": ".kt .kts",
    "php": ".php",
    "prisma": ".prisma",
    "python": ".py",
    "queries": ".sql",
    "ruby": ".rb .rake",
    "rust": ".rs",
    "sea_orm": ".rs",
    "sql": "",
    "supabase_kt": ".kt .kts",
    "swift": ".swift",
}
"""The `SUFFIXES` of each module, in the order of their names: grammars are a lot to import for files that none has."""


@cache
def _extractors_of(suffix: str) -> tuple[Extractor, ...]:
    names = (name for name, suffixes in EXTRACTORS.items() if suffix and suffix in suffixes.split())
    return tuple(importlib.import_module(f"{extractors.__name__}.{name}").extract for name in names)


def suffixes() -> frozenset[str]:
    """Return the endings of the files that some extractor reads."""
    return frozenset(" ".join(EXTRACTORS.values()).split())


def extract(path: str, source: bytes) -> Extracted:
    """Give what all extractors for the file's suffix find, its SQL texts read."""
    references: list[Reference] = []
    unresolved: list[NotAnalysed] = []
    quiet: frozenset[int] = frozenset()
    models: list[MappedModel | Entity] = []
    calls: list[ModelCall] = []
    services: list[ServiceUse] = []
    for extractor in _extractors_of(PurePosixPath(path).suffix.lower()):
        found = extractor(path, source)
        read = [sql_texts.read(query) for query in found.queries]
        quiet |= found.quiet
        models += found.models
        calls += found.calls
        services += found.services
        for part in (found, *read):
            references += part.references
            unresolved += part.unresolved
    return with_reads(
        Extracted(
            tuple(references),
            tuple(unresolved),
            quiet=quiet,
            models=tuple(models),
            calls=tuple(calls),
            services=tuple(services),
        ),
        source,
    )
