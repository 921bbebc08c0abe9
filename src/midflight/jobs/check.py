"""Checks a change and publishes what was found."""

import re
from collections.abc import Mapping

from midflight.adapters.event import (
    PULL_INPUTS,
    Dispatch,
    Event,
    MergeGroup,
    PullRequest,
    Push,
    WorkflowRun,
    named_pull,
)
from midflight.adapters.github.client import GitHub, Pull
from midflight.adapters.perform import perform
from midflight.adapters.sources import Revisions, exact_revisions, pull_revisions
from midflight.app import Checked, check
from midflight.changes.read import text_at
from midflight.errors import SettingsError, SourceError, ToolError
from midflight.jobs.failure import failing
from midflight.jobs.model import Job, context_of, learn_key, subject_of
from midflight.jobs.parts import effects_of, parts_of, settle_all
from midflight.publish.decide import overridden
from midflight.publish.exit import PASSED, FailOn, exit_code
from midflight.publish.model import Suggest
from midflight.publish.suggestions import candidates, decide_suggestions
from midflight.report.model import Subject
from midflight.settings import configured_path


def run(job: Job, event: Event) -> int:
    """Check the change that the event names; return the exit code."""
    match event:
        case PullRequest(action="closed") | MergeGroup(action="destroyed"):
            return _nothing(job, "It is closed: there is nothing left to check.")
        case PullRequest(number=number, title=title, base_sha=base, head_sha=head, base_ref=branch):
            return _check_pull(job, number, title, (base, head), branch)
        case MergeGroup(base_sha=base, head_sha=head):
            return _check_exactly(job, base, head)
        case Push():
            return _check_push(job, event)
        case WorkflowRun():
            return _check_second_half(job, event)
        case Dispatch(inputs=inputs):
            return check_again(job, github_of(job).pull_request(_number(inputs)))
        case _:
            raise SourceError(
                f"`{job.runner.event_name}` names no change to check.", then="Run on `pull_request` or `merge_group`."
            )


def check_again(job: Job, pull: Pull) -> int:
    """Check a pull request that the event does not describe; return the exit code."""
    with failing(job, pull.head_sha):
        # The base that GitHub tells of a pull request may be an older commit of its branch.
        tip = github_of(job).branch_tip(pull.base_ref) or pull.base_sha
        return _check_pull(job, pull.number, pull.title, (tip, pull.head_sha))


def github_of(job: Job) -> GitHub:
    """Return GitHub; without a token there is nothing that this run could do."""
    if job.github is None:
        raise ToolError("There is no token to ask GitHub with.", then="Give `github_token`.")
    return job.github


def _check_pull(job: Job, number: int, title: str, ends: tuple[str, str], branch: str = "") -> int:
    base, head = ends
    revisions = pull_revisions(job.actions.workspace, base, head, job.github, branch=branch)
    return _publish(job, revisions, subject_of(job, revisions.base.revision, head, title=title, number=number))


def _check_exactly(job: Job, base: str, head: str) -> int:
    """Check what comes after `base` as one deployment: no comment, since it belongs to no single pull request."""
    revisions = exact_revisions(job.actions.workspace, base, head, job.github)
    return _publish(job, revisions, subject_of(job, base, head))


def _check_push(job: Job, push: Push) -> int:
    if not push.default:
        return _nothing(job, f"`{push.ref}` is not the default branch: what is pushed there is checked when it is one.")
    if not push.before or not push.after:
        return _nothing(job, f"`{push.ref}` was {'created' if push.after else 'deleted'}: there is nothing to compare.")
    try:
        return _check_exactly(job, push.before, push.after)
    except SettingsError:
        raise
    except ToolError as error:
        if not push.forced:
            raise
        return _nothing(job, f"The commits before this forced push are gone: there is nothing to compare. {error.what}")


def _check_second_half(job: Job, event: WorkflowRun) -> int:
    """Check a pull request anew after a run that may not write, as a fork's; the status tells, not the exit code.

    Nothing of that run is used but its commit: what it left behind is text of whoever opened the pull request.
    """
    if event.event != "pull_request" or not event.head_repository:
        return _nothing(job, f"The run that is over was for `{event.event}`: it had no pull request to comment on.")
    if event.conclusion == "action_required":
        return _nothing(job, "That run waits for approval: whoever approves it has this one start again.")
    github = github_of(job)
    pulls = github.open_pulls(event.head_repository, event.head_branch, event.head_sha)
    if not pulls:
        return _nothing(job, f"No open pull request has the commit {event.head_sha} as its head any more.")
    if event.head_repository == job.runner.repository and github.status_state(event.head_sha, context_of(job)):
        return _nothing(job, "That run set the status by itself: there is nothing left to do.")
    for pull in pulls:
        check_again(job, pull)
    return PASSED


def _publish(job: Job, revisions: Revisions, subject: Subject) -> int:
    ruling = revisions.policy or revisions.base
    learn_key(job, text_at(ruling, configured_path(job.environment), revisions.blobs))
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=subject,
        environment=job.environment,
        options={},
        settings_from=ruling,
    )
    parts = parts_of(job, checked, subject)
    effects = (*effects_of(parts, checked), *_suggested(checked, revisions))
    for warning in perform(effects, github=job.github, runner=job.actions):
        job.actions.warn(warning)
    settle_all(job, parts, subject, effects)
    job.actions.say(checked.report.headline)
    if overridden(parts.whole.stood, subject.head):
        return _nothing(job, "Overridden: the run passes whatever was found.")
    return exit_code(checked.report, FailOn(checked.settings.fail_on))


def _suggested(checked: Checked, revisions: Revisions) -> tuple[Suggest, ...]:
    if not checked.settings.suggestions:
        return ()
    report, base, head = checked.report, revisions.base, revisions.head
    new = {path: text_at(head, path, revisions.blobs) for path in candidates(report) if path not in base.entries}
    texts = {path: text for path, text in new.items() if text}
    return decide_suggestions(report, checked.settings.comment_key, texts)


def _number(inputs: Mapping[str, str]) -> int:
    given = named_pull(inputs)
    if not re.fullmatch(r"#?[1-9][0-9]{0,8}", given):
        raise SettingsError((f"input {PULL_INPUTS[0]}: {given[:40]!r} is not the number of a pull request.",))
    return int(given.removeprefix("#"))


def _nothing(job: Job, why: str) -> int:
    job.actions.say(why)
    return PASSED
