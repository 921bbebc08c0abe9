"""What stands on a pull request before and after a check: our comment, the override, and the status that follows."""

from collections.abc import Iterable

from midflight.adapters.github.client import GitHub
from midflight.adapters.perform import perform
from midflight.errors import PlatformError
from midflight.jobs.model import Job
from midflight.publish.approvals import standing
from midflight.publish.decide import NOTHING, Before, PublishOptions
from midflight.publish.model import Effect, SetStatus
from midflight.publish.override import LABEL, How, Override
from midflight.report.model import Subject


def before(job: Job, subject: Subject, options: PublishOptions) -> Before:
    """Read our comment and who overrides; what cannot be read counts as not there, with a warning."""
    if job.github is None or not subject.number:
        return NOTHING
    try:
        override = _labelled(job, job.github, subject)
        found = job.github.find_comments(subject.number, options.key) if options.comment else ()
        return Before(found[0].body if found else "", override)
    except PlatformError as error:
        job.actions.warn(f"Neither ticks nor an override could be read, so none counts. {error.sentence}")
        return NOTHING


def settle(job: Job, subject: Subject, options: PublishOptions, effects: Iterable[Effect]) -> None:
    """Set the status again where somebody ticked a box or overrode while the check was running."""
    ours = (e for e in effects if isinstance(e, SetStatus) and e.context == options.context)
    said = next(ours, None)
    if said is None or job.github is None or not (options.comment and subject.number):
        return
    try:
        found = job.github.find_comments(subject.number, options.key)
    except PlatformError:
        return  # the same question was asked before the check, and its failure told
    if found and found[0].marker.head == said.sha:
        set_status(job, found[0].body, said)


def set_status(job: Job, body: str, said: SetStatus) -> None:
    """Set the status that follows from our comment, unless it is `said` already."""
    found = standing(body)
    if found is None or found == (said.state, said.description):
        return
    changed = SetStatus(said.sha, *found, context=said.context, url=said.url)
    for warning in perform((changed,), github=job.github, runner=job.actions):
        job.actions.warn(warning)


def _labelled(job: Job, github: GitHub, subject: Subject) -> Override | None:
    talk = github.conversation
    if LABEL not in (label.casefold() for label in talk.labels(subject.number)):
        return None
    by, at = talk.labelled_by(subject.number, LABEL)
    if not by or not talk.may_write(by):
        job.actions.warn(f"The label `{LABEL}` does not count: {by or 'nobody known'} has no write access.")
        return None
    return Override(by, f"label {LABEL}", subject.head, How.LABEL, at)
