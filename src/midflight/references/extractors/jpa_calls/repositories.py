"""Reads Spring Data's repositories: their derived methods, entity graphs and the orders that callers ask for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from midflight.references.derived_queries import METHOD
from midflight.references.drafts import Draft
from midflight.references.grammar import Node, Tree, line
from midflight.references.limits import at_most
from midflight.references.mapping import FieldUse, Mapper, ModelCall
from midflight.references.model import HOLE, Place, Verb
from midflight.references.offsets import line_at
from midflight.references.postgrest import Named
from midflight.references.strings import Reader
from midflight.references.values import Call, Text, Unknown, shorten

_REPOSITORY = re.compile(
    rb"\binterface\s+(\w+)(?:<[^<>{}]*>)?\s*(?:extends|:)[^{};]{0,500}?\b"
    rb"(?:(?:Jpa|List|Crud|ListCrud|PagingAndSorting|ListPagingAndSorting|Reactive|Read)*\w*Repository|Repository"
    rb"|JpaSpecificationExecutor)\s*<\s*([\w.]+)\s*(?:,|>)"
)
_METHOD = re.compile(rb"\b((?:find|read|get|query|search|stream|count|exists|delete|remove)\w*By[A-Z]\w*)\s*\(")
_METHODS = frozenset({"method_declaration", "function_declaration"})
_TOLD = re.compile(r"@(?:[\w.]+\.)?(?:Query|NativeQuery|Procedure|NamedQuery|Select|Update|Delete|Insert)\b")
_GRAPH = re.compile(rb"@(?:[\w.]+\.)?EntityGraph\s*\([^()]{0,1000}\battributePaths\s*=\s*(?=[\[{\"])")
_FIELD = rb"\b(\w+Repository)\s+(\w+)\s*[;,)=]|\b(\w+)\s*:\s*(\w+Repository)\b"
_SORT = re.compile(rb"\b(\w+)\s*\.\s*\w+\s*\((?=[^;{}]{0,300}?\bSort\s*\.\s*by\s*\()")
_SORT_BY = re.compile(rb"\bSort\s*\.\s*by\s*\(")
_MOST = 1_000
_MOST_REPOSITORIES = 50


@dataclass(frozen=True, slots=True)
class Repository:
    """An interface of a file with the class whose rows it holds, and its bytes from and to."""

    name: str
    entity: str
    start: int
    end: int


def repositories(tree: Tree) -> Iterator[Repository]:
    """Give the repositories of a file."""
    for found in at_most(_MOST_REPOSITORIES, _REPOSITORY.finditer(tree.text)):
        kinds = {"interface_declaration", "class_declaration"}
        node = next((node for node in reversed(tree.path_to(found.start())) if node.type in kinds), None)
        if node is not None:
            name = found[2].decode().rpartition(".")[2]
            yield Repository(found[1].decode(), name, node.start_byte, node.end_byte)


def around(known: Sequence[Repository], offset: int) -> str:
    """The entity of the repository that holds a byte, "" where none does."""
    return next((each.entity for each in known if each.start <= offset < each.end), "")


def methods(tree: Tree, known: Sequence[Repository]) -> Iterator[Draft]:
    """Give the methods whose names are queries, and what entity graphs load."""
    for each in known:
        for found in at_most(_MOST, _METHOD.finditer(tree.text, each.start, each.end)):
            name = found[1].decode()
            if METHOD.match(name) and _is_derived(tree, found.start()):
                at = Place(tree.path, line_at(tree.text, found.start()))
                steps = (Call("derived", (Text(name, at.line),), at.line),)
                yield Draft(found.start(), call=ModelCall(Mapper.JPA, at, each.entity, steps, text=name))
        for found in at_most(_MOST, _GRAPH.finditer(tree.text, each.start, each.end)):
            yield _graph(tree, each.entity, found)


def _is_derived(tree: Tree, offset: int) -> bool:
    """Whether a name is that of a method without a body and without a query of its own."""
    node = next((node for node in reversed(tree.path_to(offset)) if node.type in _METHODS), None)
    if node is None:
        return False
    body = any(child.type in {"block", "function_body"} for child in node.children)
    said = next((tree.read(child)[:20_000] for child in node.children if child.type == "modifiers"), "")
    before = node.start_byte <= offset and not tree.text[node.start_byte : offset].rstrip().endswith(b".")
    return before and not body and not _TOLD.search(said)


def _graph(tree: Tree, entity: str, found: re.Match[bytes]) -> Draft:
    opened = tree.text[found.end() : found.end() + 1]
    closes = {b"{": b"}", b"[": b"]"}.get(opened, b"")
    end = tree.text.find(closes, found.end() + 1) if closes else tree.text.find(b'"', found.end() + 1) + 1
    first = line_at(tree.text, found.start())
    uses = []
    for text in at_most(_MOST, re.finditer(rb'"([\w.]{1,200})"', tree.text[found.end() : max(end, found.end())])):
        at = line_at(tree.text, found.end() + text.start())
        uses.append(FieldUse(entity, Named(text[1].decode(), at)))
    call = ModelCall(Mapper.JPA, Place(tree.path, first), entity, uses=tuple(uses), text="@EntityGraph")
    return Draft(found.start(), call=call)


def sorts(reader: Reader, known: Sequence[Repository]) -> Iterator[Draft]:
    """Give the orders in calls on a repository of the same file, or called after its class (`userRepository`)."""
    tree = reader.tree
    if not _SORT_BY.search(tree.text):
        return
    types: dict[str, set[str]] = {}
    for found in at_most(_MOST, re.finditer(_FIELD, tree.text)):
        kind, name = (found[1], found[2]) if found[1] else (found[4], found[3])
        types.setdefault(name.decode(), set()).add(kind.decode())
    entities = {each.name: each.entity for each in known}
    for found in at_most(_MOST, _SORT.finditer(tree.text)):
        kinds = types.get(found[1].decode(), set())
        kind = next(iter(kinds)) if len(kinds) == 1 else ""
        entity = entities.get(kind) or f"@{kind}"
        if kind:
            yield from _sorted(reader, entity, found)


def _sorted(reader: Reader, entity: str, found: re.Match[bytes]) -> Iterator[Draft]:
    tree = reader.tree
    call = _call(tree, found.end() - 1)
    if call is None:
        return
    for by in at_most(_MOST, _SORT_BY.finditer(tree.text, call.start_byte, call.end_byte)):
        given = _call(tree, by.end() - 1)
        literals = [node for node in given.children if node.is_named] if given is not None else []
        uses, steps = [], []
        for node in literals:
            inner = node.children[0] if node.type == "value_argument" and len(node.children) == 1 else node
            if inner.type in reader.grammar.literals and HOLE not in (text := reader.value(inner)):
                uses.append(FieldUse(entity, Named(text, line(inner))))
            elif "Sort" not in tree.read(inner)[:200] and "_" not in tree.read(inner)[:200]:
                reason = f"the order of `{entity.removeprefix('@')}` is chosen while the program runs"
                steps.append(Call("order", (Unknown(reason, line(inner)),), line(inner)))
        at = Place(tree.path, line_at(tree.text, by.start()))
        text = shorten(tree.read(call))
        yield Draft(
            by.start(), call=ModelCall(Mapper.JPA, at, entity, tuple(steps), Verb.SELECT, tuple(uses), text=text)
        )


def _call(tree: Tree, offset: int) -> Node | None:
    """The arguments that a parenthesis opens."""
    kinds = {"argument_list", "value_arguments"}
    found = next((node for node in reversed(tree.path_to(offset)) if node.type in kinds), None)
    return found if found is not None and found.start_byte == offset else None
