"""References of another repository's or another version's code, told by paths that say where it is."""

from collections.abc import Callable
from dataclasses import replace

from midflight.changes.model import NotAnalysed
from midflight.references.model import CodeReferences, Guard, Mention, Place, Reference, TableReference

Rename = Callable[[str], str]


def prefixed(code: CodeReferences, prefix: str) -> CodeReferences:
    """Return the references with `prefix:` before each path, and without the source that stands there.

    Who may read a report need not be allowed to read that repository: paths and lines are told, the code is not.
    """
    told = retold(code, lambda path: f"{prefix}:{path}")
    return replace(
        told,
        references=tuple(replace(each, text="", query="") for each in told.references),
        mentions=tuple(Mention(each.place, each.word) for each in told.mentions),
        services=(),
        types=(),
    )


def retold(code: CodeReferences, rename: Rename) -> CodeReferences:
    """Return the references with each path as `rename` gives it; an empty path stays."""
    return replace(
        code,
        references=tuple(_reference(each, rename) for each in code.references),
        mentions=tuple(replace(each, place=_place(each.place, rename)) for each in code.mentions),
        unresolved=tuple(_problem(each, rename) for each in code.unresolved),
        not_analysed=tuple(_problem(each, rename) for each in code.not_analysed),
        runs_on={rename(path): runs for path, runs in code.runs_on.items()},
    )


def _reference(found: Reference, rename: Rename) -> Reference:
    place, guard = _place(found.place, rename), _guard(found.guard, rename)
    if not isinstance(found, TableReference):
        return replace(found, place=place, guard=guard)
    columns = tuple(replace(column, place=_place(column.place, rename)) for column in found.columns)
    return replace(found, place=place, guard=guard, columns=columns)


def _place(place: Place, rename: Rename) -> Place:
    return Place(rename(place.path), place.line)


def _guard(guard: Guard | None, rename: Rename) -> Guard | None:
    return replace(guard, place=_place(guard.place, rename)) if guard else None


def _problem(problem: NotAnalysed, rename: Rename) -> NotAnalysed:
    return replace(problem, path=rename(problem.path) if problem.path else "")
