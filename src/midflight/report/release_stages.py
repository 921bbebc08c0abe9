"""The range as numbered deployments: the pull requests of each, what cancels out, and where going back ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from midflight.plan.model import Passing, Plan, Reversibility
from midflight.text import shorten

_LOST = {
    Reversibility.LOSSY: "From here on going back loses what was written since",
    Reversibility.IRREVERSIBLE: "Point of no return: from here on not everything can be undone",
}
_MOST = 50


@dataclass(frozen=True, slots=True)
class Stage:
    """What a numbered deployment has beside its steps: the labels of its pull requests, and a warning or ""."""

    changes: tuple[str, ...]
    warning: str = ""


def stages_of(plan: Plan, changes: Iterable[tuple[str, frozenset[str]]]) -> tuple[Stage, ...]:
    """Return one stage for each deployment of the plan; `changes` are the label and the files of each change."""
    listed = tuple(changes)
    warnings = _warnings(plan)
    paths = [{item.path for item in deployment.items if item.path} for deployment in plan.deployments]
    return tuple(
        Stage(tuple(label for label, files in listed if files & touched), warnings.get(number, ""))
        for number, touched in enumerate(paths)
    )


def _warnings(plan: Plan) -> dict[int, str]:
    """The first deployment with a step that loses something, and the first with one that cannot be undone."""
    found: dict[int, str] = {}
    for grade in (Reversibility.LOSSY, Reversibility.IRREVERSIBLE):
        known = {(s.path, s.line) for step in plan.rollback.steps if step.grade is grade and (s := step.statement)}
        first = _first(plan, known)
        if first is not None:
            number, place = first
            found[number] = f"{_LOST[grade]} (`{place}`)."
    return found


def _first(plan: Plan, places: set[tuple[str, int]]) -> tuple[int, str] | None:
    for number, deployment in enumerate(plan.deployments):
        for item in deployment.items:
            if (item.path, item.line) in places:
                return number, f"{item.path}:{item.line}"
    return None


def net_lines(passing: Sequence[Passing]) -> tuple[str, ...]:
    """Return a sentence for each object that cancels out, the first fifty."""
    return tuple(shorten(_net_line(each), 400) for each in passing[:_MOST])


def _net_line(each: Passing) -> str:
    made, gone = (f"`{s.path}:{s.line}`" for s in (each.made, each.gone))
    if each.became:
        return f"`{each.object}` is made at {made} and becomes `{each.became}` at {gone}: the first name never arrives."
    return f"`{each.object}` is made at {made} and dropped at {gone}: nothing of it arrives."
