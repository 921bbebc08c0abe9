"""What is told of a database whose applied migrations and a revision's are out of step."""

from collections.abc import Iterator

from midflight.migrations.applied import Standing
from midflight.migrations.format import Format, Reaction
from midflight.migrations.model import History
from midflight.migrations.programs import tool_of

_MOST = 3
_DOES = {
    Reaction.FAILS: "refuses to run",
    Reaction.WARNS: "does not apply it",
    Reaction.IGNORES: "does not apply it",
    Reaction.APPLIES: "applies it all the same",
}


def out_of_step(history: History, standing: Standing) -> Iterator[str]:
    """Yield what the tool, by its defaults, makes of migrations that are not simply next in order."""
    tool = tool_of(history)
    yield from _late(standing, tool)
    yield from _beside(history, standing, tool)
    if standing.edited and standing.pending and tool.conduct.edited is Reaction.FAILS:
        yield f"{tool.title} refuses to run while a migration that is applied is another one in this revision"


def _late(standing: Standing, tool: Format) -> Iterator[str]:
    does = _DOES.get(tool.conduct.out_of_order)
    then = f": {tool.title} {does}" if does else ""
    for each in standing.late[:_MOST]:
        yield f"`{each.path}` sorts before one that is applied{then}"
    if len(standing.late) > _MOST:
        yield f"{len(standing.late) - _MOST} more sort before one that is applied"


def _beside(history: History, standing: Standing, tool: Format) -> Iterator[str]:
    """Two ends of a graph, of which one is pending."""
    told: set[str] = set()
    for each in standing.pending:
        if each.rival and each.rival not in told:
            told.add(each.rival)
            other = next((one for one in history.migrations if one.rival == each.rival and one is not each), None)
            if other:
                yield f"`{each.path}` {tool.rivals} `{other.path}`: {tool.title} refuses to run"
