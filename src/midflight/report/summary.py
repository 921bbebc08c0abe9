"""The complete report for the job summary."""

from midflight.errors import ToolError
from midflight.report.compose import view_of
from midflight.report.limits import SUMMARY
from midflight.report.model import Report
from midflight.report.templates import render

BUDGET = 1_000_000
"""GitHub drops a step's whole summary above 1 MiB (actions/runner, FileCommandManager.cs); in bytes of UTF-8."""


def render_summary(report: Report) -> str:
    """Return the job summary's Markdown, at most `BUDGET` bytes; only a report of thousands of items is shortened."""
    for number, limits in enumerate(SUMMARY):
        rendered = render("summary.md.j2", view=view_of(report, limits, shortened=number > 0))
        if len(rendered.encode("utf-8")) <= BUDGET:
            return rendered
    raise ToolError("The report does not fit into a job summary.")
