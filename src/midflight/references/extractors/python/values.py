"""Reads the value that an expression of Python has, as far as its file tells."""

import re
from dataclasses import replace

from tree_sitter import Node

from midflight.references.extractors.python.syntax import Source, bare, keywords, line
from midflight.references.model import HOLE
from midflight.references.postgrest import Named
from midflight.references.values import Record, Rows, Text, Unknown, Value, shorten

_DEEPEST = 12
_ESCAPE = re.compile(r"\\(\r?\n|.)", re.DOTALL)
_FORMAT = re.compile(r"\{[^{}\n]{0,80}\}")


def value_of(node: Node, source: Source, depth: int = 0) -> Value:
    """Give the value of an expression; constants of the same file are followed."""
    node = bare(node)
    found: Value | None = None
    if depth <= _DEEPEST and source.spend():
        match node.type:
            case "string" | "concatenated_string" | "binary_operator":
                found = _text(node, source, depth)
            case "dictionary":
                found = _record(node, source, depth)
            case "list" | "tuple":
                items = [child for child in node.named_children if child.type != "comment"]
                values = tuple(value_of(item, source, depth + 1) for item in items)
                found = Rows(values, all(item.type != "list_splat" for item in items), line(node))
            case "list_comprehension" | "generator_expression":
                body = node.child_by_field_name("body")
                row = value_of(body, source, depth + 1) if body is not None else None
                found = Rows((row,), complete=True, line=line(node)) if isinstance(row, Record) else None
            case "identifier" | "attribute":
                found = _named(node, source, depth)
            case "call":
                found = _called(node, source, depth)
            case "conditional_expression":
                found = _either(node, source, depth)
    return found or Unknown(shorten(source.read(node)[:400]), line(node))


def _text(node: Node, source: Source, depth: int) -> Text | None:
    """A string, an f-string, or several of them joined, with the line breaks of the source between."""
    parts = _parts(node, source)
    if parts is None or not any(part.type == "string" for part in parts):
        return None
    text, end = "", parts[0].start_point[0]
    for part in parts:
        text += "\n" * max(0, part.start_point[0] - end)
        if part.type == "string":
            text += _string(part, source, depth)
        else:
            value = value_of(part, source, depth + 1)
            text += value.text if isinstance(value, Text) else HOLE
        end = part.end_point[0]
    return Text(text, line(parts[0]))


def _parts(node: Node, source: Source) -> list[Node] | None:
    """The operands of `"a" + b` and the pieces of `"a" "b"`, left to right."""
    parts: list[Node] = []
    while node.type == "binary_operator":
        operator, left, right = (node.child_by_field_name(name) for name in ("operator", "left", "right"))
        if operator is None or left is None or right is None:
            return None
        if operator.type == "%":  # "select %s" % value
            node = bare(left)
            continue
        if operator.type != "+":
            return None
        parts.append(bare(right))
        node = bare(left)
    parts.append(node)
    pieces = [piece for part in reversed(parts) for piece in _pieces(part)]
    return pieces if source.spend() else None


def _pieces(node: Node) -> list[Node]:
    return (
        [child for child in node.named_children if child.type == "string"]
        if node.type == "concatenated_string"
        else [node]
    )


def _string(node: Node, source: Source, depth: int) -> str:
    start, *rest = node.named_children or [node]
    is_raw = "r" in source.read(start).lower()
    text, at = "", start.end_byte
    for child in rest:
        if child.type == "interpolation":
            text += _plain(source, at, child.start_byte, raw=is_raw)
            inner = child.child_by_field_name("expression")
            value = value_of(inner, source, depth + 1) if inner is not None else None
            text += value.text if isinstance(value, Text) and "\n" not in value.text else HOLE
            text += "\n" * (child.end_point[0] - child.start_point[0])
            at = child.end_byte
        elif child.type == "string_end":
            text += _plain(source, at, child.start_byte, raw=is_raw)
    return text


def _plain(source: Source, start: int, end: int, *, raw: bool) -> str:
    text = source.text[start:end].decode("utf-8", "replace")
    return text if raw or "\\" not in text else _ESCAPE.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    return " " if found[1] in {"n", "t", "r"} else found[1]


def _record(node: Node, source: Source, depth: int) -> Record:
    entries: list[tuple[Named, Value]] = []
    complete = True
    for child in node.named_children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            name = value_of(key, source, depth + 1) if key is not None else None
            if isinstance(name, Text) and HOLE not in name.text and value is not None:
                entries.append((Named(name.text, line(child)), value_of(value, source, depth + 1)))
            else:
                complete = False
        elif child.type == "dictionary_splat":
            more = value_of(child.named_children[0], source, depth + 1) if child.named_children else None
            entries += more.entries if isinstance(more, Record) else ()
            complete = complete and isinstance(more, Record) and more.complete
    return Record(tuple(entries), complete, line(node))


def _named(node: Node, source: Source, depth: int) -> Value | None:
    if node.type == "identifier":
        name = source.read(node)
        declared = source.value(name, node)
        found = value_of(declared, source, depth + 1) if declared is not None else None
        if isinstance(found, Record):
            return _extended(found, name, source)
        return found
    owner, member = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    if owner is None or member is None or source.read(owner) not in {"self", "cls"}:
        return None
    declared = source.member(source.read(member))
    return value_of(declared, source, depth + 1) if declared is not None else None


def _extended(record: Record, name: str, source: Source) -> Record:
    added = source.additions(name)
    keys = tuple((Named(source.read(key).strip("'\""), line(key)), Unknown("", line(key))) for key in added)
    complete = record.complete and not added and not source.is_indexed(name)
    return replace(record, entries=record.entries + keys, complete=complete)


def _called(node: Node, source: Source, depth: int) -> Value | None:
    """`dict(a=1)`, `"...".format(x)` and `textwrap.dedent("...")`."""
    function = node.child_by_field_name("function")
    callee = source.read(function) if function is not None else ""
    given = node.child_by_field_name("arguments")
    if callee == "dict":
        plain = given is not None and all(child.type == "keyword_argument" for child in given.named_children)
        entries = tuple(
            (Named(source.read(key), line(key)), value_of(value, source, depth + 1)) for key, value in keywords(node)
        )
        return Record(entries, plain, line(node))
    if function is not None and function.type == "attribute" and callee.endswith(".format"):
        owner = function.child_by_field_name("object")
        text = value_of(owner, source, depth + 1) if owner is not None else None
        return replace(text, text=_FORMAT.sub(HOLE, text.text)) if isinstance(text, Text) else None
    return None


def _either(node: Node, source: Source, depth: int) -> Value | None:
    """`{"a": 1} if condition else {"b": 2}`: the keys of both, not complete."""
    values = [value_of(child, source, depth + 1) for child in node.named_children[::2]]
    records = [value for value in values if isinstance(value, Record)]
    if not records:
        return None
    return Record(tuple(entry for record in records for entry in record.entries), complete=False, line=records[0].line)
