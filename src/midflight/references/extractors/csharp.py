"""Reads C#: SQL in plain, verbatim, raw and interpolated strings."""

import tree_sitter_c_sharp
from tree_sitter import Language as Parsed
from tree_sitter import Parser

from midflight.references.embedded import Language, find_sql
from midflight.references.grammar import Grammar
from midflight.references.model import Extracted

SUFFIXES = frozenset({".cs"})

_PARSER = Parser(Parsed(tree_sitter_c_sharp.language()))


def _spelled(kind: str, text: str) -> str:
    if kind == "verbatim_string_literal":
        return text[2:].removesuffix('"').replace('""', '"')
    if kind == "interpolated_string_expression":
        return text.replace("{{", "{").replace("}}", "}").replace('""', '"')
    return text


_CSHARP = Language(
    lambda text: _PARSER.parse(text).root_node,
    Grammar(
        literals=frozenset(
            {"string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression"}
        ),
        content=frozenset({"string_literal_content", "raw_string_content", "string_content"}),
        declared=r"\b(?:const|readonly)\s+(?:string|String)\s+NAME\s*=\s*(?=[@$]{0,2}\")",
        delimiters=frozenset({"raw_string_start", "raw_string_end", "interpolation_start", "interpolation_quote"}),
        joins=(("binary_expression", "+"),),
        braces=frozenset({"format"}),
        spells=_spelled,
    ),
    named=True,
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the SQL texts of one file."""
    return find_sql(path, source, _CSHARP)
