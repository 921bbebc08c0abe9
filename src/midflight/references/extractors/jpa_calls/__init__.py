"""Reads what Java and Kotlin ask through JPA's entities: JPQL, Spring Data's repositories, metamodels and criteria."""

import re
from dataclasses import replace
from itertools import chain

import tree_sitter_java
import tree_sitter_kotlin
from tree_sitter import Language, Parser

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft, assemble
from midflight.references.entities import Entity
from midflight.references.extractors.jpa_calls.criteria import criteria, metamodel
from midflight.references.extractors.jpa_calls.queries import queries
from midflight.references.extractors.jpa_calls.repositories import Repository, methods, repositories, sorts
from midflight.references.grammar import TooDeepError, Tree
from midflight.references.jvm_strings import JAVA, KOTLIN
from midflight.references.limits import TooManyUsesError, at_most
from midflight.references.model import Extracted, Place
from midflight.references.strings import Reader

SUFFIXES = frozenset({".java", ".kt"})
MOST = 5_000  # uses of one file
_JAVA = Parser(Language(tree_sitter_java.language()))
_KOTLIN = Parser(Language(tree_sitter_kotlin.language()))
_MARKS = re.compile(
    rb"\bpersistence\b|\borg\.springframework\.data\b|\borg\.hibernate\b|@(?:Named)?Query\b|\bEntityManager\b"
    rb"|\b\w+Repository\b|\w_\s*\.\s*\w"
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the uses of entities in one file."""
    if not _MARKS.search(source):
        return Extracted()
    is_kotlin = path.endswith(".kt")
    tree = Tree(path, source, (_KOTLIN if is_kotlin else _JAVA).parse(source).root_node)
    reader = Reader(tree, KOTLIN if is_kotlin else JAVA)
    known: list[Repository] = []
    drafts: list[Draft] = []
    try:
        known.extend(repositories(tree))
        found = chain(
            queries(reader, known), methods(tree, known), sorts(reader, known), metamodel(tree), criteria(reader)
        )
        drafts.extend(at_most(MOST, found))
    except TooManyUsesError:
        why = NotAnalysed(path, 0, "the file holds more uses of entities than are read")
        drafts.append(Draft(len(source), unresolved=(why,)))
    except TooDeepError:
        raise RecursionError from None
    models = tuple(Entity("jpa repository", each.name, Place(path, 1), bases=(each.entity,)) for each in known)
    return replace(assemble(drafts, [], path), models=models)
