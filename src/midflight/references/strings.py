"""Gives the text of a string expression: literals, joined ones, constants of the same file, and holes for the rest."""

import re
from dataclasses import dataclass, field

from midflight.references.grammar import Grammar, Node, Tree, line
from midflight.references.model import HOLE

LONGEST = 200_000  # characters
_DEEPEST = 6  # constants made of constants
_MOST_PARTS = 2_000
_MOST_CONSTANTS = 50  # of one file: each is looked for in all of it

_NAME = re.compile(r"(?:#?\$?\{|\$|#)?\s*((?:[\w$]+(?:\.|::|->))*)([@$]{0,2}[A-Za-z_]\w*)\s*\}?\Z")
_PRINTF = re.compile(r"%%|%(?:(\d+)\$|\[(\d+)\])?[-+ #0,]*(?:\d+|\*)?(?:\.\d+)?[a-zA-Z]")
_BRACES = re.compile(r"\{\{|\}\}|\{(\d{0,3})[^{}\n]{0,40}\}")
_COMMENT = re.compile(r"--[^\n]*")
_SPACES = {"n": " ", "r": " ", "t": " ", "s": " ", "0": " ", "f": " ", "v": " "}
_CODE = re.compile(r"\\(?:u\{?([0-9a-fA-F]{1,6})\}?|x\{?([0-9a-fA-F]{1,2})\}?)\Z")


@dataclass(slots=True)
class Reader:
    """Reads the strings of one file."""

    tree: Tree
    grammar: Grammar
    constants: dict[str, str | None] = field(default_factory=dict)

    def text(self, parts: list[Node]) -> str:
        """The text of literals and other operands side by side, with the line breaks of the source between them."""
        return self._joined(parts, 0)

    def parts(self, node: Node) -> list[Node]:
        """The operands of `"a" + b + "c"`, left to right; a node that joins nothing is its own part."""
        parts: list[Node] = []
        waiting = [node]
        while waiting and len(parts) < _MOST_PARTS:
            here = waiting.pop()
            operator = self.grammar.operator(here)
            operands = [child for child in here.children if child.is_named] if operator is not None else []
            if operator == "%":
                operands = operands[:1]  # the rest fills it
            if operands:
                waiting += reversed(operands)
            elif "comment" not in here.type:
                parts.append(here)
        return parts

    def value(self, node: Node) -> str:
        """The text of an operand, a hole where only the running program knows it."""
        return self._value(node, 0)

    def begins(self, node: Node) -> int:
        """The 1-based line of a literal's first character, which may be below its mark."""
        pieces = self._pieces(node) if node.type in self.grammar.literals else []
        return line(pieces[0] if pieces else node)

    def _joined(self, parts: list[Node], depth: int) -> str:
        text, row = "", self.begins(parts[0]) if parts else 0
        for part in parts:
            start = self.begins(part)
            value = "\n" * max(0, start - row) + self._value(part, depth)
            text, row = text + value, row + value.count("\n")
            if len(text) > LONGEST:
                break
        return text

    def _value(self, node: Node, depth: int) -> str:
        if node.type in self.grammar.literals:
            return self._literal(node, depth)
        known = self._constant(self.tree.read(node)[:200], depth)
        return known if known is not None else HOLE + "\n" * (node.end_point[0] - node.start_point[0])

    def _literal(self, node: Node, depth: int) -> str:
        text, plain, end = "", "", 0
        pieces = self._pieces(node)
        if not pieces and not any(child.is_named for child in node.children):
            source = self.tree.read(node)
            return self.grammar.spells(node.type, source) if not node.children else ""
        for piece in pieces:
            # tree-sitter-php 0.25 leaves the line break after a variable out of its nodes
            plain += "\n" * self.tree.text.count(b"\n", end, piece.start_byte) if end else ""
            end = piece.end_byte
            if piece.type in self.grammar.content:
                plain += self.tree.read(piece)
                continue
            text, plain = text + self.grammar.spells(node.type, plain), ""
            text += self._escape(piece) if "escape" in piece.type else self._put_in(piece, depth)
        return text + self.grammar.spells(node.type, plain)

    def _pieces(self, node: Node) -> list[Node]:
        """Plain characters, escapes and what is put in, in order."""
        pieces: list[Node] = []
        for child in node.children:
            if child.type in self.grammar.inner:
                pieces += self._pieces(child)
            elif child.is_named and child.type not in self.grammar.delimiters:
                pieces.append(child)
        return pieces

    def _escape(self, piece: Node) -> str:
        escape = self.tree.read(piece)
        if "\n" in escape:
            return "\n"
        if code := _CODE.match(escape):
            number = int(code[1] or code[2], 16)
            return chr(number) if 32 <= number < 0x110000 else " "
        return _SPACES.get(escape[1:2], escape[1:] or escape)

    def _put_in(self, piece: Node, depth: int) -> str:
        breaks = "\n" * (piece.end_point[0] - piece.start_point[0])
        known = self._constant(self.tree.read(piece)[:200], depth)
        return (known if known is not None else HOLE) + breaks

    def _constant(self, source: str, depth: int) -> str | None:
        """The value of a name that this file gives exactly one value, a string."""
        named = _NAME.match(source.strip())
        if named is None or depth > _DEEPEST:
            return None
        key = named[1] + named[2]
        if key not in self.constants:
            if len(self.constants) >= _MOST_CONSTANTS:
                return None
            self.constants[key] = None  # a constant made of itself has no value
            if self._is_own(named[1]):
                self.constants[key] = self._declared(named[2].lstrip("$") or named[2], depth)
        return self.constants[key]

    def _is_own(self, qualifier: str) -> bool:
        owner = re.sub(r"(?:\.|::|->)\Z", "", qualifier).lstrip("$")
        if owner in {"", "self", "static", "this", "companion", "Companion", "__MODULE__"}:
            return True
        declares = rf"\b(?:class|object|interface|module|record|struct|enum)\s+{re.escape(owner)}\b"
        return bool(re.search(declares.encode(), self.tree.text))

    def _declared(self, name: str, depth: int) -> str | None:
        bare = re.escape(name)
        given = re.findall(rf"(?<![\w$])\$?{bare}\s*(?::?=|\+=)(?![=~>])".encode(), self.tree.text)
        found = list(re.finditer(self.grammar.declared.replace("NAME", bare).encode(), self.tree.text))
        if len(found) != 1 or len(given) > 1:
            return None
        path = self.tree.path_to(found[0].end())
        at = next((index for index, node in enumerate(path) if node.type in self.grammar.literals), None)
        if at is None or path[at].start_byte > found[0].end():
            return None
        while at > 0 and self.grammar.operator(path[at - 1]) is not None:
            at -= 1
        parts = self.parts(path[at])
        value = self._joined(parts, depth + 1)
        return None if HOLE in value else _COMMENT.sub("", value).replace("\n", " ")


def filled(text: str, arguments: list[str], *, braces: bool) -> str:
    """What a formatter makes of a text: `arguments` are its values, holes where they are not known."""
    at = iter(range(len(arguments)))

    def value(found: re.Match[str]) -> str:
        whole = found[0]
        if whole in {"%%", "{{", "}}"}:
            return whole[0]
        index = next((int(group) for group in found.groups() if group), None)
        position = next(at, None) if index is None else index - (not braces)
        known = arguments[position] if position is not None and 0 <= position < len(arguments) else HOLE
        return known if "\n" not in known else HOLE

    return (_BRACES if braces else _PRINTF).sub(value, text)
