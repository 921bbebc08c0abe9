"""The action: one door to the pipeline, for workflow runs."""

import gc
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from midflight.adapters.actions import Actions
from midflight.adapters.clock import today
from midflight.adapters.event import Dispatch, Event, MergeGroup, Other, PullRequest, Push, read_event
from midflight.adapters.github import GitHub
from midflight.adapters.github_api import SYSTEM_CLOCK, Clock
from midflight.adapters.perform import perform
from midflight.adapters.release import list_changes
from midflight.adapters.sources import pull_revisions
from midflight.app import check, render
from midflight.errors import MidflightError, SettingsError
from midflight.publish.decide import decide, decide_release
from midflight.publish.exit import FailOn, exit_code
from midflight.publish.model import SetStatus, StatusState
from midflight.report.model import Subject
from midflight.report.release_notes import build_release_notes, range_title, render_release_notes
from midflight.settings import Runner, read_runner, read_settings
from midflight.stages import publish_options

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py
FAILED = 1
MISCONFIGURED = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One run: the environment, the runner's facts, its files, and GitHub where there is a token."""

    environment: Mapping[str, str]
    runner: Runner
    actions: Actions
    github: GitHub | None


def main() -> None:
    """Run the action and exit with 0, 10, 2 or 1."""
    gc.set_threshold(200_000)  # a large tree is many small values that all stay: looking for rubbish among them is vain
    sys.exit(run(ENVIRONMENT, sys.stdout))


def run(environment: Mapping[str, str], log: TextIO, clock: Clock = SYSTEM_CLOCK) -> int:
    """Run the action for the event that the environment names; return the exit code."""
    job = _job(environment, log, clock)
    sha = ""
    try:
        event = read_event(job.runner.event_name, Path(job.runner.event_path or "event.json"))
        sha = event.head_sha if isinstance(event, PullRequest | MergeGroup) else ""
        return _answer(event, job)
    except SettingsError as error:
        for problem in error.problems:
            job.actions.error(problem)
        _failed(job, sha, "Wrong settings: see the job's log")
        return MISCONFIGURED
    except MidflightError as error:
        job.actions.error(error.sentence)
        _failed(job, sha, "Midflight failed: see the job's log")
        return FAILED
    except Exception:  # noqa: BLE001 - whatever happens, the required status must say `error` and never stay pending
        job.actions.foreign(traceback.format_exc())
        job.actions.error("Midflight failed unexpectedly; the log above says where. Report it with this log.")
        _failed(job, sha, "Midflight failed: see the job's log")
        return FAILED


def _job(environment: Mapping[str, str], log: TextIO, clock: Clock) -> Job:
    runner = read_runner(environment)
    token = environment.get("INPUT_GITHUB_TOKEN", "").strip() or environment.get("GITHUB_TOKEN", "")
    able = token and runner.repository
    github = GitHub(runner.repository, token, url=runner.api_url, clock=clock) if able else None
    actions = Actions(
        log=log,
        workspace=Path(runner.workspace or "."),
        summary=Path(runner.summary_path) if runner.summary_path else None,
        outputs=Path(runner.output_path) if runner.output_path else None,
    )
    if token:
        actions.mask(token)
    return Job(environment, runner, actions, github)


def _answer(event: Event, job: Job) -> int:
    match event:
        case PullRequest(number=number, title=title, base_sha=base, head_sha=head):
            return _check(job, base, head, number=number, title=title)
        case MergeGroup(base_sha=base, head_sha=head):
            return _check(job, base, head)
        case Dispatch():
            return _release(job)
        case Push() | Other():
            job.actions.say(f"Nothing to check on `{job.runner.event_name}`: Midflight checks pull requests.")
            return 0


def _check(job: Job, base: str, head: str, *, number: int = 0, title: str = "") -> int:
    revisions = pull_revisions(job.actions.workspace, base, head, job.github)
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=_subject(job, revisions.base.revision, head, title=title, number=number),
        environment=job.environment,
        options={},
    )
    effects = decide(checked.report, render(checked), publish_options(checked.settings))
    for warning in perform(effects, github=job.github, runner=job.actions):
        job.actions.warn(warning)
    job.actions.say(checked.report.headline)
    return exit_code(checked.report, FailOn(checked.settings.fail_on))


def _release(job: Job) -> int:
    wanted = read_settings(job.environment)
    if not wanted.from_:
        raise SettingsError(("input from: is missing; it must be the revision that is deployed now.",))
    revisions = pull_revisions(job.actions.workspace, wanted.from_, wanted.to, job.github)
    title = range_title(wanted.from_, wanted.to)
    checked = check(
        revisions.blobs,
        revisions.base,
        revisions.head,
        subject=_subject(job, revisions.base.revision, revisions.head.revision, title=title),
        environment=job.environment,
        options={"merge_method": "rebase"},  # a range is reverted as one
    )
    changes = list_changes(job.actions.workspace, wanted.from_, wanted.to, job.github)
    notes = render_release_notes(build_release_notes(checked.report, changes, title=title))
    for warning in perform(decide_release(notes, checked.settings.release_notes_path), github=None, runner=job.actions):
        job.actions.warn(warning)
    return 0


def _subject(job: Job, base: str, head: str, *, title: str, number: int = 0) -> Subject:
    runner = job.runner
    return Subject(
        base=base,
        head=head,
        title=title,
        repository=runner.repository,
        server=runner.server_url,
        number=number,
        run=runner.run_url,
        date=today(),
        rules=runner.rules_url,
    )


def _failed(job: Job, sha: str, description: str) -> None:
    """Set the status to `error`: a check that could not run is never a success."""
    if sha:
        status = SetStatus(sha, StatusState.ERROR, description, url=job.runner.run_url)
        for warning in perform((status,), github=job.github, runner=job.actions):
            job.actions.warn(warning)
