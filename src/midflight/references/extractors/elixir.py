"""Reads Elixir: SQL in strings, heredocs and sigils."""

import tree_sitter_elixir
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.grammar import Grammar
from midflight.references.model import Extracted

SUFFIXES = frozenset({".ex", ".exs"})

_PARSER = Parser(Parsed(tree_sitter_elixir.language()))
_ELIXIR = Language(
    lambda text: _PARSER.parse(text).root_node,
    Grammar(
        literals=frozenset({"string", "charlist", "sigil"}),
        content=frozenset({"quoted_content"}),
        declared=r"NAME\s+(?=[\"~])",
        delimiters=frozenset({"sigil_name", "sigil_modifiers"}),
        joins=(("binary_operator", "<>"),),
    ),
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _ELIXIR)
