"""Writes the release notes of a range of revisions."""

from dataclasses import replace

from midflight.adapters.deployed import Means
from midflight.adapters.event import Event
from midflight.adapters.git import GitRepository
from midflight.adapters.perform import perform
from midflight.adapters.range_ends import deployed_before
from midflight.adapters.release import list_changes
from midflight.adapters.release_approvals import approvals_of
from midflight.adapters.sources import pull_revisions
from midflight.app import check
from midflight.errors import PlatformError, SettingsError, SourceError
from midflight.jobs.model import Job, subject_of
from midflight.publish.release import ReleaseOptions, ReleaseTexts, decide_release
from midflight.report.release_json import render_release_json
from midflight.report.release_notes import (
    ISSUE_BUDGET,
    Approval,
    ReleaseNotes,
    build_release_notes,
    changes_of_database,
    range_title,
    render_announcement,
    render_release_notes,
    render_runbook,
)
from midflight.settings import Settings, read_settings


def run(job: Job, event: Event) -> int:
    """Write the notes from `from` (else what is deployed) to `to` (else the run's commit); return the exit code."""
    wanted = read_settings(job.environment)
    to = wanted.to or wanted.runner.sha
    from_ = wanted.from_ or _deployed(job, wanted.deployed_ref, to)
    revisions = pull_revisions(job.actions.workspace, from_, to, job.github)
    title = range_title(from_, to)
    changes = list_changes(job.actions.workspace, from_, to, job.github, job.actions.say)
    job.actions.say(f"{len(changes)} changes in {title}; now reading the code and the migrations of both ends.")
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=subject_of(job, revisions.base.revision, revisions.head.revision, title=title),
        environment=job.environment,
        options={"merge_method": "rebase"},  # a range is reverted as one
    )
    notes = build_release_notes(checked.report, changes, title=title)
    notes = replace(notes, approvals=_approvals(job, notes))
    effects = decide_release(_texts(notes), _options(job, checked.settings, notes, to))
    for warning in perform(effects, github=job.github, runner=job.actions):
        job.actions.warn(warning)
    return 0


def _texts(notes: ReleaseNotes) -> ReleaseTexts:
    return ReleaseTexts(
        title=notes.title,
        notes=render_release_notes(notes),
        runbook=render_runbook(notes),
        issue=render_runbook(notes, ISSUE_BUDGET),
        before=render_announcement(notes, "before"),
        after=render_announcement(notes, "after"),
        data=render_release_json(notes),
    )


def _options(job: Job, settings: Settings, notes: ReleaseNotes, to: str) -> ReleaseOptions:
    return ReleaseOptions(
        path=settings.release_notes_path,
        key=settings.comment_key,
        from_=notes.subject.base,
        to=notes.subject.head,
        tag=_tag(job, settings, to) if settings.draft_release else "",
        issue=settings.runbook_issue,
    )


def _tag(job: Job, settings: Settings, to: str) -> str:
    """The tag of the draft: the one that is given, else what goes out where that is a tag and no branch."""
    tag = settings.release_tag or (to if _is_tag(job, to) else "")
    if not tag:
        raise SettingsError(("release_tag: is missing: `draft_release` needs the tag of the release.",))
    return tag


def _is_tag(job: Job, name: str) -> bool:
    try:
        return name in dict(GitRepository(job.actions.workspace).tags(name))
    except SourceError:
        return False  # no clone, or one without tags


def _approvals(job: Job, notes: ReleaseNotes) -> tuple[Approval, ...]:
    if job.github is None:
        return ()
    try:
        return approvals_of(job.github, changes_of_database(notes))
    except PlatformError as error:
        job.actions.warn(f"Approvals are not in the release notes. {error.sentence}")
        return ()


def _deployed(job: Job, ref: str, to: str) -> str:
    try:
        repository = GitRepository(job.actions.workspace)
        return deployed_before(ref, repository.resolve(to), Means(repository, job.github))
    except SourceError:
        if job.github is None:
            raise
        return deployed_before(ref, job.github.commit_of(to), Means(None, job.github))
