"""Finds what a change's code stops naming and nothing else names: what may be dropped later."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.dependents import views_on, views_that_may_read
from midflight.catalog.model import Catalog
from midflight.catalog.rewrite import identifiers
from midflight.changes.model import Blobs, ChangeSet, Tree
from midflight.compatibility.consumers import Consumer
from midflight.compatibility.resolve import name_of
from midflight.compatibility.schemas import Schemas
from midflight.inspection.contraction import Contraction, Landed
from midflight.inspection.droppable import Droppable, contraction, droppable, without_parts
from midflight.inspection.elsewhere import read_consumers
from midflight.inspection.named_words import used_files, words_in
from midflight.operations.shapes import Name, Routine
from midflight.references.find import find_references, names_of
from midflight.references.model import Api, CodeReferences, Reference, RoutineReference, TableReference, Verb
from midflight.references.paths import SearchOptions
from midflight.references.surfaces import SERVER, RunsOn, Surfaces, projects_of
from midflight.references.words import word_finder

_Key = tuple[bool, Name, str]  # whether it is a routine, its name, and a column of it


@dataclass(frozen=True, slots=True)
class Watched:
    """How many days an object stays after its last use, and the day of the check; without one nothing is told."""

    days: int = 14
    today: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """Where a change's code is, and who else may use what it stops naming."""

    changes: ChangeSet
    blobs: Blobs
    options: SearchOptions
    surfaces: Surfaces
    consumers: tuple[Consumer, ...] = ()


@dataclass(frozen=True, slots=True)
class Uses:
    """One database with what old and new code use of it."""

    schemas: Schemas
    old: CodeReferences
    new: CodeReferences


def read_later(databases: Sequence[Uses], looked: Looked, watched: Watched) -> tuple[Contraction, ...]:
    """Return the objects that the changed files name at base, and that no code names at head.

    All of head is only read where there is such an object. A word anywhere in it keeps an object, and so does what
    takes whole rows of its table.
    """
    if not watched.today:
        return ()
    before = frozenset(file.before.path for file in looked.changes.files if file.before)
    after = frozenset(file.after.path for file in looked.changes.files if file.after)
    found = [each for one in databases for each in _let_go(one, before, after)]
    found = _unread_elsewhere(_unnamed(found, looked), looked) if found else found
    if not found:
        return ()
    stopped = Landed(looked.changes.head.revision, watched.today)
    keeps = _keeping(found, before, looked)
    told = (contraction(each, stopped, keeps(each), watched.days, watched.today) for each in without_parts(found))
    return tuple(sorted(told, key=lambda each: (each.after, each.database, each.table.short, each.column)))


def _let_go(one: Uses, before: Collection[str], after: Collection[str]) -> list[Droppable]:
    """The objects that only the old side of the changed files names, and that were there before the change."""
    history, catalog = one.schemas.database.head, one.schemas.after
    if history.dialect != "postgres":
        return []
    named = set(_named((r for r in one.old.references if r.place.path in before), catalog))
    named -= set(_named((r for r in one.new.references if r.place.path in after), catalog))
    if not named:
        return []
    inside = frozenset().union(*(identifiers(routine.body) for routine in catalog.routines.values()))
    return [
        each
        for each in droppable(history, catalog)
        if _key(each) in named
        and _existed(each, one.schemas.before)
        and (each.column or each.on.name.name) not in inside  # what runs in the database uses it
    ]


def _named(references: Iterable[Reference], catalog: Catalog) -> Iterator[_Key]:
    for each in references:
        if isinstance(each, RoutineReference):
            yield from ((True, routine.name, "") for routine in catalog.routines_named(name_of(each)))
        elif (relation := catalog.relation(name_of(each))) is not None:
            yield (False, relation.name, "")
            yield from ((False, relation.name, use.name) for use in each.columns)


def _key(each: Droppable) -> _Key:
    return isinstance(each.on, Routine), each.on.name, each.column


def _existed(each: Droppable, before: Catalog) -> bool:
    if isinstance(each.on, Routine):
        return each.on.key in before.routines
    relation = before.relations.get(each.on.name)
    return relation is not None and (not each.column or relation.column(each.column) is not None)


def _words(each: Droppable) -> frozenset[str]:
    """The names by which code uses an object: its own, and those of the views that read it."""
    if isinstance(each.on, Routine):
        return each.words
    catalog = each.catalog
    views = list(views_that_may_read(catalog, each.on, each.column) if each.column else views_on(catalog, each.on.name))
    for view in views:  # grows while it is walked: views read views
        views += [other for other in views_on(catalog, view.name) if other not in views]
    return each.words | {view.name.name for view in views}


def _unnamed(found: list[Droppable], looked: Looked) -> list[Droppable]:
    """Leave out what a word anywhere in head names; the search ends where nothing is left to look for."""
    words_of = {_key(each): _words(each) for each in found}
    wanted = frozenset().union(*words_of.values())
    tables = frozenset(each.on.name.name for each in found if each.column)
    finder = word_finder(wanted | tables, singular=True)
    paths: dict[str, list[str]] = {}
    for each in used_files(looked.changes.head.entries, looked.options):
        paths.setdefault(each.blob, []).append(each.path)
    holding: list[str] = []
    for blob, text in looked.blobs.read(tuple(paths)):
        words = words_in(text, finder)
        found = [each for each in found if words_of[_key(each)].isdisjoint(words)]
        if not found:
            return []
        if words & tables or any("app/models/" in path for path in paths[blob]):
            holding += paths[blob]
    return _without_whole_rows(found, holding, looked) if any(each.column for each in found) else found


def _without_whole_rows(found: list[Droppable], paths: Iterable[str], looked: Looked) -> list[Droppable]:
    """Leave out the columns of tables of which some of the files take whole rows."""
    tables = frozenset(each.on.name.name for each in found if each.column)
    entries = looked.changes.head.entries
    some = Tree(looked.changes.head.revision, {path: entries[path] for path in paths})
    options = replace(looked.options, beside={}, rows=tables, store=None)
    code, _ = find_references(
        some, Tree(some.revision, {}), looked.blobs, words=tables, changed=frozenset(), options=options
    )
    return [each for each in found if not any(_takes(reference, each) for reference in code.references)]


def _takes(reference: Reference, each: Droppable) -> bool:
    """Whether a reference takes a column with the whole row, without its name."""
    if not each.column or not isinstance(reference, TableReference) or not name_of(reference).may_mean(each.on.name):
        return False
    if reference.cached:
        return each.column not in reference.ignored
    by_place = reference.verb is Verb.INSERT and reference.api is Api.SQL and not reference.payload
    return reference.star or reference.verb is Verb.WATCH or (by_place and not reference.columns)


def _unread_elsewhere(found: list[Droppable], looked: Looked) -> list[Droppable]:
    """Leave out what code of other repositories uses; where that cannot be read, nothing is left."""
    if not found or not looked.consumers:
        return found
    words = frozenset().union(*({each.on.name.name, *each.words} for each in found))
    for consumer in read_consumers(looked.consumers, words, looked.options):
        if consumer.unread:
            return []
        listed = {written.strip().removesuffix("()") for written, _ in consumer.uses}
        references = consumer.code.references if consumer.code else ()
        mentioned = {each.word for each in consumer.code.mentions} if consumer.code else set()
        found = [each for each in found if not (_is_listed(each, listed) or each.words & mentioned)]
        found = [each for each in found if not any(_uses(reference, each) for reference in references)]
    return found


def _is_listed(each: Droppable, listed: Iterable[str]) -> bool:
    """Whether somebody said that it is used: who names a table alone may use all of its columns."""
    name = each.on.name.name
    for written in listed:
        *before, last = written.split(".")
        if last == name or (name in before and each.column in {"", last}):
            return True
    return False


def _uses(reference: Reference, each: Droppable) -> bool:
    return not each.words.isdisjoint(names_of(reference)) or _takes(reference, each)


def _keeping(found: Sequence[Droppable], paths: Iterable[str], looked: Looked) -> Callable[[Droppable], RunsOn]:
    """Return what tells which surface of the changed files at base that name an object has builds that live longest."""
    finder = word_finder(frozenset().union(*(each.words for each in found)), singular=True)
    entries, projects = looked.changes.base.entries, projects_of(looked.changes.base.entries)
    by_blob = {entries[path].blob: path for path in sorted(paths)}
    named = [(by_blob[blob], words_in(text, finder)) for blob, text in looked.blobs.read(tuple(by_blob))]

    def keeps(each: Droppable) -> RunsOn:
        runs = (looked.surfaces.runs_on(path, projects) for path, words in named if words & each.words)
        return max(runs, key=lambda one: one.days, default=SERVER)

    return keeps
