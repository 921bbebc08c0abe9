"""How Java and Kotlin write strings."""

import re

from midflight.references.grammar import Grammar
from midflight.references.model import HOLE

# tree-sitter-kotlin 1.1.0 takes the `$name` of a one-line string for plain characters
_TEMPLATE = re.compile(r"\$[A-Za-z_]\w*")

JAVA = Grammar(
    literals=frozenset({"string_literal"}),
    content=frozenset({"string_fragment", "multiline_string_fragment"}),
    declared=r"\bfinal\s+(?:static\s+)?(?:java\.lang\.)?(?:String|var)\s+NAME\s*=\s*(?=\")|"
    r"\n[ \t]{0,200}String\s+NAME\s*=\s*(?=\")",  # a field of an interface
    joins=(("binary_expression", "+"),),
    printf=frozenset({"format"}),
)
KOTLIN = Grammar(
    literals=frozenset({"string_literal", "multiline_string_literal"}),
    content=frozenset({"string_content"}),
    declared=r"\bval\s+NAME\s*(?::\s*String\s*)?=\s*(?=\")",
    joins=(("binary_expression", "+"), ("additive_expression", "+")),
    printf=frozenset({"format"}),
    spells=lambda _, text: _TEMPLATE.sub(HOLE, text),
)
