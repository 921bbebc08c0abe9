"""Reads what an Eloquent class declares beside columns: relations, scopes, methods, traits and what may be filled."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from midflight.references.entities import Member
from midflight.references.extractors.eloquent.literals import listed
from midflight.references.extractors.eloquent.names import Names
from midflight.references.grammar import Tree

_RELATION = re.compile(
    r"\$this\s*->\s*((?:has|belongs|morph)\w{2,20})\s*\(\s*(?:related:\s*)?(?:([\w\\]{1,200})::class|['\"]([\w\\]+)['\"])?"
)
_JOINED = frozenset({"belongsToMany", "morphToMany", "morphedByMany", "hasManyThrough", "hasOneThrough"})
_MOST = 10_000  # characters of one method


def marks_of(tree: Tree, body: Node, properties: dict[str, Node], traits: set[str], names: Names) -> Iterator[Member]:
    """Give what is no column as members without one; a mark holds a space, which no name of PHP does."""
    for trait in sorted(traits):
        yield Member(f"trait {trait}", body.start_point[0] + 1)
    for group in ("fillable", "guarded"):
        if group in properties:
            row = properties[group].start_point[0] + 1
            yield Member(f"${group}", row)
            for column, at in listed(tree, properties[group], keys=False):
                yield Member(f"{group} {column}", at)
    for method in body.named_children:
        name = method.child_by_field_name("name")
        if method.type != "method_declaration" or name is None:
            continue
        own, at = tree.read(name), name.start_point[0] + 1
        yield Member(f"method {own}", at)
        if any(part.type == "attribute_list" and "Scope" in tree.read(part) for part in method.named_children):
            yield Member(f"method scope{own}", at)
        found = _RELATION.search(tree.read(method)[:_MOST])
        if found is not None:
            target = names.full(found[2]) if found[2] else (found[3] or "").lstrip("\\")
            yield Member(own, at, refers=f"eloquent class:{target}")
            if found[1] in _JOINED:
                yield Member(f"joined {own}", at)
