"""Checks a change and publishes what was found."""

from midflight.adapters.event import Event, MergeGroup, PullRequest
from midflight.adapters.perform import perform
from midflight.adapters.sources import pull_revisions
from midflight.app import check, render
from midflight.errors import SourceError
from midflight.jobs.model import Job, subject_of
from midflight.publish.decide import decide
from midflight.publish.exit import FailOn, exit_code
from midflight.stages import publish_options


def run(job: Job, event: Event) -> int:
    """Check the change that the event names; return the exit code."""
    match event:
        case PullRequest(number=number, title=title, base_sha=base, head_sha=head):
            return _check(job, base, head, number=number, title=title)
        case MergeGroup(base_sha=base, head_sha=head):
            return _check(job, base, head)
        case _:
            raise SourceError(
                f"`{job.runner.event_name}` names no change to check.", then="Run on `pull_request` or `merge_group`."
            )


def _check(job: Job, base: str, head: str, *, number: int = 0, title: str = "") -> int:
    revisions = pull_revisions(job.actions.workspace, base, head, job.github)
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=subject_of(job, revisions.base.revision, head, title=title, number=number),
        environment=job.environment,
        options={},
    )
    effects = decide(checked.report, render(checked), publish_options(checked.settings))
    for warning in perform(effects, github=job.github, runner=job.actions):
        job.actions.warn(warning)
    job.actions.say(checked.report.headline)
    return exit_code(checked.report, FailOn(checked.settings.fail_on))
