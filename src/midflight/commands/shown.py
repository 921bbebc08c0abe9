"""Prints a finished check in the form that was asked for."""

import click

from midflight.app import Checked, render
from midflight.commands.output import write
from midflight.publish.decide import decide, decide_part
from midflight.publish.describe import describe
from midflight.publish.exit import FailOn, exit_code
from midflight.report.as_json import render_json
from midflight.stages import parts, whole_options


def show(checked: Checked, form: str, output: str | None) -> None:
    """Print the report, or write it to a file; what other forms say is not written for nobody."""
    match form:
        case "markdown":
            from midflight.report.comment import render_comment  # noqa: PLC0415 - for this form alone

            text = render_comment(checked.report, template=checked.template)
        case "json":
            text = render_json(checked.report)
        case "sarif":
            text = render(checked).sarif
        case _:
            from rich.console import Console  # noqa: PLC0415 - for this form alone

            from midflight.report.terminal import render_terminal  # noqa: PLC0415 - for this form alone

            console = Console(record=output is not None, quiet=output is not None)
            render_terminal(checked.report, console)
            text = console.export_text() if output else ""
    write(text, output)


def show_effects(checked: Checked) -> None:
    """Print one line for each write that the action would make."""
    from midflight.report.comment import render_comment  # noqa: PLC0415 - templates take long to import

    report, options = whole_options(checked.settings, checked.report)
    effects = decide(report, render(checked), options)
    for part, own in parts(checked.settings, checked.report):
        effects = (*effects, *decide_part(part, render_comment(part, template=checked.template), own))
    for effect in effects:
        click.echo(f"would {describe(effect)}")


def code_of(checked: Checked) -> int:
    """Return the exit code that the settings give a finished check."""
    return exit_code(checked.report, FailOn(checked.settings.fail_on))
