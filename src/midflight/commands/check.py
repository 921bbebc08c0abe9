"""`midflight check`: the whole check of a change, as the action runs it."""

import sys

import click

from midflight.adapters.github.budget import MADE
from midflight.commands.ranges import check_range

FORMATS = click.Choice(["terminal", "markdown", "json", "sarif"])
LEVELS = click.Choice(["error", "warning", "never"])


@click.command()
@click.option("--base", required=True, help="The revision that is deployed now.")
@click.option("--head", default="HEAD", show_default=True, help="The revision to deploy.")
@click.option("--repo", default=".", show_default=True, help="A git repository; bare ones too.")
@click.option("--format", "form", type=FORMATS, default="terminal", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
@click.option("--fail-on", type=LEVELS, help="The lowest level that exits with 10.")
@click.option("--deploys", type=click.Choice(["together", "database-first", "code-first"]), help="See the README.")
@click.option("--deployed-ref", help="Which code is deployed now: see docs/deployed-versions.md.")
@click.option("--supported-versions", type=int, help="How many of the latest versions run on beside the new code.")
@click.option("--config", help="The configuration file, read from the base revision.")
@click.option("--cache", type=click.Path(file_okay=False), help="A folder that keeps results for the next check.")
@click.option(
    "--shadow",
    type=click.Choice(["auto", "required", "off"]),
    is_flag=False,
    flag_value="auto",
    help="Run migration and rollback on a throw-away PostgreSQL; alone it means `auto`.",
)
@click.option("--verbose", is_flag=True, help="Say at the end what was asked of GitHub and what is left.")
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
    deployed_ref: str | None,
    supported_versions: int | None,
    config: str | None,
    cache: str | None,
    shadow: str | None,
    verbose: bool,
    dry_run: bool,
) -> None:
    """Check the change from one revision to another."""
    options: dict[str, object] = {"fail_on": fail_on, "deploys": deploys, "config": config, "cache": cache}
    options |= {"shadow": shadow, "deployed_ref": deployed_ref, "supported_versions": supported_versions}
    checked = check_range(repo, base, head, title=head, options=options)
    from midflight.commands.shown import code_of, show, show_effects  # noqa: PLC0415 - git is asked before all else

    if dry_run:
        show_effects(checked)
    else:
        show(checked, form, output)
    if verbose:
        click.echo(MADE.sentence, err=True)
    sys.exit(code_of(checked))
