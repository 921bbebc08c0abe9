"""Writes the release notes of a range of revisions."""

from midflight.adapters.event import Event
from midflight.adapters.perform import perform
from midflight.adapters.release import list_changes
from midflight.adapters.sources import pull_revisions
from midflight.app import check
from midflight.errors import SettingsError
from midflight.jobs.model import Job, subject_of
from midflight.publish.decide import decide_release
from midflight.report.release_notes import build_release_notes, range_title, render_release_notes
from midflight.settings import read_settings


def run(job: Job, event: Event) -> int:
    """Write the notes from the input `from` to the input `to`; return the exit code."""
    wanted = read_settings(job.environment)
    if not wanted.from_:
        raise SettingsError(("input from: is missing; it must be the revision that is deployed now.",))
    revisions = pull_revisions(job.actions.workspace, wanted.from_, wanted.to, job.github)
    title = range_title(wanted.from_, wanted.to)
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=subject_of(job, revisions.base.revision, revisions.head.revision, title=title),
        environment=job.environment,
        options={"merge_method": "rebase"},  # a range is reverted as one
    )
    changes = list_changes(job.actions.workspace, wanted.from_, wanted.to, job.github)
    notes = render_release_notes(build_release_notes(checked.report, changes, title=title))
    for warning in perform(decide_release(notes, checked.settings.release_notes_path), github=None, runner=job.actions):
        job.actions.warn(warning)
    return 0
