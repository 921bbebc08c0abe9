"""Reads Java: SQL in strings and text blocks."""

import tree_sitter_java
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.jvm_strings import JAVA
from midflight.references.model import Extracted

SUFFIXES = frozenset({".java"})

_PARSER = Parser(Parsed(tree_sitter_java.language()))
_JAVA = Language(
    lambda text: _PARSER.parse(text).root_node,
    JAVA,
    templates=True,
    continued=("formatted",),
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _JAVA)
