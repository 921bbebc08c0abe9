"""`midflight watch`: a database in use against the thresholds."""

import os
import sys

import click

from midflight.adapters.git import GitRepository
from midflight.adapters.target.connection import Bounds
from midflight.adapters.target.watching import watch_database
from midflight.changes.read import text_at
from midflight.commands.output import write
from midflight.commands.ranges import check_range
from midflight.publish.incident import watch_code
from midflight.report.release_notes import range_title
from midflight.report.watch import Range, render_incident, render_watch, watch_json
from midflight.settings import configured_path, read_settings
from midflight.stages import measures, monitoring

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py
SECONDS = click.FloatRange(1, 3600)


@click.command()
@click.option("--repo", default=".", show_default=True, help="A git repository; bare ones too.")
@click.option("--from", "from_", help="What ran before the deployment: its plan tells how to go back.")
@click.option("--to", default="HEAD", show_default=True, help="What runs now; its configuration is read.")
@click.option("--statement-timeout", "statement", type=SECONDS, default=15, show_default=True, help="Of one query.")
@click.option("--timeout", "whole", type=SECONDS, default=120, show_default=True, help="Of all queries together.")
@click.option(
    "--format", "form", type=click.Choice(["markdown", "incident", "json"]), default="markdown", show_default=True
)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
def watch(  # noqa: PLR0913 - one parameter for each option of the command
    *, repo: str, from_: str | None, to: str, statement: float, whole: float, form: str, output: str | None
) -> None:
    """Run the configured monitoring queries once on the database of DATABASE_URL, which is only read.

    They are held against the thresholds, and what deployments left unfinished is looked for. Exit codes: 0 within all
    limits, 10 over one, 1 something could not be told, 2 wrong settings.
    """
    repository = GitRepository(repo)
    tree, path = repository.tree(to), configured_path(ENVIRONMENT)
    settings = read_settings(ENVIRONMENT, configuration=text_at(tree, path, repository), configuration_path=path)
    wanted = measures(settings)
    deployed = _range(repo, from_, to) if from_ else Range(to=tree.revision)
    found = watch_database(
        settings.database_url.get_secret_value(),
        wanted,
        monitoring(settings),
        deployed.plan.fillings if deployed.plan else (),
        bounds=Bounds(statement=statement, whole=whole),
        alert=settings.monitoring.leftovers == "alert",
    )
    forms = {"markdown": render_watch, "incident": render_incident, "json": watch_json}
    write(forms[form](found, deployed), output)
    sys.exit(watch_code(found))


def _range(repo: str, from_: str, to: str) -> Range:
    options = {"merge_method": "rebase", "shadow": "off"}  # a range is reverted as one, and its change was tried before
    checked = check_range(repo, from_, to, title=range_title(from_, to), options=options)
    return Range(checked.report.subject.base, checked.report.subject.head, checked.report.plan)
