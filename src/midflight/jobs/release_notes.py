"""Writes the release notes of a range of revisions."""

from midflight.adapters.deployed import Means
from midflight.adapters.event import Event
from midflight.adapters.git import GitRepository
from midflight.adapters.perform import perform
from midflight.adapters.range_ends import deployed_before
from midflight.adapters.release import list_changes
from midflight.adapters.sources import pull_revisions
from midflight.app import check
from midflight.errors import SourceError
from midflight.jobs.model import Job, subject_of
from midflight.publish.decide import decide_release
from midflight.report.release_notes import build_release_notes, range_title, render_release_notes
from midflight.settings import read_settings


def run(job: Job, event: Event) -> int:
    """Write the notes from `from` (else what is deployed) to `to` (else the run's commit); return the exit code."""
    wanted = read_settings(job.environment)
    to = wanted.to or wanted.runner.sha
    from_ = wanted.from_ or _deployed(job, wanted.deployed_ref, to)
    revisions = pull_revisions(job.actions.workspace, from_, to, job.github)
    title = range_title(from_, to)
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=subject_of(job, revisions.base.revision, revisions.head.revision, title=title),
        environment=job.environment,
        options={"merge_method": "rebase"},  # a range is reverted as one
    )
    changes = list_changes(job.actions.workspace, from_, to, job.github)
    notes = render_release_notes(build_release_notes(checked.report, changes, title=title))
    for warning in perform(decide_release(notes, checked.settings.release_notes_path), github=None, runner=job.actions):
        job.actions.warn(warning)
    return 0


def _deployed(job: Job, ref: str, to: str) -> str:
    try:
        repository = GitRepository(job.actions.workspace)
        return deployed_before(ref, repository.resolve(to), Means(repository, job.github))
    except SourceError:
        if job.github is None:
            raise
        return deployed_before(ref, job.github.commit_of(to), Means(None, job.github))
