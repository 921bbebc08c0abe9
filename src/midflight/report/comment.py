"""The comment on the pull request, within GitHub's size."""

from collections.abc import Callable

from midflight.errors import SettingsError
from midflight.report.compose import view_of
from midflight.report.limits import COMMENT
from midflight.report.model import Report
from midflight.report.templates import COMMENT as TEMPLATE
from midflight.report.templates import render, render_team
from midflight.report.view import View
from midflight.text import utf16_length

BUDGET = 60_000
"""GitHub refuses more than 65,536 characters ("Body is too long"); the rest is for the marker and for doubt."""


def render_comment(report: Report, *, template: str | None = None) -> str:
    """Return the comment's Markdown, at most `BUDGET` UTF-16 units; `template` is a team's, that extends ours.

    What does not fit is left out by priority, never cut: evidence first, then recipes, then the ends of long lists.
    """

    def fill(view: View) -> str:
        return render(TEMPLATE, view=view) if template is None else render_team(template, view=view)

    fitting = first_that_fits(report, fill)
    if fitting is None:
        raise SettingsError((f"comment template: even the shortest report makes more than {BUDGET:,} characters.",))
    return fitting


def first_that_fits(report: Report, fill: Callable[[View], str]) -> str | None:
    """Return the fullest rendering within the budget, None if there is none."""
    for number, limits in enumerate(COMMENT):
        rendered = fill(view_of(report, limits, shortened=number > 0))
        if utf16_length(rendered) <= BUDGET:
            return rendered
    return None
