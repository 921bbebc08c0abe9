"""Reads PHP: SQL in strings, heredocs and nowdocs."""

import tree_sitter_php
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.grammar import Grammar
from midflight.references.model import Extracted

SUFFIXES = frozenset({".php"})

_PARSER = Parser(Parsed(tree_sitter_php.language_php()))
_PHP = Language(
    lambda text: _PARSER.parse(text).root_node,
    Grammar(
        literals=frozenset({"string", "encapsed_string", "heredoc", "nowdoc"}),
        content=frozenset({"string_content", "nowdoc_string"}),
        declared=r"(?:\bconst\s+(?:string\s+)?NAME|(?:private|protected|readonly|static)\s+(?:\??string\s+)?\$NAME"
        r"|\bdefine\(\s*['\"]NAME['\"]\s*,)\s*=?\s*(?=['\"])",
        inner=frozenset({"heredoc_body", "nowdoc_body"}),
        delimiters=frozenset({"heredoc_start", "heredoc_end"}),
        joins=(("binary_expression", "."),),
        printf=frozenset({"sprintf", "vsprintf"}),
    ),
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _PHP)
