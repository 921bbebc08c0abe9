"""Looks into the code of other repositories for the words that this change is about."""

from collections.abc import Sequence
from dataclasses import replace

from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Catalog
from midflight.changes.model import NotAnalysed, Tree
from midflight.compatibility.consumers import Consumer, Elsewhere
from midflight.compatibility.schemas import read_schemas
from midflight.errors import MidflightError
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories, folders_of
from midflight.migrations.model import History
from midflight.operations.shapes import Name
from midflight.references.find import SearchOptions, find_references
from midflight.references.model import CodeReferences, Reference, TableReference
from midflight.references.prefixed import prefixed


def read_consumers(
    consumers: Sequence[Consumer], words: frozenset[str], options: SearchOptions
) -> tuple[Consumer, ...]:
    """Return the consumers with what their code names; none is read where there is no word to look for."""
    return tuple(_read(each, words, options) if words and each.source else each for each in consumers)


def _read(consumer: Consumer, words: frozenset[str], options: SearchOptions) -> Consumer:
    if consumer.source is None:
        return consumer
    try:
        found = consumer.source.read()
        if isinstance(found, str):
            return replace(consumer, unread=found)
        code = _search(consumer, found, words, options)
    except MidflightError as error:
        return replace(consumer, unread=error.what)
    return replace(consumer, code=prefixed(code, consumer.prefix))


def _search(consumer: Consumer, found: Elsewhere, words: frozenset[str], options: SearchOptions) -> CodeReferences:
    """Search one revision as our own code is searched; no file of it belongs to this change."""
    histories = find_histories(found.tree, found.blobs, ())
    folders = sorted({folder for history in histories for folder in folders_of(history)})
    there = replace(options, roots=consumer.roots, ignore=consumer.ignore, migration_folders=tuple(folders))
    nothing = Tree(found.tree.revision, {})
    code, _ = find_references(found.tree, nothing, found.blobs, words=words, changed=frozenset(), options=there)
    # whoever says where the code is that uses this database has answered the question already
    return code if consumer.roots else _without_own(code, histories)


def _without_own(code: CodeReferences, histories: tuple[History, ...]) -> CodeReferences:
    """Take back what the repository's own migrations make as well: its line may mean the table of either database."""
    databases = [read_schemas(one).before for one in compare_histories(histories, histories)] if code.references else []
    initial = [initial_catalog(history.format) for history in histories]
    kept: list[Reference] = []
    unresolved = list(code.unresolved)
    for one in code.references:
        if any(_has(each, one) for each in databases) and not any(_has(each, one) for each in initial):
            unresolved.append(NotAnalysed(one.place.path, one.place.line, _either(one)))
        else:
            kept.append(one)
    return replace(code, references=tuple(kept), unresolved=tuple(unresolved))


def _has(catalog: Catalog, reference: Reference) -> bool:
    if isinstance(reference, TableReference):
        return catalog.relation(Name(reference.table, reference.schema)) is not None
    return bool(catalog.routines_named(Name(reference.routine, reference.schema)))


def _either(reference: Reference) -> str:
    name = reference.table if isinstance(reference, TableReference) else reference.routine
    return f"names `{name}`, which the migrations of that repository make too"
