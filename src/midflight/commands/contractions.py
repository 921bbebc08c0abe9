"""`midflight contractions`: what code stopped naming."""

import os

import click

from midflight.adapters.clock import today
from midflight.adapters.git import GitRepository
from midflight.adapters.ledger import flags_left_of, ledger_of
from midflight.changes.read import text_at
from midflight.commands.output import write
from midflight.inspection.contraction import Period
from midflight.report.ledger import as_json, render_ledger
from midflight.settings import configured_path, read_settings
from midflight.stages import Files, period, scope

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py
DAY = click.DateTime(["%Y-%m-%d"])
DAYS = click.IntRange(0, 3650)


@click.command()
@click.option("--repo", default=".", show_default=True, help="A git repository; bare ones too.")
@click.option("--ref", default="HEAD", show_default=True, help="The branch that is deployed.")
@click.option("--days", type=DAYS, help="How long an object is watched; else as `contraction` says, 14.")
@click.option("--lookback-days", type=DAYS, help="How far back uses are looked for; else 180.")
@click.option("--today", "day", help="The day to judge from, as YYYY-MM-DD; today where it is left out.", type=DAY)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
def contractions(  # noqa: PLR0913 - one parameter for each option of the command
    *, repo: str, ref: str, days: int | None, lookback_days: int | None, day: object, form: str, output: str | None
) -> None:
    """List tables and columns that no code names any more: those to drop now, and those that are still watched."""
    repository = GitRepository(repo)
    head, path = repository.tree(ref), configured_path(ENVIRONMENT)
    configuration = text_at(head, path, repository)
    settings = read_settings(ENVIRONMENT, configuration=configuration, configuration_path=path)
    where = scope(settings.model_copy(update={"statistics": ""}), Files(configuration))
    watched, now = _period(period(settings), days, lookback_days), str(day)[:10] if day else today()
    ledger = ledger_of(
        repository,
        head.revision,
        databases=where.databases,
        code=where.code,
        period=watched,
        surfaces=where.surfaces,
        today=now,
    )
    flags = flags_left_of(repository, head.revision, where.code, watched, now)
    write(as_json(ledger, flags) if form == "json" else render_ledger(ledger, flags), output)


def _period(set_: Period, days: int | None, lookback: int | None) -> Period:
    watched = set_.days if days is None else days
    return Period(watched, max(watched, set_.lookback if lookback is None else lookback))
