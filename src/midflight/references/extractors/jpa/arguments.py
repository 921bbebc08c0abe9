"""Reads what an annotation is given."""

import re

from midflight.references.extractors.jpa.declarations import File

TEXT = r"\"((?:[^\"\\\n]|\\.){0,300})\""
_NESTED = re.compile(r"\([^()]{0,2000}\)")


def argument(given: str, name: str) -> str | None:
    """The source of an annotation's argument: the text of a string, a name, or None where it is not given."""
    while _NESTED.search(given):
        given = _NESTED.sub(" ", given)
    found = re.search(rf"(?:\A|[,\s]){name}\s*=\s*(?:{TEXT}|([\w.]+))", given)
    if found is None:
        return None
    return found[1].replace('\\"', '"') if found[1] is not None else f"={found[2]}"


def text_of(file: File, given: str, name: str) -> str | None:
    """The text of an argument, "" where it is not given, None where this file does not tell it."""
    value = argument(given, name)
    if value is None or not value.startswith("="):
        return value or ""
    constant = value[1:].rpartition(".")[2]
    values = file.constants.get(constant, set())
    return next(iter(values)) if len(values) == 1 else None
