"""Finds what queries of a C# file begin with: the sets of its contexts and what is typed as a query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from midflight.references.grammar import Node, Tree
from midflight.references.limits import TooManyUsesError, at_most

_TYPED = re.compile(
    rb"\b(?:I\w*Factory<\s*)?(\w*(?:Context|Db|Database)\w*)>?\??\s+(@?[A-Za-z_]\w*)\s*(?=[;,)]|=(?![=>]))"
)
_MADE = re.compile(
    rb"\bvar\s+(\w+)\s*=\s*(?:new\s+(\w*(?:Context|Db|Database)\w*)\s*[({]"
    rb"|[\w.]+\.Get(?:Required)?Service<\s*(\w*(?:Context|Db|Database)\w*)\s*>)"
)
_FROM_FACTORY = re.compile(rb"\bvar\s+(\w+)\s*=\s*(?:await\s+)?(?:this\.)?(\w+)\.CreateDbContext(?:Async)?\s*\(")
_QUERYABLE = re.compile(rb"\b(?:IQueryable|IOrderedQueryable|DbSet)<\s*([A-Z]\w*)\s*>\??\s+(\w+)\s*(?=[,);]|=(?!=))")
SCOPES = frozenset(
    "method_declaration constructor_declaration local_function_statement accessor_declaration operator_declaration"
    " lambda_expression anonymous_method_expression".split()
)
_MOST = 2_000
_MOST_TYPED = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """The rows that a name stands for: of a set (`Context.Set`, `=Class`), or at the end of a path from it."""

    model: str
    path: str = ""

    def to(self, name: str) -> "Origin":
        """The rows behind a property."""
        return Origin(self.model, f"{self.path}.{name}" if self.path else name)


@dataclass(frozen=True, slots=True)
class Source:
    """A node of the tree that stands for rows."""

    node: Node
    origin: Origin


def sources(tree: Tree) -> tuple[list[Source], bool]:
    """Give each place where rows of a set are named, in the order of the text, and whether these are all."""
    found: dict[int, Source] = {}
    whole = True
    try:
        for each in chain(_of_contexts(tree), _typed_queries(tree)):
            found.setdefault(each.node.id, each)
    except TooManyUsesError:
        whole = False
    return sorted(found.values(), key=lambda each: each.node.start_byte), whole


def _contexts(tree: Tree) -> dict[str, set[str]]:
    """The types of the names that may be contexts."""
    types: dict[str, set[str]] = {}
    for found in at_most(_MOST, _TYPED.finditer(tree.text)):
        types.setdefault(found[2].decode().lstrip("@"), set()).add(found[1].decode())
    for found in at_most(_MOST, _MADE.finditer(tree.text)):
        types.setdefault(found[1].decode(), set()).add((found[2] or found[3]).decode())
    for found in at_most(_MOST, _FROM_FACTORY.finditer(tree.text)):
        types.setdefault(found[1].decode(), set()).update(types.get(found[2].decode(), set()))
    return {name: kinds for name, kinds in types.items() if kinds}


def _of_contexts(tree: Tree) -> Iterator[Source]:
    types = _contexts(tree)
    if not types:
        return
    names = "|".join(sorted(re.escape(name) for name in types)).encode()
    pattern = re.compile(
        rb"(?:(?<![\w.])|(?<=\bthis\.))(" + names + rb")\s*!?\s*\.\s*(?:Set<\s*(\w+)\s*>\s*\(|([A-Z]\w*))"
    )
    for found in at_most(_MOST, pattern.finditer(tree.text)):
        name = tree.root.descendant_for_byte_range(found.start(1), found.start(1) + 1)
        access = parent_of(name, "member_access_expression")
        if access is not None and tree.text[found.start(1) - 5 : found.start(1)] == b"this.":
            access = parent_of(access, "member_access_expression")
        if access is None:
            continue
        if found[2] is not None:
            access = parent_of(access, "invocation_expression")
            if access is not None:
                yield Source(access, Origin(f"={found[2].decode()}"))
        else:
            kinds = sorted(types[found[1].decode()])
            yield Source(access, Origin("|".join(f"{kind}.{found[3].decode()}" for kind in kinds)))


def parent_of(node: Node | None, kind: str) -> Node | None:
    """The node around another one, if it is of a kind; a `!` between them is skipped."""
    parent: Node | None = getattr(node, "parent", None)
    if parent is not None and parent.type == "postfix_unary_expression":
        parent = getattr(parent, "parent", None)
    return parent if parent is not None and parent.type == kind else None


def _typed_queries(tree: Tree) -> Iterator[Source]:
    """The uses of parameters and variables that are declared as queries of a class."""
    for found in at_most(_MOST_TYPED, _QUERYABLE.finditer(tree.text)):
        path = tree.path_to(found.start(2))
        scope = next((node for node in reversed(path) if node.type in SCOPES), None)
        if scope is None:
            continue
        yield from uses_of(tree, found[2].decode(), (found.end(2), scope.end_byte), Origin(f"={found[1].decode()}"))


def uses_of(tree: Tree, name: str, within: tuple[int, int], origin: Origin) -> Iterator[Source]:
    """The uses of a name as the beginning of a chain or of a query; none where it is given something else."""
    bare = re.escape(name.encode())
    text = tree.text
    given = re.compile(rb"(?<![\w.])" + bare + rb"\s*=(?![=>])\s*(?:await\s+)?(\w+)")
    if any(each[1] != name.encode() for each in given.finditer(text, *within)):
        return
    pattern = re.compile(rb"(?<![\w.])" + bare + rb"(?=\s*\.\s*[A-Z])|(?<=\bin )" + bare + rb"\b")
    for found in at_most(_MOST, pattern.finditer(text, *within)):
        node = tree.root.descendant_for_byte_range(found.start(), found.end())
        if node is not None and node.type == "identifier":
            yield Source(node, origin)
