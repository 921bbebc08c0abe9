"""The range as numbered deployments: the pull requests of each, what cancels out, and where going back ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from midflight.inspection.finding import Phase
from midflight.operations.model import Statement
from midflight.plan.model import Passing, Plan, Reversibility
from midflight.text import shorten

_LOST = {
    Reversibility.LOSSY: "From here on going back loses what was written since",
    Reversibility.IRREVERSIBLE: "Point of no return: from here on not everything can be undone",
}
_MOST = 50
_NAMES = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """What a numbered deployment has beside its steps: the labels of its pull requests, and warnings or ""."""

    changes: tuple[str, ...]
    warning: str = ""
    torn: str = ""  # where a migration of it begins in an earlier deployment


def stages_of(plan: Plan, changes: Iterable[tuple[str, frozenset[str]]]) -> tuple[Stage, ...]:
    """Return one stage for each deployment of the plan; `changes` are the label and the files of each change."""
    listed = tuple(changes)
    warnings = _warnings(plan)
    paths = [{item.path for item in deployment.items if item.path} for deployment in plan.deployments]
    torn = _torn(plan, paths)
    return tuple(
        Stage(tuple(label for label, files in listed if files & touched), warnings.get(number, ""), torn[number])
        for number, touched in enumerate(paths)
    )


def _torn(plan: Plan, paths: Sequence[set[str]]) -> tuple[str, ...]:
    """What to do about migrations that two deployments share: tools apply a file as a whole."""
    found: list[str] = []
    earlier: set[str] = set()
    for deployment, touched in zip(plan.deployments, paths, strict=True):
        shared = () if deployment.phase is Phase.ROLLOUT else sorted(earlier & touched)
        found.append(_torn_line(shared) if shared else "")
        earlier |= set() if deployment.phase is Phase.ROLLOUT else touched
    return tuple(found)


def _torn_line(shared: Sequence[str]) -> str:
    names = ", ".join(f"`{path}`" for path in shared[:_NAMES])
    more = f" and {len(shared) - _NAMES} more" if len(shared) > _NAMES else ""
    has, its = ("have", "their") if len(shared) > 1 else ("has", "its")
    return (
        f"{names}{more} {has} statements of an earlier deployment too, and migration tools apply a file as a whole: "
        f"move {its} statements below to a migration of their own before deployment 1, or they run then."
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
    """Return a sentence for each object that cancels out, or for those that the same two statements pass; fifty."""
    together: dict[tuple[str, str, str], list[Passing]] = {}
    for each in passing:
        renamed = each.object if each.became else ""
        together.setdefault((_place(each.made), _place(each.gone), renamed), []).append(each)
    return tuple(shorten(_net_line(group), 400) for group in list(together.values())[:_MOST])


def _net_line(group: Sequence[Passing]) -> str:
    first, several = group[0], len(group) > 1
    made, gone = f"`{_place(first.made)}`", f"`{_place(first.gone)}`"
    if first.became:
        return (
            f"`{first.object}` is made at {made} and becomes `{first.became}` at {gone}: the first name never arrives."
        )
    names = ", ".join(f"`{each.object}`" for each in group[:_NAMES])
    more = f" and {len(group) - _NAMES} more" if len(group) > _NAMES else ""
    verb, them = ("are", "them") if several else ("is", "it")
    return f"{names}{more} {verb} made at {made} and dropped at {gone}: nothing of {them} arrives."


def _place(statement: Statement) -> str:
    return f"{statement.path}:{statement.line}"
