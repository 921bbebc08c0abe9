"""Reads Ecto schemas: the columns that Ecto lists by itself for each (Ecto's documentation, "Ecto.Schema")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_elixir
from tree_sitter import Language, Parser

from midflight.changes.model import NotAnalysed
from midflight.references.grammar import DEEPEST, Node, TooDeepError, Tree, line
from midflight.references.model import Access, Api, ColumnUse, Extracted, Place, TableReference, Verb
from midflight.references.values import shorten

SUFFIXES = frozenset({".ex", ".exs"})

MOST_SCHEMAS = 500

_PARSER = Parser(Language(tree_sitter_elixir.language()))
_SCHEMA = re.compile(rb"(?<![\w.:@])schema[ \t(]{1,20}\"([^\"\\#\n]{1,200})\"")
_DEFAULTS = re.compile(rb"\buse\s+Ecto\.Schema\b")  # a `use` of a project's own may set other defaults
_PREFIX = re.compile(rb"@schema_prefix\s+\"([^\"\\#\n]{1,200})\"")
_KEY = re.compile(rb"@primary_key\s+(?:(false)|\{\s*:(\w+)([^{}\n]{0,200})\})")
_STAMPS = re.compile(rb"@timestamps_opts\s+\[([^\[\]]{0,400})\]")
_OPTION = re.compile(r"\b(\w+):\s*(:\w+|true|false|nil)")
_EMBEDS = frozenset({"embeds_one", "embeds_many"})
_NO_COLUMN = frozenset({"has_one", "has_many", "many_to_many"})


@dataclass(frozen=True, slots=True)
class _Field:
    column: str
    line: int
    read: bool = True
    written: bool = True


def extract(path: str, source: bytes) -> Extracted:
    """Give a reading and a writing reference for each schema of one file."""
    if not _SCHEMA.search(source):
        return Extracted()
    tree = Tree(path, source, _PARSER.parse(source).root_node)
    references: list[TableReference] = []
    try:
        for count, found in enumerate(_SCHEMA.finditer(source)):
            if count >= MOST_SCHEMAS:
                reason = f"the file holds more than {MOST_SCHEMAS} schemas; the rest is not read"
                return Extracted(tuple(references), (NotAnalysed(path, 0, reason),))
            references += _schema(tree, found)
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(path, 0, f"the code is nested more than {DEEPEST} deep"),))
    return Extracted(tuple(references))


def _schema(tree: Tree, found: re.Match[bytes]) -> Iterator[TableReference]:
    path = tree.path_to(found.start())
    call = path[-2] if len(path) > 1 else None
    block = _block(call)
    if call is None or call.type != "call" or block is None:
        return
    module = next((node for node in reversed(path) if _name(tree, node) == "defmodule"), tree.root)
    before = tree.text[module.start_byte : call.start_byte]
    fields = [*_key(before, line(call)), *_fields(tree, block, before)]
    prefix = _last(_PREFIX, before)
    table = found[1].decode("utf-8", "replace")
    for verb, access in ((Verb.INSERT, Access.WRITE), (Verb.SELECT, Access.READ)):
        kept = [one for one in fields if (one.written if verb is Verb.INSERT else one.read)]
        yield TableReference(
            Place(tree.path, line(call)),
            table,
            verb,
            Api.SQL,
            schema=prefix[1].decode("utf-8", "replace") if prefix else "",
            columns=tuple(dict.fromkeys(ColumnUse(one.column, access, Place(tree.path, one.line)) for one in kept)),
            text=shorten(tree.text[found.start() : found.end()].decode("utf-8", "replace")),
            mapped=True,
        )


def _last(pattern: re.Pattern[bytes], text: bytes) -> re.Match[bytes] | None:
    found = None
    for found in pattern.finditer(text):  # noqa: B007 - the last one counts
        pass
    return found


def _key(before: bytes, at: int) -> Iterator[_Field]:
    """The primary key: `id` unless the module says otherwise."""
    given = _last(_KEY, before)
    if given is None and _DEFAULTS.search(before):
        yield _Field("id", at)
    elif given is not None and not given[1]:
        options = _options(given[3].decode("utf-8", "replace"))
        yield _Field(options.get("source", given[2].decode("utf-8", "replace")), at)


def _fields(tree: Tree, block: Node, before: bytes) -> Iterator[_Field]:
    for child in block.children:
        if child.type != "call":
            continue
        macro, source = _name(tree, child), tree.read(child)
        options = _options(_flat(tree, child))
        named = re.match(r"\w+[\s(]*:(\w+[?!]?)", source)
        if macro == "timestamps":
            yield from _stamps(options, before, line(child))
        elif named is None or macro in _NO_COLUMN or options.get("virtual") == "true":
            continue
        elif macro == "field" or macro in _EMBEDS:
            read, written = options.get("load_in_query") != "false", options.get("writable") != "never"
            yield _Field(options.get("source", named[1]), line(child), read, written)
        elif macro == "belongs_to" and options.get("define_field") != "false":
            key = options.get("foreign_key", f"{named[1]}_id")
            yield _Field(options.get("source", key), line(child))


def _stamps(options: dict[str, str], before: bytes, at: int) -> Iterator[_Field]:
    given = _last(_STAMPS, before)
    if given is None and not _DEFAULTS.search(before):
        return  # set elsewhere
    defaults = _options(given[1].decode("utf-8", "replace")) if given else {}
    chosen = {**defaults, **options}
    for name in ("inserted_at", "updated_at"):
        column = chosen.get(f"{name}_source", chosen.get(name, name))
        if column != "false":
            yield _Field(column, at)


def _flat(tree: Tree, call: Node) -> str:
    """The source of a call without the block that follows it, and without lists inside."""
    block = _block(call)
    end = block.start_byte if block is not None else call.end_byte
    text = tree.text[call.start_byte : end].decode("utf-8", "replace")
    return re.sub(r"\[[^\[\]]{0,2000}\]|\{[^{}]{0,2000}\}|\"[^\"\n]{0,2000}\"", " ", text)


def _options(text: str) -> dict[str, str]:
    return {found[1]: found[2].lstrip(":") for found in _OPTION.finditer(text)}


def _name(tree: Tree, node: Node) -> str:
    first = node.children[0] if node.type == "call" and node.children else None
    return tree.read(first) if first is not None and first.type == "identifier" else ""


def _block(call: Node | None) -> Node | None:
    return next((child for child in call.children if child.type == "do_block"), None) if call is not None else None
