"""The command line: one door to the pipeline, for people and scripts."""

import os
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import click
from rich.console import Console

from midflight.adapters.clock import today
from midflight.adapters.git import GitRepository
from midflight.adapters.release import list_changes
from midflight.adapters.sources import local_revisions
from midflight.app import Checked, render
from midflight.app import check as run_check
from midflight.errors import MidflightError, SettingsError
from midflight.publish.decide import decide
from midflight.publish.describe import describe
from midflight.publish.exit import FailOn, exit_code
from midflight.report.model import Subject
from midflight.report.release_notes import build_release_notes, range_title, render_release_notes
from midflight.report.rule_page import render_rules
from midflight.report.terminal import render_terminal
from midflight.rules import load_rules
from midflight.stages import publish_options

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py

RANGE = {"merge_method": "rebase"}  # a range is reverted as one, whatever its pull requests were merged with
FORMATS = click.Choice(["terminal", "markdown", "json"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="midflight")
def cli() -> None:
    """Check a change for the middle of its deployment: old code on the new database, new code on the old one.

    Exit codes: 0 nothing at or above --fail-on, 10 findings at or above it, 2 wrong settings, 1 the tool failed.
    """


@cli.command()
@click.option("--base", required=True, help="The revision that is deployed now.")
@click.option("--head", default="HEAD", show_default=True, help="The revision to deploy.")
@click.option("--repo", default=".", show_default=True, help="A git repository; bare ones too.")
@click.option("--format", "form", type=FORMATS, default="terminal", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
@click.option("--fail-on", type=click.Choice([f.value for f in FailOn]), help="The lowest level that exits with 10.")
@click.option("--deploys", type=click.Choice(["together", "database-first", "code-first"]), help="See the README.")
@click.option("--config", help="The configuration file, read from the base revision.")
@click.option("--dry-run", is_flag=True, help="Print what the action would write, and write nothing.")
def check(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    base: str,
    head: str,
    repo: str,
    form: str,
    output: str | None,
    fail_on: str | None,
    deploys: str | None,
    config: str | None,
    dry_run: bool,
) -> None:
    """Check the change from one revision to another."""
    options = {"fail_on": fail_on, "deploys": deploys, "config": config}
    checked = check_range(repo, base, head, title=head, options=options)
    if dry_run:
        show_effects(checked)
    else:
        show(checked, form, output)
    sys.exit(exit_code(checked.report, FailOn(checked.settings.fail_on)))


@cli.command("release-notes")
@click.option("--from", "from_", required=True, help="The revision that is deployed now.")
@click.option("--to", default="HEAD", show_default=True, help="The revision to deploy.")
@click.option("--repo", default=".", show_default=True, help="A git repository; bare ones too.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
def release_notes(*, from_: str, to: str, repo: str, output: str | None) -> None:
    """Write release notes for a range: changes, migrations, order, rollback plan and announcements."""
    title = range_title(from_, to)
    checked = check_range(repo, from_, to, title=title, options=RANGE)
    changes = list_changes(Path(repo), from_, to, None)
    write(render_release_notes(build_release_notes(checked.report, changes, title=title)), output)


@cli.command()
@click.argument("rule_id", required=False)
def rules(rule_id: str | None) -> None:
    """List the rules, or explain one: what it reports, why, and what to do instead."""
    known = {rule.id: rule for rule in load_rules()}
    if rule_id is not None and rule_id not in known:
        nearest = get_close_matches(rule_id, known, n=1)
        advice = f" Did you mean {nearest[0]}?" if nearest else ""
        raise SettingsError((f"No rule is called {rule_id}.{advice}",))
    render_rules([known[rule_id]] if rule_id else list(known.values()), Console(), explain=rule_id is not None)


def check_range(repo: str, base: str, head: str, *, title: str, options: Mapping[str, object]) -> Checked:
    """Check two revisions of a repository on disk."""
    found = local_revisions(GitRepository(repo), base, head)
    subject = Subject(base=found.base.revision, head=found.head.revision, title=title, date=today())
    return run_check(found.blobs, found.base, found.head, subject=subject, environment=ENVIRONMENT, options=options)


def show(checked: Checked, form: str, output: str | None) -> None:
    """Print the report, or write it to a file."""
    rendered = render(checked)
    match form:
        case "markdown":
            text = rendered.comment
        case "json":
            text = rendered.json
        case _:
            console = Console(record=output is not None, quiet=output is not None)
            render_terminal(checked.report, console)
            text = console.export_text() if output else ""
    write(text, output)


def write(text: str, output: str | None) -> None:
    """Write to the file, or to the terminal without one."""
    if output:
        Path(output).write_text(text, encoding="utf-8")
    elif text:
        click.echo(text)


def show_effects(checked: Checked) -> None:
    """Print one line for each write that the action would make."""
    effects = decide(checked.report, render(checked), publish_options(checked.settings))
    for effect in effects:
        click.echo(f"would {describe(effect)}")


def main() -> None:
    """Run the command line; what a person can act on is one message, not a traceback."""
    try:
        cli()
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)
    except MidflightError as error:
        click.echo(f"midflight: {error.sentence}", err=True)
        sys.exit(1)
