"""Reads the chains of calls by which Go queries through GORM."""

import re

import tree_sitter_go
from tree_sitter import Language, Parser

from midflight.changes.model import NotAnalysed
from midflight.references.extractors.gorm_calls.chains import MOST_CALLS, Env, Walk
from midflight.references.extractors.gorm_calls.types import imports_of
from midflight.references.model import Extracted

SUFFIXES = frozenset({".go"})

_PARSER = Parser(Language(tree_sitter_go.language()))
_MAY = re.compile(
    rb"\.(?:Where|Or|Not|Find|First|Take|Last|Model|Table|Create|Updates?|UpdateColumns?|Delete|Pluck|Preload|Joins"
    rb"|FirstOrCreate|FirstOrInit|FindInBatches|Order|Clauses)\("
)
_OTHER = re.compile(rb"go-pg/pg|uptrace/bun|xorm\.io|beego/orm|entgo\.io|gobuffalo/pop")


def extract(path: str, source: bytes) -> Extracted:
    """Give the calls of one file, which `linking` resolves."""
    if not _MAY.search(source) or _OTHER.search(source):
        return Extracted()
    walk = Walk(path, source)
    root = _PARSER.parse(source).root_node
    walk.imports = imports_of(source, root)
    try:
        walk.visit(root, Env())
    except RecursionError:
        return Extracted(unresolved=(NotAnalysed(path, 0, "the code is nested too deeply"),))
    unresolved = (NotAnalysed(path, 0, walk.problem),) if walk.problem else ()
    return Extracted(unresolved=unresolved, calls=tuple(walk.calls[:MOST_CALLS]))
