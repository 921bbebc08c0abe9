"""Which extractor reads which files is known without importing one, and is what each says of itself."""

import pkgutil
from importlib import import_module

from midflight.references import extractors
from midflight.references.languages import EXTRACTORS


def test_every_extractor_is_known_with_its_suffixes_and_in_order() -> None:
    names = sorted(module.name for module in pkgutil.iter_modules(extractors.__path__))
    found = {name: import_module(f"{extractors.__name__}.{name}").SUFFIXES for name in names}

    assert list(EXTRACTORS) == names
    assert {name: frozenset(suffixes.split()) for name, suffixes in EXTRACTORS.items()} == found
