"""Reads what C# asks of EF Core: chains of LINQ methods and query expressions on the sets of a context."""

import re

import tree_sitter_c_sharp
from tree_sitter import Language, Parser

from midflight.references.drafts import assemble
from midflight.references.extractors.ef_core_calls.chains import Reading, drafts
from midflight.references.extractors.ef_core_calls.roots import sources
from midflight.references.grammar import TooDeepError, Tree
from midflight.references.model import Extracted

SUFFIXES = frozenset({".cs"})
_PARSER = Parser(Language(tree_sitter_c_sharp.language()))
_MARKS = re.compile(
    rb"\b\w*(?:Context|Db|Database)\w*(?:>?\??\s+\w|\s*>|\s*[({])|\b(?:IQueryable|IOrderedQueryable|DbSet)<"
)
_EF6 = re.compile(rb"\bSystem\.Data\.Entity\b")
_DEEPEST = 1_000


def extract(path: str, source: bytes) -> Extracted:
    """Give the queries of one file through contexts that its own text types."""
    if not _MARKS.search(source) or _EF6.search(source):
        return Extracted()
    if _depth(source) > _DEEPEST:
        raise RecursionError
    tree = Tree(path, source, _PARSER.parse(source).root_node)
    try:
        return assemble(drafts(Reading(tree, *sources(tree))), [], path)
    except TooDeepError:
        raise RecursionError from None


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for bracket in re.findall(rb"[(){}\[\]]", text):
        depth = depth + 1 if bracket in b"({[" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
