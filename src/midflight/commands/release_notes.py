"""`midflight release-notes`: what a range of revisions brings."""

from pathlib import Path

import click

from midflight.adapters.deployed import BASE, Means
from midflight.adapters.git import GitRepository
from midflight.adapters.range_ends import deployed_before
from midflight.adapters.release import list_changes
from midflight.commands.output import write
from midflight.commands.ranges import check_range
from midflight.report.release_json import render_release_json
from midflight.report.release_notes import (
    ReleaseNotes,
    build_release_notes,
    range_title,
    render_announcement,
    render_release_notes,
    render_runbook,
)

RANGE = {"merge_method": "rebase"}  # a range is reverted as one, whatever its pull requests were merged with


@click.command("release-notes")
@click.option("--from", "from_", help="The revision that is deployed now; without it the latest tag before --to.")
@click.option("--to", default="HEAD", show_default=True, help="The revision to deploy.")
@click.option("--repo", default=".", show_default=True, help="A git repository; bare ones too.")
@click.option(
    "--form",
    type=click.Choice(["notes", "runbook", "announcement-before", "announcement-after", "json"]),
    default="notes",
    show_default=True,
    help="What to write: the notes, the boxes of the day, an announcement, or everything as data.",
)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
def release_notes(*, from_: str | None, to: str, repo: str, form: str, output: str | None) -> None:
    """Write release notes for a range: changes, migrations, order, rollback plan and announcements."""
    if not from_:
        repository = GitRepository(repo)
        from_ = deployed_before(BASE, repository.resolve(to), Means(repository))
    title = range_title(from_, to)
    changes = list_changes(Path(repo), from_, to, None)
    click.echo(f"{len(changes)} changes in {title}; now reading the code and the migrations of both ends.", err=True)
    checked = check_range(repo, from_, to, title=title, options={**RANGE, "from": from_, "to": to})
    write(_written(build_release_notes(checked.report, changes, title=title), form), output)


def _written(notes: ReleaseNotes, form: str) -> str:
    match form:
        case "runbook":
            return render_runbook(notes)
        case "announcement-before" | "announcement-after":
            return render_announcement(notes, form.removeprefix("announcement-"))
        case "json":
            return render_release_json(notes)
        case _:
            return render_release_notes(notes)
