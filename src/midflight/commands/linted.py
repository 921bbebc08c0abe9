"""What `midflight lint` answers, worked out: the part of the command that imports the rules and the grammar."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from midflight.adapters.disk import Given
from midflight.adapters.kept_lint import Answer
from midflight.changes.model import Blobs
from midflight.inspection.finding import Finding, Level
from midflight.inspection.lint import Server
from midflight.linting import Linted, LintOptions, lint
from midflight.report.lint import lint_json, lint_text
from midflight.rules import load_rules
from midflight.text import plural

FAILING = {"error": {Level.ERROR}, "warning": {Level.ERROR, Level.WARNING}, "never": set[Level]()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; None is what was not given."""

    form: str
    alone: bool
    config: str  # empty without a configuration file
    fail_on: str | None
    version: int | None
    write_baseline: str | None
    environment: Mapping[str, str]


def answer(given: Given, blobs: Blobs, asked: Asked) -> Answer:
    """Judge the files; the answer says what to print and whether to fail."""
    options, level, reads = _options(asked)
    linted = lint(given.tree, blobs, given.wanted, options, alone=asked.alone)
    text = _rendered(linted, asked.form, given)
    if asked.write_baseline:
        _write_baseline(linted.findings, asked.write_baseline)
        return Answer(text, failed=False)
    told = {finding.level for finding in linted.findings if not finding.suppressed}
    return Answer(text, bool(told & FAILING[level]), reads)


def _rendered(linted: Linted, form: str, given: Given) -> str:
    match form:
        case "json":
            return lint_json(linted.findings, linted.statements, linted.not_analysed)
        case "sarif":
            from midflight.report.sarif import render_sarif  # noqa: PLC0415 - needed by this format alone

            return render_sarif(linted.findings, load_rules())
        case _:
            return lint_text(linted.findings, linted.not_analysed, counted=_counted(linted), shown=given.disk.shown)


def _counted(linted: Linted) -> str:
    statements = len({step.operation.statement for context in linted.contexts for step in context.steps})
    return f"{plural(linted.files, 'file')}, {plural(statements, 'statement')}"


def _options(asked: Asked) -> tuple[LintOptions, str, tuple[str, ...]]:
    """The options, the level that fails, and the files read for them; without a configuration nothing is imported."""
    if not asked.config:
        server = Server(asked.version) if asked.version else Server()
        return LintOptions(server=server), asked.fail_on or "error", ()
    from midflight.commands.configured import lint_options  # noqa: PLC0415 - 0.2 s that most runs do without

    return lint_options(asked.environment, path=asked.config, fail_on=asked.fail_on, version=asked.version)


def _write_baseline(findings: tuple[Finding, ...], path: str) -> None:
    from midflight.settings.baseline import write_baseline  # noqa: PLC0415 - needed by this option alone

    Path(path).write_text(write_baseline(findings, path), encoding="utf-8")
    click.echo(f"Wrote {path}: from now on these findings are listed as known, and do not fail.", err=True)
