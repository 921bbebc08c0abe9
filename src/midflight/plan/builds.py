"""What the clean-up waits for beyond the rollout: builds that people still have, and code of other teams."""

from collections.abc import Iterator, Sequence

from midflight.catalog.compare import compare_catalogs
from midflight.compatibility.lasting import OLD, build, consumers_in, days, lasting, of_builds, unsupported, versions_in
from midflight.compatibility.model import Break, Matrix
from midflight.compatibility.reach import removed_names
from midflight.inspection.finding import Phase, Step
from midflight.inspection.model import Context
from midflight.plan.model import ChecklistItem, ItemState
from midflight.plan.words import code, listed
from midflight.references.surfaces import RunsOn


def outlive(matrix: Matrix) -> tuple[RunsOn, ...]:
    """Return what still runs old code that breaks when the rollout is over."""
    return lasting(matrix.old_new.breaks)


def why_later(matrix: Matrix) -> str:
    """Return the sentence that says what "after the code" comes to here, empty where the rollout is enough."""
    runs = outlive(matrix)
    names, builds, versions = consumers_in(runs), of_builds(runs), versions_in(runs)
    if not runs:
        return ""
    why = [f"No deployment of this repository changes {listed(map(code, names))}"] if names else []
    old = listed([*map(code, versions), *(OLD[each.surface] for each in builds)])
    verb = "outlives" if len(versions) == 1 and not builds else "outlive"
    why += [f"{old if why else old[:1].upper() + old[1:]} {verb} the rollout"] if old else []
    when = [f"{code(name)} no longer uses it" for name in names]
    when += [unsupported(versions)] if versions else []
    when += [f"{days(each.days)} have passed since the release of that code" for each in builds]
    return f"{', and '.join(why)}: put the migration into a later pull request, when {' and '.join(when)}."


def holder(breaks: Sequence[Break]) -> str:
    """Return who still needs what the breaks name: old code, or another team's where nothing else does."""
    names = {found.runs_on.consumer for found in breaks}
    return listed(map(code, sorted(names))) if names and "" not in names else "Old code"


def waiting(matrix: Matrix) -> Iterator[Step]:
    """Yield the steps of the clean-up that wait."""
    runs = outlive(matrix)
    for name in consumers_in(runs):
        yield Step(Phase.CONTRACT, f"Wait until {code(name)} no longer uses {_objects(matrix, name)}.")
    if names := versions_in(runs):
        yield Step(Phase.CONTRACT, f"Wait until {unsupported(names)}.")
    for each in of_builds(runs):
        yield Step(
            Phase.CONTRACT,
            f"Wait {days(each.days)} after the release of that code, until no {build(each)} older than it is in use.",
        )


def build_items(matrix: Matrix, contexts: Sequence[Context]) -> Iterator[ChecklistItem]:
    """Yield what must be so before anything is removed; what base and head cannot tell is asked.

    An object that base names is known to be in use for the surface's lifetime. When an earlier change stopped naming
    one, base and head do not say, so a person must.
    """
    runs = outlive(matrix)
    for name in consumers_in(runs):
        text = f"{code(name)} no longer uses {_objects(matrix, name)}"
        yield ChecklistItem(f"consumers.{_slug(name)}", text, ItemState.FAILED, _says_so(matrix, name))
    for name in versions_in(runs):
        found = [b for b in matrix.old_new.breaks if name in b.runs_on.versions and b.guard is None]
        text = f"{code(name)}, which needs {listed(code(b.object) for b in found)}, is no longer supported"
        evidence = f"{found[0].place.path}:{found[0].place.line} names it"
        yield ChecklistItem(f"versions.{_slug(name)}", text, ItemState.FAILED, evidence)
    for each in of_builds(runs):
        text = f"No {build(each)} older than the code that stops naming {_objects(matrix, '', each)} is in use"
        evidence = f"code at base names it: {days(each.days)} from the release of this change"
        yield ChecklistItem(f"builds.{each.surface.value}", text, ItemState.FAILED, evidence)
    yield from _asked(matrix, contexts)


def _says_so(matrix: Matrix, consumer: str) -> str:
    """The evidence: the configuration, or the first line of the consumer's own code."""
    found = [b for b in matrix.old_new.breaks if b.runs_on.consumer == consumer and not b.reference.text]
    return f"{found[0].place.path}:{found[0].place.line} does" if found else "the configuration says that it does"


def _asked(matrix: Matrix, contexts: Sequence[Context]) -> Iterator[ChecklistItem]:
    asking = of_builds(runs for context in contexts for runs in context.long_lived)
    removed = [name for context in contexts for name in _removed(context)] if asking else []
    for each in asking:
        named = {found.object for found in matrix.old_new.breaks if found.runs_on.surface is each.surface}
        names = [name for name in removed if name not in named]
        if names:
            text = f"No {build(each)} older than the change that stopped naming {listed(map(code, names))} is in use"
            evidence = f"none of its code at base names it; old builds live for {days(each.days)}"
            yield ChecklistItem(f"builds.{each.surface.value}.earlier", text, ItemState.OPEN, evidence)


def _removed(context: Context) -> tuple[str, ...]:
    return removed_names(compare_catalogs(context.before, context.after), context.steps)


def _objects(matrix: Matrix, consumer: str, runs: RunsOn | None = None) -> str:
    found = (b for b in matrix.old_new.breaks if b.guard is None and b.runs_on.consumer == consumer)
    return listed(code(b.object) for b in found if runs is None or b.runs_on.surface is runs.surface)


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
