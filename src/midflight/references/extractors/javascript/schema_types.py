"""Reads the types of a schema that `supabase gen types typescript` writes.

Source: the Supabase documentation, "Generating TypeScript Types".
"""

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from midflight.references.extractors.javascript.syntax import Source, TooDeepError, line, parse
from midflight.references.model import TypedSchema

_BODIES = frozenset({"object_type", "interface_body"})


def read_types(path: str, source: bytes) -> tuple[TypedSchema, ...]:
    """Give the schemas of a generated file, none where it is no such file or does not parse."""
    parsed = parse(path, source)
    if parsed.root.has_error:
        return ()
    try:
        return tuple(_schemas(parsed))
    except (TooDeepError, RecursionError):
        return ()


def _schemas(source: Source) -> Iterator[TypedSchema]:
    body = _database(source)
    for name, schema in _members(source, body).items():
        parts = _members(source, schema)
        if "Tables" not in parts:
            continue
        relations = {**_members(source, parts["Tables"]), **_members(source, parts.get("Views"))}
        yield TypedSchema(
            source.path,
            name,
            tuple((relation, _columns(source, given)) for relation, given in relations.items()),
            frozenset(_members(source, parts.get("Functions"))),
            tuple((enum, _labels(source, given)) for enum, given in _members(source, parts.get("Enums")).items()),
            line(parts["Tables"]),
        )


def _database(source: Source) -> Node | None:
    """The body of `export type Database = {...}` or `export interface Database {...}`."""
    for statement in source.root.named_children:
        declared = statement.child_by_field_name("declaration") or statement
        name = declared.child_by_field_name("name")
        if name is not None and source.read(name) == "Database":
            return declared.child_by_field_name("value") or declared.child_by_field_name("body")
    return None


def _members(source: Source, body: Node | None) -> Mapping[str, Node]:
    """The properties of a type, by name, with their types."""
    found: dict[str, Node] = {}
    for member in body.named_children if body is not None and body.type in _BODIES else ():
        name, given = member.child_by_field_name("name"), member.child_by_field_name("type")
        value = next(iter(given.named_children), None) if given is not None else None
        if member.type == "property_signature" and name is not None and value is not None:
            found[source.read(name).strip("'\"")] = value
    return found


def _columns(source: Source, relation: Node) -> frozenset[str]:
    return frozenset(_members(source, _members(source, relation).get("Row")))


def _labels(source: Source, union: Node) -> frozenset[str]:
    labels: set[str] = set()
    waiting = [union]
    while waiting:
        node = waiting.pop()
        if node.type == "union_type":
            waiting += node.named_children
        elif node.type == "literal_type":
            labels.add(source.read(node).strip("'\""))
    return frozenset(labels)
