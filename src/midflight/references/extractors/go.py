"""Reads Go: SQL in interpreted and raw strings."""

import tree_sitter_go
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.grammar import Grammar
from midflight.references.model import Extracted

SUFFIXES = frozenset({".go"})

_PARSER = Parser(Parsed(tree_sitter_go.language()))
_GO = Language(
    lambda text: _PARSER.parse(text).root_node,
    Grammar(
        literals=frozenset({"interpreted_string_literal", "raw_string_literal"}),
        content=frozenset({"interpreted_string_literal_content", "raw_string_literal_content"}),
        declared=r"(?<![\w.:])NAME(?:\s+string)?\s*=\s*(?=[\"`])",
        joins=(("binary_expression", "+"),),
        printf=frozenset({"sprintf", "appendf", "fprintf"}),
    ),
    named=True,
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _GO)
