"""Reads Kotlin: SQL in strings and raw strings."""

import tree_sitter_kotlin
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.jvm_strings import KOTLIN
from midflight.references.model import Extracted

SUFFIXES = frozenset({".kt", ".kts"})

_PARSER = Parser(Parsed(tree_sitter_kotlin.language()))
_KOTLIN = Language(
    lambda text: _PARSER.parse(text).root_node,
    KOTLIN,
    continued=("format",),
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _KOTLIN)
