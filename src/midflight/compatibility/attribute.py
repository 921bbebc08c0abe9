"""Which database a reference belongs to, where a repository has several."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from midflight.compatibility.resolve import exists
from midflight.compatibility.schemas import Schemas
from midflight.references.model import CodeReferences, Reference


def attribute(code: CodeReferences, one: Schemas, all_: Sequence[Schemas]) -> CodeReferences:
    """Return the references of one database: those whose object only it knows, else those whose folder is nearest.

    With a single database everything belongs to it.
    """
    if len(all_) < 2:
        return code
    return replace(code, references=tuple(r for r in code.references if one is _owner(r, all_)))


def _owner(reference: Reference, schemas: Sequence[Schemas]) -> Schemas:
    knowing = [one for one in schemas if _knows(reference, one)]
    candidates = knowing or list(schemas)
    path = PurePosixPath(reference.place.path).parts
    return max(candidates, key=lambda one: (_shared(path, one), len(one.database.head.migrations)))


def _knows(reference: Reference, one: Schemas) -> bool:
    return exists(reference, one.before) or exists(reference, one.after)


def _shared(path: tuple[str, ...], one: Schemas) -> int:
    """How many leading folders the code and the migrations have in common."""
    folder = PurePosixPath(one.database.head.folder or one.database.base.folder).parts
    count = 0
    for mine, theirs in zip(path, folder, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
