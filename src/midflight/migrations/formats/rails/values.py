"""Reads the values that migrations pass: symbols, strings, numbers, lists, hashes and SQL in lambdas."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tree_sitter import Node

from midflight.migrations.formats.rails.model import DEEPEST, LONGEST_TEXT, Sql, Unread, Value

_ESCAPES = {"n": "\n", "t": "\t", "s": " ", "r": "\r", "0": "\0", "e": "\x1b", "a": "\a", "b": "\b"}
_PLAIN = frozenset({"freeze", "squish", "strip", "strip_heredoc", "chomp", "to_s", "to_sym", "html_safe", "dup"})
_UNITS = {"byte": 1, "bytes": 1, "kilobytes": 1024, "kilobyte": 1024, "megabytes": 1024**2, "megabyte": 1024**2}


@dataclass(frozen=True, slots=True)
class Values:
    """The source of one file; `heredocs` gives the body that belongs to each beginning, by its first byte."""

    text: bytes
    heredocs: Mapping[int, Node]

    def source(self, node: Node) -> str:
        """The Ruby of a node."""
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def value(  # noqa: PLR0911 - one return for each kind of value
        self, node: Node | None, names: Mapping[str, Value], depth: int = 0
    ) -> Value:
        """What an expression is, `Unread` where only running it tells; `names` are the variables and constants."""
        if node is None or depth > DEEPEST:
            return Unread("an expression that is nested too deeply")
        match node.type:
            case "simple_symbol" | "hash_key_symbol":
                return self.source(node).lstrip(":")
            case "string" | "delimited_symbol" | "bare_symbol" | "bare_string" | "chained_string":
                return self._string(node, names, depth)
            case "heredoc_beginning":
                body = self.heredocs.get(node.start_byte)
                return self._string(body, names, depth) if body is not None else Unread("a heredoc without an end")
            case "integer" | "float" | "unary":
                return _number(self.source(node))
            case "true" | "false" | "nil":
                return {"true": True, "false": False}.get(node.type)
            case "array" | "string_array" | "symbol_array":
                return tuple(self.value(item, names, depth + 1) for item in _items(node))
            case "hash":
                return self.pairs(_items(node), names, depth + 1)
            case _:
                return self._computed(node, names, depth)

    def _computed(self, node: Node, names: Mapping[str, Value], depth: int) -> Value:
        match node.type:
            case "constant" | "identifier" if self.source(node) in names:
                known = names[self.source(node)]
                inside = depth > 0 and isinstance(known, (tuple, dict))  # lists of lists may grow without end
                return Unread(self.source(node)[:100]) if inside else known
            case "lambda":
                return self._sql(node, names, depth)
            case "call":
                return self._called(node, names, depth)
            case "parenthesized_statements" if node.named_child_count == 1:
                return self.value(node.named_children[0], names, depth + 1)
            case "binary":
                return self._joined(node, names, depth)
        return Unread(self.source(node)[:100])

    def pairs(self, nodes: list[Node], names: Mapping[str, Value], depth: int = 0) -> dict[str, Value]:
        """The entries of a hash; what is merged into it from elsewhere is `Unread` under `**`."""
        found: dict[str, Value] = {}
        for node in nodes:
            key = node.child_by_field_name("key") if node.type == "pair" else None
            name = self.value(key, names, depth + 1) if key is not None else None
            if isinstance(name, str):
                given = node.child_by_field_name("value")
                found[name] = self.value(given, names, depth) if given is not None else names.get(name, Unread(name))
            else:
                inner = self.value(node.named_children[0], names, depth) if node.named_children else None
                found |= inner if isinstance(inner, dict) else {"**": Unread(self.source(node)[:100])}
        return found

    def _string(self, node: Node, names: Mapping[str, Value], depth: int) -> Value:
        parts: list[str] = []
        for child in node.named_children:
            match child.type:
                case "string_content" | "heredoc_content":
                    parts.append(self.source(child))
                case "escape_sequence":
                    parts.append(_escaped(self.source(child)))
                case "string":
                    inner = self._string(child, names, depth + 1) if depth < DEEPEST else None
                    if not isinstance(inner, str):
                        return Unread(self.source(node)[:100])
                    parts.append(inner)
                case "interpolation":
                    given = self.value(child.named_children[0] if child.named_children else None, names, depth + 1)
                    if not isinstance(given, (str, int, float)) or isinstance(given, bool):
                        return Unread(self.source(child)[:100])
                    parts.append(str(given))
        return _bounded("".join(parts))

    def _sql(self, node: Node, names: Mapping[str, Value], depth: int) -> Value:
        """`-> { "now()" }`."""
        body = node.child_by_field_name("body")
        inner = body.child_by_field_name("body") if body is not None else None
        nodes = inner.named_children if inner is not None else []
        given = self.value(nodes[0], names, depth + 1) if len(nodes) == 1 else None
        return Sql(given) if isinstance(given, str) else Unread(self.source(node)[:100])

    def _called(self, node: Node, names: Mapping[str, Value], depth: int) -> Value:
        receiver, method = node.child_by_field_name("receiver"), node.child_by_field_name("method")
        name = self.source(method) if method is not None else ""
        arguments = node.child_by_field_name("arguments")
        if receiver is not None and name in _PLAIN and arguments is None:
            return self.value(receiver, names, depth + 1)
        if name in _UNITS and receiver is not None and receiver.type == "integer":
            number = _number(self.source(receiver))
            return number * _UNITS[name] if isinstance(number, int) else number
        if name == "sql" and receiver is not None and self.source(receiver) == "Arel" and arguments is not None:
            given = self.value(arguments.named_children[0], names, depth + 1) if arguments.named_children else None
            return Sql(given) if isinstance(given, str) else Unread(self.source(node)[:100])
        return Unread(self.source(node)[:100])

    def _joined(self, node: Node, names: Mapping[str, Value], depth: int) -> Value:
        left, right = (self.value(node.child_by_field_name(side), names, depth + 1) for side in ("left", "right"))
        plus = any(child.type == "+" for child in node.children)
        if plus and isinstance(left, str) and isinstance(right, str):
            return _bounded(left + right)
        return Unread(self.source(node)[:100])


def _bounded(text: str) -> Value:
    return text if len(text) <= LONGEST_TEXT else Unread("a text that is too long")


def _items(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _number(text: str) -> Value:
    plain = text.replace("_", "")
    if re.fullmatch(r"-?[0-9]{1,30}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?[0-9]{1,30}\.[0-9]{1,30}", plain) else Unread(text[:100])


def _escaped(text: str) -> str:
    if found := re.fullmatch(r"\\u\{?([0-9a-fA-F]{1,6})\}?", text):
        code = int(found[1], 16)
        return chr(code) if code < 0x110000 else text
    return "" if text == "\\\n" else _ESCAPES.get(text[1:], text[1:])
