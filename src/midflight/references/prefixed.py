"""References of another repository's code, told by paths that name the repository."""

from dataclasses import replace

from midflight.changes.model import NotAnalysed
from midflight.references.model import CodeReferences, Guard, Mention, Place, Reference, TableReference


def prefixed(code: CodeReferences, prefix: str) -> CodeReferences:
    """Return the references with `prefix:` before each path, and without the source that stands there.

    Who may read a report need not be allowed to read that repository: paths and lines are told, the code is not.
    """
    return replace(
        code,
        references=tuple(_reference(each, prefix) for each in code.references),
        mentions=tuple(Mention(_place(each.place, prefix), each.word) for each in code.mentions),
        unresolved=tuple(_problem(each, prefix) for each in code.unresolved),
        not_analysed=tuple(_problem(each, prefix) for each in code.not_analysed),
        services=(),
        types=(),
    )


def _reference(found: Reference, prefix: str) -> Reference:
    place, guard = _place(found.place, prefix), _guard(found.guard, prefix)
    if not isinstance(found, TableReference):
        return replace(found, place=place, guard=guard, text="", query="")
    columns = tuple(replace(column, place=_place(column.place, prefix)) for column in found.columns)
    return replace(found, place=place, guard=guard, columns=columns, text="", query="")


def _place(place: Place, prefix: str) -> Place:
    return Place(f"{prefix}:{place.path}", place.line)


def _guard(guard: Guard | None, prefix: str) -> Guard | None:
    return replace(guard, place=_place(guard.place, prefix)) if guard else None


def _problem(problem: NotAnalysed, prefix: str) -> NotAnalysed:
    return replace(problem, path=f"{prefix}:{problem.path}" if problem.path else "")
