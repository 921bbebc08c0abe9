"""Reads Ruby: SQL in strings and heredocs."""

import tree_sitter_ruby
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.grammar import Grammar
from midflight.references.model import Extracted

SUFFIXES = frozenset({".rb", ".rake"})

_PARSER = Parser(Parsed(tree_sitter_ruby.language()))
_RUBY = Language(
    lambda text: _PARSER.parse(text + b"\n").root_node,  # a heredoc that ends with the file is not seen otherwise
    Grammar(
        literals=frozenset({"string", "heredoc_body"}),
        content=frozenset({"string_content", "heredoc_content"}),
        declared=r"(?<![\w.:@])(?=[A-Z])NAME\s*=\s*(?=[\"'])",
        delimiters=frozenset({"heredoc_end"}),
        joins=(("binary", "+"), ("binary", "%"), ("chained_string", "")),
        printf=frozenset({"format", "sprintf"}),
    ),
    heredocs=True,
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _RUBY)
