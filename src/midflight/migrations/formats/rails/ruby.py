"""Reads the class of a migration into commands, without running any of it."""

import re
from collections.abc import Mapping

import tree_sitter_ruby
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from midflight.migrations.formats.rails.model import RubyMigration, UnreadableError, Value
from midflight.migrations.formats.rails.statements import Walk
from midflight.migrations.formats.rails.values import Values

_RUBY = Language(tree_sitter_ruby.language())
_PARSER = Parser(_RUBY)
_HEREDOCS = Query(_RUBY, "(heredoc_beginning) @from (heredoc_body) @body")
_CLASSES = Query(_RUBY, "(class) @class")
_BASE = re.compile(
    r"(?P<rails>ActiveRecord::)?.*\bMigration\w*(?:\[\s*(?P<version>[0-9]+\.[0-9]+)\s*\])?\s*\Z", re.DOTALL
)
_NEWEST = (8, 0)


def read_ruby(text: str, given: Mapping[str, Value]) -> RubyMigration:
    """Give the commands of a migration's class, with names that are `given`; UnreadableError where there is none."""
    source = text.encode("utf-8", "replace") + b"\n"  # a heredoc that ends with the file is not seen otherwise
    root = _PARSER.parse(source).root_node
    found = QueryCursor(_HEREDOCS).captures(root)
    begins = sorted(found.get("from", ()), key=lambda node: node.start_byte)
    bodies = sorted(found.get("body", ()), key=lambda node: node.start_byte)
    heredocs = {begin.start_byte: body for begin, body in zip(begins, bodies, strict=False)}
    values = Values(source, heredocs)
    for node in QueryCursor(_CLASSES).captures(root).get("class", ()):
        base = node.child_by_field_name("superclass")
        if base is not None and (match := _BASE.match(values.source(base)[1:].strip())):
            return _migration(values, node, match, given)
    raise UnreadableError("no class in this file extends ActiveRecord::Migration")


def _migration(values: Values, node: Node, base: re.Match[str], given: Mapping[str, Value]) -> RubyMigration:
    major, _, minor = (base["version"] or "4.2").partition(".")
    version = (int(major[:3]), int(minor[:3])) if base["rails"] else _NEWEST
    body = node.child_by_field_name("body")
    statements = body.named_children if body is not None else []
    methods = {_name(values, each): each for each in statements if each.type in {"method", "singleton_method"}}
    names = dict(given)
    for each in statements:
        left = each.child_by_field_name("left") if each.type == "assignment" else None
        if left is not None:
            names[values.source(left)] = values.value(each.child_by_field_name("right"), names)
    walk = Walk(values, methods)
    ways = {name: tuple(walk.method(methods[name], names, 0)) for name in ("change", "up", "down") if name in methods}
    alone = any(
        each.type in {"call", "identifier"} and "disable_ddl_transaction!" in values.source(each)[:60]
        for each in statements
    )
    head = tuple(walk.comments(_before(values.text, node)))
    return RubyMigration(
        version,
        (*head, *ways.get("change", ways.get("up", ()))),
        ways.get("down"),
        changes="change" in ways,
        in_transaction=not alone,
    )


def _before(text: bytes, node: Node) -> list[tuple[int, str]]:
    lines = text[: node.start_byte].decode("utf-8", "replace").split("\n")
    return [(at, line) for at, line in enumerate(lines, 1) if line.lstrip().startswith("#")]


def _name(values: Values, node: Node) -> str:
    name = node.child_by_field_name("name")
    return values.source(name) if name is not None else ""
