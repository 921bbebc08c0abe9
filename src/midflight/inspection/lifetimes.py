"""What the rules' findings say of surfaces: where the failing lines run, and how long old builds keep failing."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.compatibility.lasting import (
    OLD,
    build,
    consumers_in,
    days,
    lasting,
    of_builds,
    one,
    supported,
    unsupported,
    versions_in,
)
from midflight.compatibility.model import Break
from midflight.inspection.finding import Finding, Level, Phase, Step
from midflight.inspection.model import Context, Deploys
from midflight.references.model import Place
from midflight.references.surfaces import SERVER, RunsOn


def with_lifetimes(finding: Finding, context: Context) -> Finding:
    """Return the finding with the surface behind each line of code, and with the wait that long-lived ones ask for.

    A pipeline that replaces all code before it migrates cannot replace a build that people have: such a break stays an
    error there.
    """
    if not finding.code:
        return finding
    breaks = _breaks_of(finding, context)
    told = replace(finding, message=_marked(finding, breaks, context))
    runs = lasting(breaks)
    if not runs:
        return told
    raised = finding.level is Level.WARNING and context.deploys is Deploys.CODE_FIRST
    what, instead, rest = told.message.partition(" Instead")
    keeps = " ".join(_keeps_failing(runs))
    return replace(
        told,
        level=Level.ERROR if raised else finding.level,
        message=f"{what} {keeps}{instead}{rest} {' '.join(waits(runs))}",
        recipe=tuple(_later(step, runs) for step in finding.recipe),
    )


def waits(runs: tuple[RunsOn, ...]) -> Iterator[str]:
    """Yield the sentences that say what the clean-up has to wait for."""
    for name in consumers_in(runs):
        yield f"Wait until `{name}` no longer uses it."
    if names := versions_in(runs):
        yield f"Wait until {unsupported(names)}."
    for each in of_builds(runs):
        yield (
            f"Wait {days(each.days)} after the release of that code, until no {build(each)} older than it is in use."
        )


def _breaks_of(finding: Finding, context: Context) -> tuple[Break, ...]:
    """The breaks of old code that a finding is about."""
    lines = set(finding.code)
    return tuple(
        found
        for found in context.matrix.old_new.breaks
        if found.place in lines and (found.object == finding.object or found.statement == finding.statement)
    )


def _marked(finding: Finding, breaks: tuple[Break, ...], context: Context) -> str:
    """The message with the surface behind each line that it names, where that is not the server."""
    message = finding.message
    by_break = {found.place: found.runs_on for found in breaks}
    for place in dict.fromkeys(finding.code):
        runs = by_break.get(place) or _surface(place, context)
        if runs.is_special:
            line = f"`{place.path}:{place.line}`"
            message = message.replace(line, f"{line} ({one(runs)})")
    return message


def _surface(place: Place, context: Context) -> RunsOn:
    return context.old_code.runs_on.get(place.path) or context.new_code.runs_on.get(place.path, SERVER)


def _keeps_failing(runs: tuple[RunsOn, ...]) -> Iterator[str]:
    for name in consumers_in(runs):
        yield f"`{name}` keeps failing, whatever is deployed here."
    if names := versions_in(runs):
        yield f"{supported(names)}."
    for each in of_builds(runs):
        yield f"{OLD[each.surface].capitalize()} keep failing for {days(each.days)}."


def _later(step: Step, runs: tuple[RunsOn, ...]) -> Step:
    return replace(step, do=f"{step.do} {' '.join(waits(runs))}") if step.phase is Phase.CONTRACT else step
