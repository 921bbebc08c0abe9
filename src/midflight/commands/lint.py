"""`midflight lint`: migrations checked alone, as fast as a linter must be."""

import os
import sys
from pathlib import Path

import click

from midflight.adapters.disk import Given, files_and_surroundings
from midflight.commands.output import write
from midflight.inspection.finding import Finding, Level
from midflight.linting import Linted, LintOptions
from midflight.linting import lint as run_lint
from midflight.report.lint import lint_json, lint_text
from midflight.report.sarif import render_sarif
from midflight.rules import load_rules
from midflight.text import plural

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py
CONFIG = Path(".github/midflight.yml")
FAILED = 10
FAILING = {"error": {Level.ERROR}, "warning": {Level.ERROR, Level.WARNING}, "never": set[Level]()}


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--alone", is_flag=True, help="Judge each file on a database of which nothing is known.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
@click.option("--fail-on", type=click.Choice(list(FAILING)), help="The lowest level that exits with 10.")
@click.option("--config", type=click.Path(dir_okay=False), help=f"The configuration file; {CONFIG} where it exists.")
@click.option("--postgres-version", type=click.IntRange(12, 18), help="The server's major version.")
@click.option("--write-baseline", type=click.Path(dir_okay=False), help="Write the findings to a baseline file.")
def lint(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    files: tuple[str, ...],
    alone: bool,
    form: str,
    output: str | None,
    fail_on: str | None,
    config: str | None,
    postgres_version: int | None,
    write_baseline: str | None,
) -> None:
    """Check migrations alone, each on the schema that those before it leave: no code, no server.

    FILES are SQL files or folders; the other migrations around them are read for the schema, and not judged.
    """
    given = files_and_surroundings(files)
    options, level = _options(config, fail_on, postgres_version)
    linted = run_lint(given.tree, given.disk, given.wanted, options, alone=alone)
    write(_rendered(linted, form, given), output)
    if write_baseline:
        _write_baseline(linted.findings, write_baseline)
        return
    told = {finding.level for finding in linted.findings if not finding.suppressed}
    sys.exit(FAILED if told & FAILING[level] else 0)


def _rendered(linted: Linted, form: str, given: Given) -> str:
    match form:
        case "json":
            return lint_json(linted.findings, linted.statements, linted.not_analysed)
        case "sarif":
            return render_sarif(linted.findings, load_rules())
        case _:
            return lint_text(linted.findings, linted.not_analysed, counted=_counted(linted), shown=given.disk.shown)


def _counted(linted: Linted) -> str:
    statements = len({step.operation.statement for context in linted.contexts for step in context.steps})
    return f"{plural(linted.files, 'file')}, {plural(statements, 'statement')}"


def _options(config: str | None, fail_on: str | None, version: int | None) -> tuple[LintOptions, str]:
    """The options, and the level that fails; without a configuration file nothing that reads one is imported."""
    if config is None and not CONFIG.exists() and version is None:
        return LintOptions(), fail_on or "error"
    from midflight.commands.configured import lint_options  # noqa: PLC0415 - 0.2 s that most runs do without

    return lint_options(ENVIRONMENT, path=config or str(CONFIG), fail_on=fail_on, version=version)


def _write_baseline(findings: tuple[Finding, ...], path: str) -> None:
    from midflight.settings.baseline import write_baseline  # noqa: PLC0415 - needed by this option alone

    Path(path).write_text(write_baseline(findings, path), encoding="utf-8")
    click.echo(f"Wrote {path}: from now on these findings are listed as known, and do not fail.", err=True)
