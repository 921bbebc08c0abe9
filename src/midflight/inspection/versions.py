"""Which revisions' code runs today for each database, and what of the change it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.compatibility.versions import Old
from midflight.migrations.find import DatabaseOptions, find_histories, folders_of
from midflight.references.builds import run_where
from midflight.references.find import SearchOptions, find_references
from midflight.references.model import CodeReferences
from midflight.references.surfaces import Surfaces


@dataclass(frozen=True, slots=True)
class Version:
    """A revision that still runs, by the name it goes by; `stays` says that it runs on beside the new code."""

    name: str
    tree: Tree
    blobs: Blobs
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """What runs today: base's code where `base` says so, and versions, the newest first.

    `notes` say what was asked for and is not there.
    """

    versions: tuple[Version, ...] = ()
    base: bool = True
    notes: tuple[NotAnalysed, ...] = ()


BASE_ALONE = Running()


@dataclass(frozen=True, slots=True)
class Search:
    """What the code of a version is searched for, and where."""

    words: frozenset[str]
    options: SearchOptions
    databases: tuple[DatabaseOptions, ...]
    surfaces: Surfaces


def read_versions(running: Sequence[Running], search: Search) -> Mapping[str, CodeReferences]:
    """Return what the code of each version names, by revision; no file of it belongs to this change."""
    trees = {each.tree.revision: each for one in running for each in one.versions} if search.words else {}
    return {revision: _searched(version, search) for revision, version in trees.items()}


def _searched(version: Version, search: Search) -> CodeReferences:
    tree, blobs = version.tree, version.blobs
    folders = {folder for one in find_histories(tree, blobs, search.databases) for folder in folders_of(one)}
    folders.update(search.options.migration_folders)
    options = replace(search.options, migration_folders=tuple(sorted(folders)))
    nothing = Tree(tree.revision, {})
    code, _ = find_references(tree, nothing, blobs, words=search.words, changed=frozenset(), options=options)
    return replace(code, runs_on=run_where(code, tree, blobs, search.surfaces))


def olds_of(running: Running, base: Tree, code: CodeReferences, read: Mapping[str, CodeReferences]) -> tuple[Old, ...]:
    """Return the revisions that run, the first one first; empty where that is base alone.

    A version that is base itself is told by its name, but keeps base's paths.
    """
    olds: list[Old] = [Old("", base, code)] if running.base else []
    for version in running.versions:
        is_base = version.tree.revision == base.revision
        if is_base:
            olds = [old for old in olds if old.name]
        found = code if is_base else read.get(version.tree.revision, CodeReferences(version.tree.revision))
        old = Old(version.name, version.tree, found, version.stays, "" if is_base else version.name)
        olds = [old, *olds] if is_base else [*olds, old]
    return tuple(olds) if any(old.name for old in olds) else ()
