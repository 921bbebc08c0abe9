"""Edge functions in the plan: a deploy unit of their own, after the database and before the code that invokes them."""

from collections.abc import Iterator, Sequence

from midflight.inspection.beside import Fate, FunctionChange, callers
from midflight.inspection.finding import Phase
from midflight.inspection.finding import Step as Advice
from midflight.inspection.model import Context
from midflight.plan.model import Deployment, Planned
from midflight.plan.words import code, listed


def with_functions(deployments: Sequence[Deployment], contexts: Sequence[Context]) -> tuple[Deployment, ...]:
    """Return the deployments with those of edge functions that other code needs, or still needs, in their place."""
    needed, leaving = tuple(_needed(contexts)), tuple(_leaving(contexts))
    at = next((i for i, d in enumerate(deployments) if d.phase is Phase.ROLLOUT), len(deployments))
    return (
        *deployments[:at],
        *((_deploy(needed),) if needed else ()),
        *deployments[at:],
        *((_delete(leaving),) if leaving else ()),
    )


def _needed(contexts: Sequence[Context]) -> Iterator[FunctionChange]:
    for context in contexts:
        for change in context.functions:
            if change.fate is Fate.ADDED and callers(context.new_code.services, change):
                yield change


def _leaving(contexts: Sequence[Context]) -> Iterator[FunctionChange]:
    for context in contexts:
        for change in context.functions:
            if change.fate is Fate.REMOVED and callers(context.old_code.services, change):
                yield change


def _deploy(changes: Sequence[FunctionChange]) -> Deployment:
    names = " ".join(change.name for change in changes)
    return Deployment(
        Phase.ROLLOUT,
        "Deploy the edge functions",
        items=tuple(Planned(c.path, 1, f"new edge function {code(c.name)}", object=c.name) for c in changes),
        steps=(
            Advice(
                Phase.ROLLOUT, f"Deploy them before the code that invokes them: `supabase functions deploy {names}`."
            ),
            Advice(Phase.ROLLOUT, "Verify that each of them answers before going on."),
        ),
    )


def _delete(changes: Sequence[FunctionChange]) -> Deployment:
    names = listed(code(change.name) for change in changes)
    commands = " and ".join(f"`supabase functions delete {change.name}`" for change in changes)
    return Deployment(
        Phase.CONTRACT,
        "Delete the edge functions",
        steps=(
            Advice(Phase.CONTRACT, f"Keep {names} deployed until no running build invokes them, and never `--prune`."),
            Advice(Phase.CONTRACT, f"Delete them after that: {commands}."),
        ),
        separate=True,
    )
