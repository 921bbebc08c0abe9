"""Finds the references of two revisions, with work that grows with the change and not with the repository."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from midflight.changes.entries import Content
from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.references import script_mappers
from midflight.references.declaring import declares_entities
from midflight.references.gate import RAILS, SCRIPTS, Gate
from midflight.references.generated import HEAD, is_generated
from midflight.references.kept import Silent, silent
from midflight.references.languages import extract
from midflight.references.linking import Linked, link, models_of, renamed
from midflight.references.lookup import Models
from midflight.references.mentions import mentions_in
from midflight.references.model import (
    Access,
    Api,
    CodeReferences,
    Extracted,
    Mention,
    Reference,
    RoutineReference,
    TableReference,
    Verb,
)
from midflight.references.paths import SearchOptions, suffix_of
from midflight.references.sides import Side, both, remains, sides_of
from midflight.references.words import WordFinder, spellings, word_finder

LARGEST = 1_000_000  # bytes of one file that is parsed
LARGEST_SEARCHED = 20_000_000  # bytes of one file that is searched for words
MOST_MENTIONS = 200  # of one revision
_RAILS = re.compile(rb"<\s*(?:::)?(?:ApplicationRecord|ActiveRecord::Base)\b|def\s+self\.table_name_prefix\b")
_CALLING = SCRIPTS | frozenset(".rb .rake .java .kt .cs .php .go .py".split())
_WHOLE_ROW = re.compile(rb"\*\s*(?:,|from\b)|returning\s+(?:\w+\.)?\*|insert\s+into\b", re.IGNORECASE)

__all__ = ["LARGEST", "MOST_MENTIONS", "SearchOptions", "find_references"]


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one file gave; `mapped` are the models in it, also those that name no changed word.

    `kept` says that all of its references count, since the change touches it, `named` that it names a changed word.
    """

    extracted: Extracted = field(default_factory=Extracted)
    kept: bool = False
    mapped: tuple[TableReference, ...] = ()
    mentions: tuple[Mention, ...] = ()
    not_analysed: tuple[NotAnalysed, ...] = ()
    named: bool = True


@dataclass(slots=True)
class _Search:
    words: frozenset[str]
    changed: frozenset[str]
    beside: Mapping[str, frozenset[str]]
    finder: WordFinder
    companions: WordFinder
    rows: frozenset[str]
    either: WordFinder  # of words and rows: most files hold none, and one look at them must do
    shapes: WordFinder
    gate: Gate
    looked: dict[tuple[str, str], _Looked] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


def find_references(
    base: Tree,
    head: Tree,
    blobs: Blobs,
    *,
    words: frozenset[str],
    changed: frozenset[str],
    options: SearchOptions,
) -> tuple[CodeReferences, CodeReferences]:
    """Give the references of the code at base and at head.

    `words` are the identifiers that differ between the old and the new schema, `changed` the blob ids of the files
    that the change touches. Of a changed file every reference counts, of any other only those that name a word: a
    caller that asks for the inserts into a table with a new required column puts the table among the words.
    """
    left_over = remains(base, options, words, options.rows)
    left = left_over.recall(base, changed, options) if words else None
    sides = sides_of(base, head, options, left)
    companions = frozenset().union(*options.beside.values())
    search = _Search(
        words,
        changed,
        options.beside,
        word_finder(words),
        word_finder(companions, singular=True),
        options.rows,
        either := word_finder(words | options.rows),
        word_finder(options.rows),
        Gate(either),
    )
    contents = [each for each in both(sides) if each.size <= LARGEST_SEARCHED]
    if not words:
        contents = [each for each in contents if each.blob in changed or each.path.endswith(".prisma")]
    known = silent(None if left else options.store, words, options.rows)
    for blob, path, source in _spoken(search, blobs, contents, known):
        looked = _look(search, blob, path, source)
        if looked is not None:
            search.looked[(blob, path)] = looked
        elif blob not in changed:
            known.learn(blob, path)
    known.save()
    if words and not left:
        left_over.keep(sides[0], known, LARGEST_SEARCHED)
    _look_again(search, blobs, lambda: sides_of(base, head, options) if left else sides, options)
    old, new = (_side(search, tree, side) for tree, side in zip((base, head), sides, strict=True))
    return old, new


def _spoken(
    search: _Search, blobs: Blobs, contents: Sequence[Content], known: Silent
) -> Iterator[tuple[str, str, bytes]]:
    """Read the contents that are not known to hold nothing, each with each of its paths.

    What the change touches is always read: a cache that somebody spoiled must not hide it.
    """
    loud = known.unknown_among(contents) | search.changed
    wanted: dict[str, list[str]] = {}
    for each in contents:
        if each.blob in loud:
            wanted.setdefault(each.blob, []).append(each.path)
        else:
            search.seen.add(each.blob)
    for blob, source in blobs.read(tuple(wanted)) if wanted else ():
        search.seen.add(blob)
        paths = wanted.get(blob, ())
        for path in sorted(paths) if len(paths) > 1 else paths:
            yield blob, path, source


def _look(search: _Search, blob: str, path: str, source: bytes) -> _Looked | None:
    """Read one file, if it is changed or names a word; of any other only the models, which resolve such files."""
    is_changed = blob in search.changed
    if not is_changed and search.gate.stops(path, source):
        return None
    either = search.either.found_in(source)
    named = is_changed or (either and search.finder.found_in(source))
    whole = either and search.shapes.found_in(source) and bool(_WHOLE_ROW.search(source))
    declares = _may_hold_models(path, source)
    if not (named or whole or declares) or is_generated(path, source[:HEAD]):
        return None
    if declares and not (named or whole):
        found = _extracted(path, source)
        return _Looked(Extracted(models=found.models, calls=found.calls), named=False)
    if len(source) > LARGEST:
        return _Looked(not_analysed=(NotAnalysed(path, 0, "the file is larger than 1 MB"),))
    try:
        found = extract(path, source)
    except RecursionError:
        return _Looked(not_analysed=(NotAnalysed(path, 0, "the code is nested too deeply"),))
    if not named:
        whole_rows = tuple(r for r in found.references if _takes_whole_rows(r, search.rows))
        return _Looked(Extracted(whole_rows, models=found.models))
    if not is_changed:
        kept = tuple(r for r in found.references if names_of(r) & search.words or _takes_whole_rows(r, search.rows))
    else:
        kept = found.references
    mentions = mentions_in(path, source, search.finder, covered=_lines(found.references) | found.quiet)
    return _Looked(
        Extracted(kept, found.unresolved, models=found.models, calls=found.calls),
        is_changed,
        tuple(each for each in found.references if isinstance(each, TableReference) and each.mapped),
        tuple(_about_the_schema(search, path, source, mentions)),
    )


def _extracted(path: str, source: bytes) -> Extracted:
    """Extract, where a file that is too large or too deep gives nothing."""
    try:
        return extract(path, source) if len(source) <= LARGEST else Extracted()
    except RecursionError:
        return Extracted()


def _may_hold_models(path: str, source: bytes) -> bool:
    """Whether a file declares models or how they are called: cheap to ask, since every file is asked."""
    if path.endswith(".prisma") or declares_entities(path, source):
        return True
    if path.endswith(".rb"):
        return "app/models/" in path or (any(n in source for n in RAILS) and bool(_RAILS.search(source)))
    return suffix_of(path) in SCRIPTS and (
        b"drizzle-orm/pg-core" in source
        or (b"snake_case" in source and b"drizzle" in source)
        or script_mappers.declares(source)
    )


def _look_again(search: _Search, blobs: Blobs, sides: Callable[[], tuple[Side, Side]], options: SearchOptions) -> None:
    """Read the files that name a word as a model calls it, where that is no spelling of the word."""
    models = models_of(one.extracted for one in search.looked.values())
    known = {spelling for word in search.words for spelling in spellings(word)}
    names = renamed(models, search.words) - known
    if not names:
        return
    finder = word_finder(names)
    silent_so_far = (each for each in both(sides()) if (each.blob, each.path) not in search.looked)
    contents = [e for e in silent_so_far if e.size <= LARGEST_SEARCHED and suffix_of(e.path) in _CALLING]
    nothing = silent(options.store, names)
    for blob, path, source in _spoken(search, blobs, contents, nothing):
        if finder.found_in(source) and not is_generated(path, source[:HEAD]):
            found = _extracted(path, source)
            search.looked[(blob, path)] = _Looked(Extracted(calls=found.calls))
        else:
            nothing.learn(blob, path)
    nothing.save()


def _about_the_schema(search: _Search, path: str, source: bytes, mentions: Iterable[Mention]) -> Iterator[Mention]:
    named: frozenset[str] | None = None
    for mention in mentions:
        tables = search.beside.get(mention.word)
        if tables and named is None:
            text = source + b"\n" + path.encode("utf-8", "replace")
            named = frozenset(word for _, word in search.companions.occurrences(text))
        if not tables or tables & (named or frozenset()):
            yield mention


def names_of(reference: Reference) -> frozenset[str]:
    """Every identifier of the schema that a reference names."""
    if isinstance(reference, RoutineReference):
        return frozenset({reference.routine, *(reference.arguments or ())})
    columns = (column.name for column in reference.columns)
    return frozenset({reference.table, reference.hint, reference.conflict_name, *columns, *reference.conflict})


def _takes_whole_rows(reference: Reference, tables: frozenset[str]) -> bool:
    """Whether a query reads or writes all columns of one of the tables without naming them."""
    if not isinstance(reference, TableReference) or reference.api is not Api.SQL or reference.table not in tables:
        return False
    named = any(use.access is Access.WRITE for use in reference.columns)
    return reference.star or (reference.verb is Verb.INSERT and not reference.payload and not named)


def _lines(references: Iterable[Reference]) -> frozenset[int]:
    return frozenset(line for reference in references for line in _lines_of(reference))


def _lines_of(reference: Reference) -> Iterator[int]:
    yield reference.place.line
    if not isinstance(reference, RoutineReference):
        yield from (column.place.line for column in reference.columns)


def _side(search: _Search, tree: Tree, side: Side) -> CodeReferences:
    entries = side.contents
    paths = {path for _, path in search.looked}
    told = [entry for entry in entries if entry.path in paths]  # few, so that only they are asked for with their blob
    looked = [search.looked[key] for entry in told if (key := (entry.blob, entry.path)) in search.looked]
    models = models_of(one.extracted for one in looked)
    linked = [_linked(search, one, models) for one in looked]
    references = [each for one, more in zip(looked, linked, strict=True) for each in _both(one, more)]
    lines = {(path, line) for more in linked for path, line in _places(more.references)}
    mapped = [each for each in references if isinstance(each, TableReference) and each.mapped]
    decided = _decided(search, [*(model for one in looked for model in one.mapped), *mapped])
    mentions = sorted(
        (
            mention
            for one in looked
            for mention in one.mentions
            if mention.word not in decided and (mention.place.path, mention.place.line) not in lines
        ),
        key=lambda mention: tree.entries[mention.place.path].blob not in search.changed,
    )
    problems = [*_unread(search, entries), *(problem for one in looked for problem in one.not_analysed)]
    if len(mentions) > MOST_MENTIONS:
        more = len(mentions) - MOST_MENTIONS
        problems.append(NotAnalysed("", 0, f"{more} more lines that hold a changed name are not listed"))
    return CodeReferences(
        tree.revision,
        references=tuple(references),
        mentions=tuple(mentions[:MOST_MENTIONS]),
        unresolved=tuple(
            problem
            for one, more in zip(looked, linked, strict=True)
            for problem in (*one.extracted.unresolved, *more.unresolved)
        ),
        not_analysed=tuple(problems),
        files=side.count - len([True for entry in entries if entry.blob not in search.seen]),
    )


def _linked(search: _Search, one: _Looked, models: Models) -> Linked:
    """Resolve the calls of a file; of one that is not changed only those that name a word count."""
    found = link(one.extracted, models)
    if not search.words:  # without a word not every file that may declare a model was read
        return Linked(found.references)
    if one.kept:
        return found
    kept = (r for r in found.references if names_of(r) & search.words or _takes_whole_rows(r, search.rows))
    return Linked(tuple(kept), found.unresolved if one.named else ())


def _both(one: _Looked, more: Linked) -> tuple[Reference, ...]:
    return (*one.extracted.references, *more.references)


def _places(references: Iterable[Reference]) -> Iterator[tuple[str, int]]:
    for reference in references:
        for line in _lines_of(reference):
            yield reference.place.path, line


def _decided(search: _Search, models: Iterable[TableReference]) -> frozenset[str]:
    """Give the words that the mapped models of one revision decide, so that other lines with them add nothing.

    Code reaches a mapped table through its model, and the model names its columns: what the schema lacks fails at
    the model, whichever line runs the query. A column's name counts only where every table that it may belong to is
    mapped and one of them has it; a name that is also an enum's label or a table without a model stays a mention.
    """
    columns: dict[str, set[str]] = {}
    for model in models:
        columns.setdefault(model.table, set()).update(use.name for use in model.columns)
    return frozenset(word for word in search.words if _is_mapped(word, search.beside.get(word), columns))


def _is_mapped(word: str, tables: frozenset[str] | None, columns: Mapping[str, set[str]]) -> bool:
    if tables is None:
        return word in columns
    return tables <= columns.keys() and any(word in columns[table] for table in tables)


def _unread(search: _Search, entries: Sequence[Content]) -> Iterator[NotAnalysed]:
    for entry in [each for each in entries if each.size > LARGEST_SEARCHED or each.blob not in search.seen]:
        if entry.size > LARGEST_SEARCHED:
            yield NotAnalysed(entry.path, 0, "the file is larger than 20 MB")
        elif search.words or entry.blob in search.changed:
            yield NotAnalysed(entry.path, 0, "the file could not be read")
