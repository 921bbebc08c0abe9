"""Which database a reference belongs to, where a repository has several."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from midflight.compatibility.resolve import exists
from midflight.compatibility.schemas import Schemas
from midflight.references.model import CodeReferences, Reference, TableReference


def attribute(code: CodeReferences, one: Schemas, all_: Sequence[Schemas]) -> CodeReferences:
    """Return the references of one database: those whose object only it knows, else those whose folder is nearest.

    With a single database everything belongs to it, but what says that it is for one of another kind.
    """
    mine = [each for each in code.references if _speaks(each, one)]
    if len(all_) > 1:
        mine = [each for each in mine if one is _owner(each, [other for other in all_ if _speaks(each, other)])]
    return code if len(mine) == len(code.references) else replace(code, references=tuple(mine))


def _speaks(reference: Reference, one: Schemas) -> bool:
    """Whether a reference may be for a database of this kind."""
    wanted = reference.dialect if isinstance(reference, TableReference) else ""
    return not wanted or wanted == one.database.head.dialect


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
