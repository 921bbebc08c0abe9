"""Reads Kotlin: SQL in strings and raw strings."""

import re

import tree_sitter_kotlin
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.grammar import Grammar
from midflight.references.model import HOLE, Extracted

SUFFIXES = frozenset({".kt", ".kts"})

_PARSER = Parser(Parsed(tree_sitter_kotlin.language()))
# tree-sitter-kotlin 1.1.0 takes the `$name` of a one-line string for plain characters
_TEMPLATE = re.compile(r"\$[A-Za-z_]\w*")
_KOTLIN = Language(
    lambda text: _PARSER.parse(text).root_node,
    Grammar(
        literals=frozenset({"string_literal", "multiline_string_literal"}),
        content=frozenset({"string_content"}),
        declared=r"\bval\s+NAME\s*(?::\s*String\s*)?=\s*(?=\")",
        joins=(("binary_expression", "+"), ("additive_expression", "+")),
        printf=frozenset({"format"}),
        spells=lambda _, text: _TEMPLATE.sub(HOLE, text),
    ),
    continued=("format",),
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _KOTLIN)
