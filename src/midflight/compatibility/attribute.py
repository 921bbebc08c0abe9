"""Which database a reference belongs to, where a repository has several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType

from midflight.compatibility.resolve import exists
from midflight.compatibility.schemas import Schemas
from midflight.references.model import CodeReferences, Reference, TableReference
from midflight.references.paths import is_below, matches


@dataclass(frozen=True, slots=True)
class Part:
    """The code that uses one database, as the configuration says: below `roots`, without what `ignore` matches."""

    roots: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Whether a file is of this part."""
        inside = any(is_below(path, root) for root in self.roots) or not self.roots
        return inside and not any(matches(path, pattern) for pattern in self.ignore)


Parts = Mapping[str, Part]  # by the database's name
_WHOLE = Part()
_NO_PARTS: Parts = MappingProxyType({})


def attribute(code: CodeReferences, one: Schemas, all_: Sequence[Schemas], parts: Parts = _NO_PARTS) -> CodeReferences:
    """Return the references of one database: those whose object only it knows, else those whose folder is nearest.

    With a single database everything belongs to it, but what says that it is for one of another kind. What is below the
    roots of some databases belongs to one of them; a database without roots has what is below nobody's.
    """
    mine = [each for each in code.references if _speaks(each, one)]
    if len(all_) > 1 or parts:
        mine = [each for each in mine if one is _owner(each, [o for o in all_ if _speaks(each, o)], parts)]
    if not parts:
        return code if len(mine) == len(code.references) else replace(code, references=tuple(mine))
    return replace(
        code,
        references=tuple(mine),
        mentions=tuple(each for each in code.mentions if _may_own(one, each.place.path, all_, parts)),
        unresolved=tuple(each for each in code.unresolved if _may_own(one, each.path, all_, parts)),
    )


def _speaks(reference: Reference, one: Schemas) -> bool:
    """Whether a reference may be for a database of this kind."""
    wanted = reference.dialect if isinstance(reference, TableReference) else ""
    return not wanted or wanted == one.database.head.dialect


def _owner(reference: Reference, schemas: Sequence[Schemas], parts: Parts) -> Schemas | None:
    schemas = _owners(reference.place.path, schemas, parts)
    knowing = [one for one in schemas if _knows(reference, one)]
    candidates = knowing or schemas
    path = PurePosixPath(reference.place.path).parts
    return max(candidates, key=lambda one: (_shared(path, one), len(one.database.head.migrations)), default=None)


def _owners(path: str, schemas: Sequence[Schemas], parts: Parts) -> Sequence[Schemas]:
    """The databases that a file's code may use: those with roots around it, else those without roots."""
    if not parts:
        return schemas
    having = [one for one in schemas if _part(one, parts).has(path)]
    return [one for one in having if _part(one, parts).roots] or having


def _may_own(one: Schemas, path: str, schemas: Sequence[Schemas], parts: Parts) -> bool:
    return any(one is each for each in _owners(path, schemas, parts))


def _part(one: Schemas, parts: Parts) -> Part:
    return parts.get(one.database.database, _WHOLE)


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
