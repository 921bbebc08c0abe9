"""Reads Java: SQL in strings and text blocks."""

import tree_sitter_java
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.grammar import Grammar
from midflight.references.model import Extracted

SUFFIXES = frozenset({".java"})

_PARSER = Parser(Parsed(tree_sitter_java.language()))
_JAVA = Language(
    lambda text: _PARSER.parse(text).root_node,
    Grammar(
        literals=frozenset({"string_literal"}),
        content=frozenset({"string_fragment", "multiline_string_fragment"}),
        declared=r"\bfinal\s+(?:static\s+)?(?:java\.lang\.)?(?:String|var)\s+NAME\s*=\s*(?=\")|"
        r"\n[ \t]{0,200}String\s+NAME\s*=\s*(?=\")",  # a field of an interface
        joins=(("binary_expression", "+"),),
        printf=frozenset({"format"}),
    ),
    templates=True,
    continued=("formatted",),
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _JAVA)
