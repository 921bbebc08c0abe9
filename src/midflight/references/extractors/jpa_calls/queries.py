"""Finds the texts of JPQL: in annotations and in what an entity manager is given."""

import re
from collections.abc import Iterator, Sequence

from midflight.references.drafts import Draft
from midflight.references.extractors.jpa_calls.repositories import Repository, around
from midflight.references.grammar import Node
from midflight.references.mapping import Mapper, ModelCall
from midflight.references.model import HOLE, Place, SqlText
from midflight.references.strings import Reader

_OPENS = re.compile(
    rb"@(?:[\w.]+\.)?(?P<note>Query|NamedQuery)\s*\(|(?<!@)\bNamedQuery\s*\("
    rb"|\.\s*create(?:Selection|Mutation)?Query\s*(?:<[^()<>]*>)?\s*\("
)
_NATIVE = re.compile(r"\bnativeQuery\s*=\s*true\b")
_LISTS = frozenset({"annotation_argument_list", "argument_list", "value_arguments"})
_LONGEST = 50_000  # bytes


def queries(reader: Reader, known: Sequence[Repository]) -> Iterator[Draft]:
    """Give each text of JPQL with the entity of the repository around it."""
    tree = reader.tree
    for found in _OPENS.finditer(tree.text):
        given = next((node for node in reversed(tree.path_to(found.end() - 1)) if node.type in _LISTS), None)
        if given is None or given.end_byte - given.start_byte > _LONGEST or _NATIVE.search(tree.read(given)):
            continue
        value = _value(reader, given, "query" if b"Named" in found[0] else "value")
        if value is None:
            continue
        parts = reader.parts(value)
        text = reader.text(parts)
        line = reader.begins(parts[0])
        call = ModelCall(
            Mapper.JPA,
            Place(tree.path, line),
            around(known, found.start()),
            query=SqlText(Place(tree.path, line), text, dynamic=HOLE in text),
        )
        yield Draft(found.start(), call=call)


def _value(reader: Reader, given: Node, name: str) -> Node | None:
    """The argument of a name, or the first that has none."""
    for child in given.children:
        if not child.is_named or "comment" in child.type:
            continue
        inner = [each for each in child.children if each.is_named]
        names = any(each.type == "=" for each in child.children) and len(inner) == 2
        if names and reader.tree.read(inner[0]).strip() == name:
            return inner[1]
        if not names and child.type == "value_argument" and len(inner) == 1:
            return inner[0]
        if not names and child.type != "value_argument":
            return child
    return None
