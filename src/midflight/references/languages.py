"""Knows every extractor: a module of `extractors` with `SUFFIXES` and `extract` is one."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import PurePosixPath

from midflight.changes.model import NotAnalysed
from midflight.references import extractors
from midflight.references.entities import Entity
from midflight.references.extractors import sql
from midflight.references.mapping import MappedModel, ModelCall
from midflight.references.model import Extracted, Reference, ServiceUse

Extractor = Callable[[str, bytes], Extracted]


@cache
def _by_suffix() -> Mapping[str, tuple[Extractor, ...]]:
    found: dict[str, tuple[Extractor, ...]] = {}
    for module in sorted(pkgutil.iter_modules(extractors.__path__), key=lambda module: module.name):
        leaf = importlib.import_module(f"{extractors.__name__}.{module.name}")
        for suffix in sorted(leaf.SUFFIXES):
            found[suffix] = (*found.get(suffix, ()), leaf.extract)
    return found


def suffixes() -> frozenset[str]:
    """Return the endings of the files that some extractor reads."""
    return frozenset(_by_suffix())


def extract(path: str, source: bytes) -> Extracted:
    """Give what all extractors for the file's suffix find, its SQL texts read."""
    references: list[Reference] = []
    unresolved: list[NotAnalysed] = []
    quiet: frozenset[int] = frozenset()
    models: list[MappedModel | Entity] = []
    calls: list[ModelCall] = []
    services: list[ServiceUse] = []
    for extractor in _by_suffix().get(PurePosixPath(path).suffix.lower(), ()):
        found = extractor(path, source)
        read = [sql.read(query) for query in found.queries]
        quiet |= found.quiet
        models += found.models
        calls += found.calls
        services += found.services
        for part in (found, *read):
            references += part.references
            unresolved += part.unresolved
    return Extracted(
        tuple(references),
        tuple(unresolved),
        quiet=quiet,
        models=tuple(models),
        calls=tuple(calls),
        services=tuple(services),
    )
