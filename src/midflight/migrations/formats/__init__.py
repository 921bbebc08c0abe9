"""One module a migration tool; each names its conventions `FORMAT`. Adding a tool is adding a file here."""

from importlib import import_module
from pkgutil import iter_modules

from midflight.migrations.format import Format


def _found() -> tuple[Format, ...]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    formats: list[Format] = [module.FORMAT for module in modules]
    return tuple(sorted(formats, key=lambda each: (each.rank, each.name)))


FORMATS = _found()
"""All formats, in the order in which they are tried."""

BY_NAME = {each.name: each for each in FORMATS}
