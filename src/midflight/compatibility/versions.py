"""Code of versions that run today beside or instead of base's: told by paths that name them, and judged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from midflight.changes.model import Tree
from midflight.compatibility.judge import join, judge, with_tried
from midflight.compatibility.lasting import with_surfaces
from midflight.compatibility.model import Break, Cell, Matrix, OldVersion, State
from midflight.compatibility.schemas import Schemas
from midflight.references.model import CodeReferences, Place
from midflight.references.prefixed import retold
from midflight.references.surfaces import SERVER, RunsOn

_NO_CODE = CodeReferences("")
_HOLDS = Cell(State.HOLDS)


@dataclass(frozen=True, slots=True)
class Old:
    """One revision that runs today: `name` is empty for base, `stays` says that it runs on beside the new code.

    Its paths are told behind `prefix`, where that is not empty: "v1.2:src/app.ts".
    """

    name: str
    tree: Tree
    code: CodeReferences
    stays: bool = False
    prefix: str = ""


def tell(olds: Sequence[Old]) -> tuple[Old, ...]:
    """Return the revisions with their code told apart: a file that is the same in an earlier one has its path there."""
    return tuple(_told(old, olds[: at + 1]) for at, old in enumerate(olds))


def _told(old: Old, up_to: Sequence[Old]) -> Old:
    rename = _naming(old, up_to)
    paths = {place.path for place in _places(old.code)}
    runs = {path: _with(old.code.runs_on.get(path, SERVER), old.name if old.stays else "") for path in paths}
    known = {path: one for path, one in runs.items() if one != SERVER}
    return replace(old, code=retold(replace(old.code, runs_on=known), rename))


def _naming(old: Old, up_to: Sequence[Old]) -> Callable[[str], str]:
    def rename(path: str) -> str:
        mine = _blob(old, path)
        prefix = next((one.prefix for one in up_to if mine and _blob(one, path) == mine), old.prefix)
        return f"{prefix}:{path}" if prefix else path

    return rename


def _blob(old: Old, path: str) -> str:
    entry = old.tree.entries.get(path)
    return entry.blob if entry else ""


def _places(code: CodeReferences) -> Iterable[Place]:
    return (each.place for each in (*code.references, *code.mentions))


def _with(runs: RunsOn, name: str) -> RunsOn:
    return replace(runs, versions=(name,)) if name else runs


def together(olds: Sequence[Old]) -> CodeReferences:
    """Return what all of the told revisions name, each line once."""
    codes = [old.code for old in olds]
    return replace(
        codes[0],
        references=tuple(dict.fromkeys(each for code in codes for each in code.references)),
        mentions=tuple(dict.fromkeys(each for code in codes for each in code.mentions)),
        unresolved=tuple(dict.fromkeys(each for code in codes for each in code.unresolved)),
        not_analysed=tuple(dict.fromkeys(each for code in codes for each in code.not_analysed)),
        files=sum(code.files for code in codes),
        runs_on=_running(codes),
    )


def _running(codes: Sequence[CodeReferences]) -> Mapping[str, RunsOn]:
    found: dict[str, RunsOn] = {}
    for path, runs in (pair for code in codes for pair in code.runs_on.items()):
        before = found.get(path, runs)
        found[path] = replace(before, versions=tuple(dict.fromkeys((*before.versions, *runs.versions))))
    return found


def judge_versions(one: Schemas, olds: Sequence[Old]) -> tuple[OldVersion, ...]:
    """Hold the code of each told revision against both schemas of one database."""
    return tuple(_judged(one, old) for old in olds)


def _judged(one: Schemas, old: Old) -> OldVersion:
    found = with_surfaces(judge(one, old.code, _NO_CODE), old.code, _NO_CODE)
    return OldVersion(old.name, old.tree.revision, found.old_new, found.old_old)


def tried_versions(versions: Sequence[OldVersion], cell: Cell) -> tuple[OldVersion, ...]:
    """Return the rows with what running the statements of all of them together has left of the cell."""
    names = [version.name for version in versions]
    return tuple(replace(version, old_new=_left(version, names, cell)) for version in versions)


def _left(version: OldVersion, names: Sequence[str], cell: Cell) -> Cell:
    known = {_fact(found) for found in version.old_new.breaks}
    breaks = [b for b in cell.breaks if _fact(b) in known or _is_in(b, version.name, names)]
    return with_tried(breaks, (doubt for doubt in version.old_new.doubts if doubt in cell.doubts), None)


def _fact(found: Break) -> tuple[object, ...]:
    return (found.kind, found.object, found.place)


def _is_in(found: Break, name: str, names: Sequence[str]) -> bool:
    """Whether a line is told as one of a version: behind its name, or behind none where it comes first."""
    if found.runs_on.consumer:
        return False
    owner = next((each for each in names if each and found.place.path.startswith(f"{each}:")), names[0])
    return owner == name


def with_versions(matrix: Matrix, one: Schemas, code: CodeReferences) -> Matrix:
    """Return the matrix whose old code on the new schema is all code that runs today.

    The other cells stay those of base: what new code does on the old schema is compared with the code it replaces.
    """
    return replace(matrix, old_new=with_surfaces(judge(one, code, _NO_CODE), code, _NO_CODE).old_new)


def join_versions(several: Sequence[Sequence[OldVersion]]) -> tuple[OldVersion, ...]:
    """Return one row for each version that still runs, over all databases."""
    rows: dict[tuple[str, str], list[OldVersion]] = {}
    for each in (version for one in several for version in one):
        rows.setdefault((each.name, each.revision), []).append(each)
    joined = {
        key: join([Matrix(row.old_old, row.old_new, _HOLDS, _HOLDS) for row in same]) for key, same in rows.items()
    }
    return tuple(OldVersion(*key, matrix.old_new, matrix.old_old) for key, matrix in joined.items())
