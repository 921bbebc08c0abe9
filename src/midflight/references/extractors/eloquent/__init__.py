"""Reads Laravel: Eloquent's models, the queries that begin at them or at `DB::table`, and rules about stored values."""

import re

import tree_sitter_php
from tree_sitter import Language, Parser

from midflight.changes.model import NotAnalysed
from midflight.references.entities import bounded
from midflight.references.extractors.eloquent.chains import read_chain
from midflight.references.extractors.eloquent.models import entities_of
from midflight.references.extractors.eloquent.names import names_of
from midflight.references.extractors.eloquent.queries import MOST_CALLS, Scope, Walk
from midflight.references.extractors.eloquent.validation import validated
from midflight.references.grammar import TooDeepError, Tree
from midflight.references.model import Extracted, TableReference

SUFFIXES = frozenset({".php"})
MOST_CHAINS = 2_000
_PARSER = Parser(Language(tree_sitter_php.language_php()))
_MARKS = re.compile(rb"\bclass\s+\w+\s+extends\s+[\w\\]*(?:Model|Eloquent|Authenticatable|User|Pivot|[A-Z]\w+)\b")
_LARAVEL = re.compile(rb"\bIlluminate\\|\bnamespace\s+[\w\\]*\bModels?\b|\bprotected\s+\$(?:table|fillable|casts)\b")
_TABLE = re.compile(rb"\bDB::table\(\s*(['\"])(\w+(?:\.\w+)?)(?:\s+as\s+(\w+))?\1\s*\)", re.IGNORECASE)
_QUERIES = re.compile(
    rb"(?:::|->)\s*(?:or)?(?:where|find|first|get|all|create|update|insert|upsert|order|latest|pluck|select|join|with"
    rb"|has|belongs|morph|value|sum|max|min|count|increment|decrement|group|load|delete|query|add|force|sole|paginate)",
    re.IGNORECASE,
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the models of one file and the tables that its query chains use."""
    models = bool(_MARKS.search(source) and _LARAVEL.search(source))
    chains = list(_TABLE.finditer(source))
    calls = bool(_QUERIES.search(source))
    rules = list(validated(path, source))
    if not (models or chains or calls or rules):
        return Extracted()
    root = _PARSER.parse(source).root_node
    tree = Tree(path, source, root)
    references: list[TableReference] = [*rules]
    walk = Walk(tree, names_of(tree))
    try:
        for found in chains[:MOST_CHAINS]:
            references += read_chain(tree, found)
        if calls:
            walk.visit(root, Scope())
    except (TooDeepError, RecursionError):
        return Extracted(unresolved=(NotAnalysed(path, 0, "the code is nested too deeply"),))
    entities = bounded(path, entities_of(tree, root) if models else ())
    more = NotAnalysed(path, 0, "the file holds too many query chains; the rest is not read")
    too_many = len(chains) > MOST_CHAINS or len(walk.calls) >= MOST_CALLS
    problems = (*entities.unresolved, *((more,) if too_many else ()))
    return Extracted(tuple(references), problems, models=entities.models, calls=tuple(walk.calls))
