"""The scenarios, and the page that lists them with their figures."""

import json
from collections.abc import Mapping
from pathlib import Path

from support.reliability import events, limits, network, people, size
from support.reliability.model import Ends, Figures, Scenario

FIGURES = Path(__file__).parents[2] / "data" / "reliability.json"
SCENARIOS: tuple[Scenario, ...] = (
    *events.SCENARIOS,
    *network.SCENARIOS,
    *limits.SCENARIOS,
    *people.SCENARIOS,
    *size.SCENARIOS,
)


def stored() -> dict[str, Figures]:
    """The figures as they were measured last, by title."""
    return {title: Figures(**found) for title, found in json.loads(FIGURES.read_text()).items()}


def page(figures: Mapping[str, Figures]) -> str:
    """The page for people."""
    groups = dict.fromkeys(scenario.group for scenario in SCENARIOS)
    return _introduction() + "".join(_group(group, figures) for group in groups)


def _introduction() -> str:
    return (
        "# What happens when GitHub does not answer\n\n"
        "<!-- generated from tests/support/reliability by `make docs` -->\n\n"
        f"{len(SCENARIOS)} scenarios, each a test: the action as a workflow starts it, against a GitHub that keeps "
        "state, fails on demand\nbefore or after the work is done, and checks every request and every answer against "
        "GitHub's own description of its API.\nWaits are those of a clock that only counts. A run that may not write "
        "ends with no comment and no status, and the job\nsummary holds all of it. Never is there a second comment.\n\n"
        "*Ends with* is the exit code (10: findings, 1: Midflight failed), our comments, and the state of each status. "
        "*Requests* are\nthose of the run that counts, reads and writes, *failed* those of them that GitHub failed.\n"
    )


def _group(group: str, figures: Mapping[str, Figures]) -> str:
    lines = [
        f"\n## {group}\n",
        "| Scenario | Event | Ends with | Requests | Failed | Waited |",
        "|:--|:--|:--|:--|--:|--:|",
        *(_row(each, figures[each.title]) for each in SCENARIOS if each.group == group),
    ]
    return "\n".join(lines) + "\n"


def _row(each: Scenario, cost: Figures) -> str:
    requests = f"{cost.reads} + {cost.writes}"
    return f"| {each.title} | `{each.event}` | {_ends(each.ends)} | {requests} | {cost.failed} | {cost.waited} s |"


def _ends(ends: Ends) -> str:
    comments = {0: "no comment", 1: "1 comment"}.get(ends.comments, f"{ends.comments} comments")
    statuses = " and ".join(f"`{state}`" for state in ends.statuses) or "no status"
    told = f"; says “{ends.says}”" if ends.says else ""
    return f"{ends.code}, {comments}, {statuses}{told}"
