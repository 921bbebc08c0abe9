"""Reads the blocks, fields and attributes of schema.prisma (Prisma's documentation, "Prisma schema reference")."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

RELATIONS = frozenset({"model", "view"})
_KINDS = RELATIONS | {"enum", "type", "datasource", "generator"}
_OPENING = 3  # a block begins with its kind, its name and a brace
# an unclosed string or comment ends with its line or the file, so that no character is read twice
_TOKEN = re.compile(
    r"//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|\n|@{0,2}[^\W\d][\w.-]*|\d[\w.]*|\S",
)


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one statement; parentheses may spread it over several lines."""

    first: int
    last: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model; `attributes` gives the words between the parentheses of each attribute."""

    line: Line
    name: str
    type: str
    optional: bool
    many: bool
    attributes: Mapping[str, tuple[str, ...]]

    @property
    def column(self) -> str:
        """The column that the field stands for."""
        return string_in(self.attributes.get("@map", ())) or self.name


@dataclass(slots=True)
class Block:
    """A block with its lines, and what they declare."""

    kind: str
    name: str
    lines: list[Line]
    closed: bool = False
    fields: list[Field] = field(default_factory=list)
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _lines(text: str) -> Iterator[Line]:
    """Yield statements: a line break ends one outside parentheses, and so does a brace."""
    number, first, depth = 1, 1, 0
    words: list[str] = []
    for found in _TOKEN.finditer(text):
        word = found.group()
        if word.startswith(("//", "/*")):
            number += word.count("\n")
            continue
        ends = depth == 0 and word in {"\n", "}"}
        if ends and words:
            yield Line(first, number, tuple(words))
            words = []
        if word == "\n":
            number += 1
            continue
        first = first if words else number
        words.append(word)
        depth = max(0, depth + (word in {"(", "["}) - (word in {")", "]"}))
        if depth == 0 and word in {"{", "}"}:
            yield Line(first, number, tuple(words))
            words = []
    if words:
        yield Line(first, number, tuple(words))


def blocks_of(text: str) -> Iterator[Block]:
    """Yield the blocks of a schema; the last one may not be closed."""
    block: Block | None = None
    for line in _lines(text):
        if _opens(line):
            if block is not None:
                yield block
            block = Block(line.words[0], line.words[1], [line])
        elif block is not None:
            block.lines.append(line)
            if line.words == ("}",):
                block.closed = True
                yield _filled(block)
                block = None
    if block is not None:
        yield block


def _opens(line: Line) -> bool:
    return len(line.words) == _OPENING and line.words[0] in _KINDS and line.words[-1] == "{"


def _filled(block: Block) -> Block:
    """Read the lines of a block that declares fields."""
    if block.kind in RELATIONS:
        for line in block.lines[1:-1]:
            if line.words[0].startswith("@@"):
                block.attributes |= _attributes(line.words)
            elif len(line.words) > 1 and all(word[0].isalpha() for word in line.words[:2]):
                block.fields.append(_field(line))
    return block


def _field(line: Line) -> Field:
    name, kind, *rest = line.words
    attributes = _attributes(rest)
    start = next((at for at, word in enumerate(rest) if word.startswith("@")), len(rest))
    modifiers = rest[:start]
    many = "[" in modifiers
    return Field(line, name, kind, many or "?" in modifiers, many, attributes)


def _attributes(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the attributes of a line with their arguments, those of nested calls among them."""
    found: dict[str, tuple[str, ...]] = {}
    name, depth, inside = "", 0, list[str]()
    for word in words:
        if depth == 0 and word.startswith("@"):
            name, inside = word, []
            found[name] = ()
            continue
        depth += (word == "(") - (word == ")")
        inside.append(word)
        if depth == 0 and name:
            found[name] = tuple(inside)
            name = ""
    return found


def string_in(arguments: Sequence[str]) -> str:
    """Return the first string of an attribute's arguments: `("col")` and `(name: "col")` mean the same."""
    written = next((word for word in arguments if word.startswith('"')), '""')
    try:
        return str(json.loads(written))
    except ValueError:
        return written.strip('"')
