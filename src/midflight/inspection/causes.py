"""Which operations stand behind a break, and how bad a break of old code is."""

from collections.abc import Iterable, Iterator

from midflight.compatibility.model import Break
from midflight.inspection.finding import Confidence, Level
from midflight.inspection.model import Context, Deploys
from midflight.operations.model import Operation, Statement


def operations_of(context: Context, statement: Statement | None) -> tuple[Operation, ...]:
    """Return the pending operations of one statement."""
    return tuple(step.operation for step in context.steps if step.operation.statement == statement)


def caused_by(context: Context, found: Break, *kinds: type[Operation]) -> bool:
    """Return whether the statement behind a break holds an operation of these kinds."""
    return any(isinstance(operation, kinds) for operation in operations_of(context, found.statement))


def old_code_level(context: Context) -> Level:
    """Return the level of a break of old code.

    A pipeline that replaces all code before it migrates meets it only when the code is rolled back.
    """
    return Level.WARNING if context.deploys is Deploys.CODE_FIRST else Level.ERROR


def unguarded(breaks: Iterable[Break]) -> Iterator[Break]:
    """Return the breaks that no feature flag or fallback covers."""
    return (found for found in breaks if found.guard is None)


def by_object(breaks: Iterable[Break]) -> dict[str, list[Break]]:
    """Return the breaks grouped by the object they name, in order."""
    groups: dict[str, list[Break]] = {}
    for found in breaks:
        groups.setdefault(found.object, []).append(found)
    return groups


def confidence_of(breaks: Iterable[Break]) -> Confidence:
    """Return how sure a finding built on these breaks is: proven where a server refused one of the statements."""
    breaks = tuple(breaks)
    if any(found.proven for found in breaks):
        return Confidence.PROVEN
    return Confidence.HIGH if all(found.tier == 1 for found in breaks) else Confidence.LOW
