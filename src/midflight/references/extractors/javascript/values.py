"""Reads the value that an expression of TypeScript or JavaScript has, as far as its file tells."""

import re
from dataclasses import replace

from tree_sitter import Node

from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, exits, line
from midflight.references.model import HOLE
from midflight.references.postgrest import Named
from midflight.references.values import Record, Rows, Text, Unknown, Value, shorten

_DEEPEST = 12
_ESCAPE = re.compile(r"\\(\r?\n|.)", re.DOTALL)
_FRAGMENTS = re.compile(r"(?:^|\.)sql(?:<[^<>]*>)?$|(?:^|\.)(?:sql|Prisma)\.raw$")
_OPERATORS = frozenset({"Op.or", "Op.and", "Op.not"})  # keys that Sequelize joins conditions by
_MAPS = frozenset({"map", "flatMap"})


def value_of(node: Node, names: Names, depth: int = 0) -> Value:
    """Give the value of an expression; constants of the same file are followed."""
    node = bare(node)
    found: Value | None = None
    if depth <= _DEEPEST and names.spend():
        match node.type:
            case "string":
                found = Text(_unescape(names.source.read(node)[1:-1]), line(node))
            case "template_string":
                found = Text(_template(node, names, depth), line(node))
            case "object":
                found = _record(node, names, depth)
            case "array":
                items = [child for child in node.named_children if child.type != "comment"]
                values = tuple(value_of(item, names, depth + 1) for item in items)
                found = Rows(values, all(item.type != "spread_element" for item in items), line(node))
            case "identifier" | "member_expression" | "subscript_expression":
                found = _named(node, names, depth)
            case "call_expression":
                found = _fragment(node, names, depth) or _mapped(node, names, depth)
            case "binary_expression":
                found = _joined(node, names, depth)
            case "ternary_expression":
                found = _either(node, names, depth)
    return found or Unknown(shorten(names.source.read(node)[:400]), line(node))


def _unescape(text: str) -> str:
    """Take escapes out without changing the number of lines."""

    def plain(found: re.Match[str]) -> str:
        mark = found[1]
        return " " if mark in {"n", "t", "r"} else mark

    return _ESCAPE.sub(plain, text) if "\\" in text else text


def _template(node: Node, names: Names, depth: int) -> str:
    source = names.source
    parts: list[str] = []
    at = node.start_byte + 1
    for child in node.named_children:
        if child.type != "template_substitution":
            continue
        parts.append(_unescape(source.text[at : child.start_byte].decode("utf-8", "replace")))
        inner = child.named_children[0] if child.named_children else None
        value = value_of(inner, names, depth + 1) if inner is not None else None
        known = isinstance(value, Text) and "\n" not in value.text
        parts.append(value.text if known and isinstance(value, Text) else HOLE)
        parts.append("\n" * (child.end_point[0] - child.start_point[0]))
        at = child.end_byte
    parts.append(_unescape(source.text[at : node.end_byte - 1].decode("utf-8", "replace")))
    return "".join(parts)


def _record(node: Node, names: Names, depth: int) -> Record:
    entries: list[tuple[Named, Value]] = []
    complete = True
    for child in node.named_children:
        match child.type:
            case "comment":
                continue
            case "pair":
                key = child.child_by_field_name("key")
                value = child.child_by_field_name("value")
                name = _key(key, names) if key is not None else ""
                if name and key is not None and value is not None:
                    entries.append((Named(name, line(key)), value_of(value, names, depth + 1)))
                complete = complete and bool(name)
            case "shorthand_property_identifier":
                name = names.source.read(child)
                entries.append((Named(name, line(child)), Unknown(name, line(child))))
            case "spread_element":
                more, known = _spread(child, names, depth)
                entries += more
                complete = complete and known
            case _:
                complete = False
    return Record(tuple(entries), complete, line(node))


def _key(key: Node, names: Names) -> str:
    text = names.source.read(key)
    match key.type:
        case "property_identifier":
            return text
        case "string":
            return _unescape(text[1:-1])
        case "computed_property_name":
            value = value_of(key.named_children[0], names) if key.named_children else None
            if isinstance(value, Unknown) and value.text in _OPERATORS:
                return value.text
            return value.text if isinstance(value, Text) and HOLE not in value.text else ""
        case _:
            return ""


def _spread(node: Node, names: Names, depth: int) -> tuple[list[tuple[Named, Value]], bool]:
    """The keys that `...value` adds, and whether those are all and always there."""
    inner = bare(node.named_children[0]) if node.named_children else node
    if inner.type == "binary_expression":  # ...(condition && { key })
        right = inner.child_by_field_name("right")
        value = value_of(right, names, depth + 1) if right is not None else None
        return (list(value.entries), False) if isinstance(value, Record) else ([], False)
    value = value_of(inner, names, depth + 1)
    return (list(value.entries), value.complete) if isinstance(value, Record) else ([], False)


def _named(node: Node, names: Names, depth: int) -> Value | None:
    if node.type == "identifier":
        name = names.source.read(node)
        declared = names.value(name, node)
        found = value_of(declared, names, depth + 1) if declared is not None and declared.type != "enum_body" else None
        if isinstance(found, Record):
            return _extended(found, name, names)
        return found
    found = _member(node, names, depth)
    return found if isinstance(found, Text) else None


def _extended(record: Record, name: str, names: Names) -> Record:
    added = names.additions(name)
    keys = tuple((Named(names.source.read(key), line(key)), Unknown("", line(key))) for key in added)
    return replace(
        record, entries=record.entries + keys, complete=record.complete and not added and not names.is_indexed(name)
    )


def _member(node: Node, names: Names, depth: int) -> Value | None:
    owner = node.child_by_field_name("object")
    wanted = node.child_by_field_name("property") or node.child_by_field_name("index")
    if owner is None or wanted is None:
        return None
    key = names.source.read(wanted).strip("'\"`")
    owner = bare(owner)
    if owner.type == "this":
        found = names.member(key)
        return value_of(found, names, depth + 1) if found is not None else None
    declared = names.value(names.source.read(owner), owner) if owner.type == "identifier" else None
    if declared is not None and declared.type == "enum_body":
        return _enumerated(declared, key, names)
    holder = value_of(declared, names, depth + 1) if declared is not None else None
    entries = holder.entries if isinstance(holder, Record) else ()
    return next((value for name, value in entries if name.name == key), None)


def _enumerated(body: Node, key: str, names: Names) -> Value | None:
    for entry in body.named_children:
        name, value = entry.child_by_field_name("name"), entry.child_by_field_name("value")
        if name is not None and value is not None and names.source.read(name) == key:
            return value_of(value, names)
    return None


def _fragment(node: Node, names: Names, depth: int) -> Text | None:
    """A piece of SQL on one line: `Prisma.sql`where a = ${b}``, `Prisma.raw("...")`, `Prisma.empty` is no call."""
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    callee = names.source.read(function)[-40:] if function is not None else ""
    if given is None or not _FRAGMENTS.search(callee):
        return None
    if given.type == "template_string":
        return Text(" ".join(_template(given, names, depth).split()), line(given))
    parts = arguments(node)
    value = value_of(parts[0], names, depth + 1) if callee.endswith("raw") and parts else None
    return value if isinstance(value, Text) else None


def _mapped(node: Node, names: Names, depth: int) -> Rows | None:
    """`list.map((x) => ({ key: x }))` is a list of such objects."""
    function = node.child_by_field_name("function")
    method = function.child_by_field_name("property") if function is not None else None
    given = arguments(node)
    if method is None or names.source.read(method) not in _MAPS or not given or given[0].type != "arrow_function":
        return None
    body = given[0].child_by_field_name("body")
    last = exits(body) if body is not None and body.type == "statement_block" else None
    if last is not None:
        body = last.named_children[0] if last.type == "return_statement" and last.named_children else None
    row = value_of(body, names, depth + 1) if body is not None else None
    return Rows((row,), complete=True, line=row.line) if isinstance(row, Record) else None


def _joined(node: Node, names: Names, depth: int) -> Text | None:
    """`'a' + 'b'`, with the line breaks of the source between its parts."""
    parts = _parts(node, names)
    if parts is None:
        return None
    text, end = "", parts[0].start_point[0]
    literal = False
    for part in parts:
        value = value_of(part, names, depth + 1)
        known = isinstance(value, Text)
        literal = literal or part.type in {"string", "template_string"}
        text += "\n" * (part.start_point[0] - end) + (value.text if isinstance(value, Text) and known else HOLE)
        end = part.end_point[0]
    return Text(text, line(parts[0])) if literal else None


def _parts(node: Node, names: Names) -> list[Node] | None:
    """The operands of a chain of `+`, left to right."""
    parts: list[Node] = []
    while node.type == "binary_expression":
        operator, left, right = (node.child_by_field_name(name) for name in ("operator", "left", "right"))
        if operator is None or left is None or right is None or names.source.read(operator) != "+":
            return None
        parts.append(bare(right))
        node = bare(left)
    return [node, *reversed(parts)]


def _either(node: Node, names: Names, depth: int) -> Value | None:
    """`condition ? { a } : { b }`: the keys of both, not complete; of pieces of SQL the first that says something."""
    both = [node.child_by_field_name(name) for name in ("consequence", "alternative")]
    pieces = [_fragment(branch, names, depth + 1) for branch in both if branch is not None]
    if any(pieces):
        return next(piece for piece in pieces if piece)
    values = [value_of(branch, names, depth + 1) for branch in both if branch is not None]
    records = [value for value in values if isinstance(value, Record)]
    if not records:
        return None
    return Record(tuple(entry for record in records for entry in record.entries), complete=False, line=records[0].line)
